"""A worker that recorded what a lead decided, and was gone before Temporal had the decision."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.testing import WorkflowEnvironment

from leadworkflows.activities.inputs import RecordInput
from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.bootstrap import make_actions
from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.domain.journey import Journey
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store
from leadworkflows.worker import make_worker
from leadworkflows.workflows import display
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import soon

MONTH = 30
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


class Dying(RecordActivities):
    """Records, lets something happen `meanwhile`, and dies, once it is told to."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.is_dead = False
        self.recorded_for_nothing: list[TimelineEntry] = []

    @activity.defn(name="record")
    async def record(self, recorded: RecordInput) -> None:
        await super().record(recorded)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            self.recorded_for_nothing = list(recorded.entries)
            await meanwhile()
            self.is_dead = True

    def dying(self, next_step: Callable[[Journey], str]) -> Callable[[Journey], str]:
        """The workflow task fails where the worker is dead; the next attempt finds another one alive."""

        def or_die(journey: Journey) -> str:
            if self.is_dead:
                self.is_dead = False
                raise RuntimeError("the worker is gone")
            return next_step(journey)

        return or_die


async def test_what_was_recorded_and_not_decided_is_not_on_the_timeline(
    env: WorkflowEnvironment,
    store: Store,
    settings: Settings,
    new_lead: LeadMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A month of silence costs points, and before that is certain comes a visit of just before its end."""
    record, queue = Dying(store), f"given-up-{uuid4().hex}"
    monkeypatch.setattr(display, "next_step", record.dying(display.next_step))
    actions = make_actions(settings, store)
    runner = ActionRunner(store, actions, lambda: datetime.now(UTC))
    async with make_worker(env.client, queue, actions, runner, record):
        lead, script = await new_lead(queue), Script(soon())
        read = script.event("page_viewed", page="case_study")
        visit = script.event("page_viewed", page="product", day=MONTH - 0.01)
        await lead.deliver(read)
        await lead.run_until(visit.occurred_at)
        record.meanwhile = partial(lead.signal, visit)
        await lead.run_until(read.occurred_at + timedelta(days=MONTH, minutes=1))
        timeline = await lead.timeline()
    assert "30 days without interaction" in " ".join(each.what for each in record.recorded_for_nothing)
    assert "30 days without interaction" not in " ".join(each.what for each in timeline)
    assert visit.id in {each.data.get("event_id") for each in timeline}
    assert [entry.n for entry in timeline] == list(range(1, len(timeline) + 1))
