"""The workflow on the real server and the simulation in memory are two drivers of one brain.

For generated lives both must give the same timeline, stage, score and actions.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.store.store import Store
from tests.domain.scenarios import lead_events
from tests.workflows.conftest import LeadMaker
from tests.workflows.server import ServerLead, story

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]

AFTERWARDS = timedelta(days=40)
"""Long enough for what is still due: sequences, clocks, decay."""
AT_ONCE = 6
"""Lives lived side by side, as on a real server."""

Deliveries = list[list[LeadEvent]]


def from_now(events: list[LeadEvent]) -> Deliveries:
    """The events moved so that the first named one has just happened, in the inbox's deliveries.

    What was seen before a form named the visitor is handed on with that form.
    """
    named = next(n for n, event in enumerate(events) if not event.anonymous)
    shift = datetime.now(UTC) - timedelta(seconds=1) - events[named].occurred_at
    moved = [event.model_copy(update={"occurred_at": event.occurred_at + shift}) for event in events]
    return [moved[: named + 1], *([event] for event in moved[named + 1 :])]


async def live(lead: ServerLead, deliveries: Deliveries) -> None:
    for delivery in deliveries:
        await lead.deliver(*delivery)
    await lead.run_until(deliveries[-1][-1].occurred_at + AFTERWARDS)


def simulate(policy: Policy, lead_id: str, deliveries: Deliveries) -> Simulation:
    simulation = Simulation(policy, lead_id)
    for delivery in deliveries:
        simulation.deliver(*delivery)
    simulation.run_until(deliveries[-1][-1].occurred_at + AFTERWARDS)
    return simulation


@pytest.mark.timeout(180)
@settings(
    max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(lives=st.lists(lead_events(max_events=22), min_size=AT_ONCE, max_size=AT_ONCE))
async def test_the_workflow_and_the_simulation_tell_the_same_story(
    lives: list[list[LeadEvent]], new_lead: LeadMaker, store: Store, policy: Policy
) -> None:
    leads = [await new_lead() for _ in lives]
    deliveries = [from_now(events) for events in lives]
    await asyncio.gather(*(live(lead, given) for lead, given in zip(leads, deliveries, strict=True)))
    for lead, given_events in zip(leads, deliveries, strict=True):
        simulated = simulate(policy, lead.lead_id, given_events)
        assert story(await lead.timeline()) == story(simulated.timeline)
        assert await lead.settled_view() == simulated.journey.view()
        performed = [effect.key for effect in await store.effects.of(lead.lead_id)]
        assert sorted(performed) == sorted(action.key for action in simulated.actions)
