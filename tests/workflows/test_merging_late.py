"""A merged lead's run has closed, and a relay that knows nothing of it repeats what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import update
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.view import workflow_id
from leadworkflows.settings import Settings
from leadworkflows.store.models import LeadRow
from leadworkflows.store.store import Store
from tests.store.given import ADA, BOB, accept, event, form, lead_of

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Nobody else's leads are handed on here."""
    return settings.model_copy(update={"data_dir": tmp_path, "task_queue": "late"})


@pytest_asyncio.fixture(loop_scope="session")
async def own_store(own: Settings, env: WorkflowEnvironment, store: Store) -> AsyncIterator[Store]:
    async with await bootstrap.open_store(own) as opened:
        await bootstrap.activate_policy(own, opened)
        async with bootstrap.build_worker(own, opened, env.client):
            yield opened


async def test_a_run_that_closed_with_a_pointer_is_not_begun_anew_by_a_repetition(
    own: Settings, own_store: Store, env: WorkflowEnvironment, policy: Policy
) -> None:
    """The relay died between the call and the note of it, and the next one repeats the call."""
    relay, now = bootstrap.build_relay(own, own_store, env.client), datetime.now(UTC)
    await accept(own_store, form("ada-1", vendor_ids={"crm": "1"}), at=now)
    await accept(own_store, event("demo_requested", "bob-1", email=BOB), at=now)
    winner, loser = await lead_of(own_store, ADA), await lead_of(own_store, BOB)
    # Whoever came furthest goes on, and the demo makes the other an SQL sooner or later.
    await own_store.timeline.record(winner, [], {"stage": "customer"}, revision=10_000)
    with env.with_time_skipping_disabled():
        assert await relay.hand_on() == 2
        await accept(own_store, event("facts_updated", "same", email=BOB, vendor_ids={"crm": "1"}), at=now)
        assert await relay.hand_on() > 0
        run = env.client.get_workflow_handle(workflow_id(loser))
        assert await run.result() == {"merged_into": winner}
        closed, sent = await run.describe(), await own_store.outbox.of(loser)
        await forget_the_note(own_store, loser)
        assert await relay.hand_on() == 1
    assert await own_store.inbox.backlog() == 0
    again = await run.describe()
    assert (again.run_id, again.status) == (closed.run_id, WorkflowExecutionStatus.COMPLETED)
    assert await own_store.outbox.of(loser) == sent


async def forget_the_note(store: Store, lead_id: str) -> None:
    """As a relay leaves a lead that dies after its call and before it says so."""
    untold = update(LeadRow).where(LeadRow.lead_id == lead_id)
    async with store.database.writing() as connection:
        await connection.execute(untold.values(handed_on_seq=LeadRow.last_seq - 1, due_at=datetime.now(UTC)))
