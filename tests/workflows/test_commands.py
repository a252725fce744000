"""Commands by people: done at once, or refused with a sentence that sales understands."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap, runs
from leadworkflows.api.deps import CommandUnavailable
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.policy import Policy
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def command(lead: ServerLead, event: LeadEvent) -> dict[str, Any]:
    """A command has no place in the inbox, and so no number."""
    unnumbered = event.model_copy(update={"seq": 0})
    view: dict[str, Any] = await lead.handle.execute_update("command", unnumbered, id=unnumbered.id)
    return view


async def qualified(lead: ServerLead, script: Script) -> None:
    visits = [script.event("page_viewed", anonymous=True, page="pricing") for _ in range(3)]
    facts: dict[str, Any] = {"industry": "manufacturing", "employees": 50}
    await lead.deliver(
        *visits,
        script.event("form_submitted", states_budget=True, **facts),
        script.event("social_engaged", network="linkedin"),
    )
    await lead.settled()


async def test_accepting_an_mql_answers_with_the_sal_and_stops_the_review_clock(new_lead: LeadMaker) -> None:
    lead, script = await new_lead(), Script(soon())
    await qualified(lead, script)
    view = await command(lead, script.event("lead_accepted", by="rep-1"))
    assert (view["stage"], view["owner"]) == ("sal", "rep-1")
    assert [(c["clock"], c["state"]) for c in view["sla"]] == [("review", "met")]


async def test_a_command_that_is_not_possible_now_says_why_and_leaves_no_trace(new_lead: LeadMaker) -> None:
    lead, script = await new_lead(), Script(soon())
    await qualified(lead, script)
    before = len(await lead.timeline())
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await command(lead, script.event("deal_won", by="rep-1"))
    assert str(refused.value.cause) == "CommandRefused: Only an opportunity can be won; this one is MQL"
    assert len(await lead.timeline()) == before


async def test_of_many_presses_of_accept_and_return_at_once_one_wins(new_lead: LeadMaker) -> None:
    lead, script = await new_lead(), Script(soon())
    await qualified(lead, script)
    presses = [
        script.event("lead_accepted", by=f"rep-{n}")
        if n % 2
        else script.event("lead_returned", by=f"rep-{n}", reason="not_ready")
        for n in range(8)
    ]
    answers = await asyncio.gather(*(command(lead, press) for press in presses), return_exceptions=True)
    moves = [e for e in await lead.timeline() if e.data.get("move") in ("T2", "T6")]
    won = [answer for answer in answers if isinstance(answer, dict)]
    # A SAL may still be returned: accepting and then returning are two decisions, in that order.
    assert [m.data["move"] for m in moves] in (["T6"], ["T2", "T6"])
    assert len(won) == len(moves)


async def test_a_command_that_no_worker_answers_is_not_left_hanging(
    new_lead: LeadMaker,
    env: WorkflowEnvironment,
    store: Store,
    policy: Policy,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs, "COMMAND_TIMEOUT", timedelta(seconds=0.5))
    lead, script = await new_lead("nobody-works-here"), Script(soon())
    await lead.signal(script.event("demo_requested"))
    run = bootstrap.build_api(settings, store, env.client, policy, None).command
    assert run is not None
    with pytest.raises(CommandUnavailable, match="no worker answered"):
        await run(lead.lead_id, script.event("contact_made", by="rep-1"))
