"""A lead's whole life on the real server: 200 days, several runs, nothing twice."""

from __future__ import annotations

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.store.store import Store
from leadworkflows.workflows.lead import LeadWorkflow
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script, whole_life
from tests.workflows.server import soon, story

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


@pytest.mark.timeout(120)
async def test_a_whole_life_of_200_days_takes_seconds_and_repeats_nothing(
    new_lead: LeadMaker, store: Store, policy: Policy
) -> None:
    lead = await new_lead()
    script = Script(soon())
    events = whole_life(script)
    for event in events:
        await lead.deliver(event)

    simulated = Simulation(policy, lead.lead_id)
    simulated.play(events, until=events[-1].occurred_at)
    assert story(await lead.timeline()) == story(simulated.timeline)
    assert (await lead.settled_view())["stage"] == "customer"
    effects = await store.effects.of(lead.lead_id)
    assert sorted(e.key for e in effects) == sorted(a.key for a in simulated.actions)
    assert {e.attempts for e in effects} == {1}
    histories = await lead.histories()
    assert len(histories) >= 3
    replayer = Replayer(workflows=[LeadWorkflow], data_converter=pydantic_data_converter)
    for history in histories:
        await replayer.replay_workflow(history)
