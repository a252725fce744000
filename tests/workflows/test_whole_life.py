"""A lead's whole life on the real server: 200 days, several runs, nothing twice."""

from __future__ import annotations

import time

import pytest
from temporalio.worker import Replayer
from temporalio.contrib.pydantic import pydantic_data_converter

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.store.store import Store
from leadworkflows.workflows.lead import LeadWorkflow
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import soon, story

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]

_PROFILE = {"industry": "fintech", "employees": 300, "persona": "cfo", "seniority": "c_level"}


def whole_life(script: Script) -> list:
    """Form, three nurture steps, return, 60 days of silence, requalification, SQL, opportunity, customer."""
    return [
        script.event("form_submitted", form="contact", states_budget=True, **_PROFILE),
        *(script.event("page_viewed", day=0.1 + n / 50, page="product") for n in range(8)),
        *(script.event("page_viewed", day=15 + n, page="pricing") for n in range(3)),
        *(script.event("page_viewed", day=18 + n / 10, page="case_study") for n in range(2)),
        script.event("contact_attempted", day=19, by="rep-1"),
        script.event("lead_returned", day=20, reason="not_ready", by="rep-1"),
        script.event("email_clicked", day=27, content="roi-analysis"),
        *(script.event("page_viewed", day=110 + n / 10, page="documentation") for n in range(4)),
        script.event("form_submitted", day=111, form="contact", states_budget=True),
        *(script.event("page_viewed", day=111 + n / 10, page="case_study") for n in range(1, 3)),
        *(script.event("page_viewed", day=112 + n / 10, page="pricing") for n in range(3)),
        script.event("contact_attempted", day=112.5, by="rep-2"),
        script.event("contact_made", day=113, by="rep-2"),
        script.event("micro_commitment", day=120, commitment="planned_workshop"),
        script.event(
            "opportunity_opened", day=130, by="rep-2", motivation="yes", authority="yes", process="partial",
            solution_fit="yes", committee="yes", schedule="yes",
        ),
        script.event("page_viewed", day=150, page="comparison", seconds=2000),
        script.event("deal_won", day=200, by="rep-2"),
    ]  # fmt: skip


@pytest.mark.timeout(120)
async def test_a_whole_life_of_200_days_takes_seconds_and_repeats_nothing(
    new_lead: LeadMaker, store: Store, policy: Policy
) -> None:
    lead = await new_lead()
    script = Script(soon())
    events = whole_life(script)
    started = time.perf_counter()
    for event in events:
        await lead.deliver(event)
    await lead.settled()
    took = time.perf_counter() - started

    simulated = Simulation(policy, lead.lead_id)
    simulated.play(events, until=events[-1].occurred_at)
    stages = [e.what for e in await lead.timeline() if e.kind == "stage"]
    assert story(await lead.timeline()) == story(simulated.timeline)
    assert (await lead.settled_view())["stage"] == "customer"
    effects = await store.effects.of(lead.lead_id)
    assert sorted(e.key for e in effects) == sorted(a.key for a in simulated.actions)
    assert {e.attempts for e in effects} == {1}
    histories = await lead.histories()
    print(stages, took, [len(h.events) for h in histories], len(effects))
    assert len(histories) >= 3
    assert took < 10
    await Replayer(workflows=[LeadWorkflow], data_converter=pydantic_data_converter).replay_workflows(_all(histories))


async def _all(histories):
    for history in histories:
        yield history
