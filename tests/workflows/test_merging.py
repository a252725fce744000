"""A lead that turned out to be the same person as another: its run closes, with a pointer."""

from __future__ import annotations

import pytest
from temporalio.client import WorkflowExecutionStatus

from leadworkflows.store.store import Store
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def test_the_losers_run_closes_with_a_pointer_after_what_it_had_decided_is_done(
    new_lead: LeadMaker, store: Store
) -> None:
    lead, script = await new_lead(), Script(soon())
    demo = script.event("demo_requested")
    await lead.deliver(demo, script.event("lead_merged", into="the-winner"))
    assert await lead.handle.result() == {"merged_into": "the-winner"}
    described = await lead.handle.describe()
    assert described.status is WorkflowExecutionStatus.COMPLETED
    assert len(await store.outbox.of(lead.lead_id)) == 2  # the demo was confirmed and sales alerted
    told = await store.timeline.of(lead.lead_id)
    assert "Goes on as lead the-winner" in [entry.what for entry in told]


async def test_the_winners_run_goes_on_and_says_whom_it_took_in(new_lead: LeadMaker) -> None:
    lead, script = await new_lead(), Script(soon())
    await lead.deliver(script.event("form_submitted", form="contact"))
    await lead.deliver(script.event("lead_merged", absorbed="the-loser"))
    assert "Lead the-loser is the same person" in [entry.what for entry in await lead.timeline()]
    assert (await lead.handle.describe()).status is WorkflowExecutionStatus.RUNNING
