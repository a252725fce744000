"""A year of mail for each persona (N1 to N5) on the real server: each once, in its hours, in its variant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.store.store import Store
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]

PERSONAS: dict[str, tuple[str | None, list[str]]] = {
    "N1": ("cfo", ["roi-study", "roi-analysis", "customer-case"]),
    "N2": ("technical_director", ["technical-sheet", "technical-documentation", "technical-workshop"]),
    "N3": ("marketing_manager", ["practical-guide", "sector-case-study", "expert-webinar"]),
    "N4": ("sales_director", ["sales-guide", "case-study", "phone-diagnostic"]),
    "N5": (None, ["welcome", "guide", "case-study"]),
}
ENDS: dict[str, tuple[str, dict[str, Any]]] = {
    "sql": ("demo_requested", {}),
    "unsubscribed": ("unsubscribed", {}),
    "bounced": ("email_bounced", {}),
    "disqualified": ("lead_disqualified", {"reason": "spam"}),
}


def life(script: Script, persona: str | None, **more: Any) -> list[LeadEvent]:
    facts: dict[str, Any] = {
        "industry": "fintech",
        "country": "DE",
        **({"persona": persona} if persona else {}),
    }
    return [
        script.event("form_submitted", form="download", **facts, **more),
        script.event("email_clicked", day=2.3, content="first"),
    ]


def simulated(
    policy: Policy, lead: ServerLead, events: list[LeadEvent], until: datetime
) -> list[tuple[str, str, datetime]]:
    """The same life in memory: content, variant and time of each mail."""
    simulation = Simulation(policy, lead.lead_id)
    simulation.play(events, until)
    mails = [action for action in simulation.actions if action.name == "email.send"]
    return [(str(m.params["content"]), str(m.params.get("variant", "")), m.decided_at) for m in mails]


async def lived(
    lead: ServerLead, store: Store, events: list[LeadEvent], until: datetime
) -> tuple[list[str], list[tuple[str, str]]]:
    """The contents that left, and what the timeline says of each step."""
    for event in events:
        await lead.deliver(event)
        await lead.settled()
    await lead.run_until(until)
    items = [item for item in await store.outbox.of(lead.lead_id) if item.kind == "email"]
    steps = [(e.what, e.at.isoformat()) for e in await lead.timeline() if e.what.startswith("Step ")]
    return [str(item.content) for item in items], steps


@pytest.mark.parametrize("name", PERSONAS)
async def test_each_mail_of_a_year_leaves_once_in_its_hours_and_in_its_variant(
    name: str, new_lead: LeadMaker, store: Store, policy: Policy
) -> None:
    persona, contents = PERSONAS[name]
    lead, script = await new_lead(), Script(soon())
    events, until = life(script, persona), script.start + timedelta(days=365)
    expected = simulated(policy, lead, events, until)
    assert [content for content, _, _ in expected] == contents
    sent, steps = await lived(lead, store, events, until)
    assert sent == contents
    assert [at for _, at in steps] == [at.isoformat() for _, _, at in expected], "the simulation agrees"
    for _, _, at in expected:
        local = at.astimezone(ZoneInfo("Europe/Berlin"))
        assert local.weekday() < 5
        assert 8 <= local.hour < 18
    if name == "N3":
        assert [variant for _, variant, _ in expected] == ["", "fintech", ""]


@pytest.mark.parametrize("end", ENDS)
async def test_no_nurture_mail_leaves_after_the_lead_is_through_with_it(
    end: str, new_lead: LeadMaker, store: Store, policy: Policy
) -> None:
    lead, script, (kind, facts) = await new_lead(), Script(soon()), ENDS[end]
    events = [*life(script, "cfo"), script.event(kind, day=4, **facts)]
    until = script.start + timedelta(days=365)
    sent, _ = await lived(lead, store, events, until)
    assert sent == [content for content, _, _ in simulated(policy, lead, events, until)]
    assert [content for content in sent if content != "demo-confirmation"] == ["roi-study"]


async def test_a_german_lead_is_written_to_in_german(new_lead: LeadMaker, store: Store) -> None:
    lead, script = await new_lead(), Script(soon())
    await lead.deliver(script.event("form_submitted", form="download", language="de", country="AT"))
    await lead.run_until(script.start + timedelta(days=6))
    (mail, *_) = [item for item in await store.outbox.of(lead.lead_id) if item.kind == "email"]
    assert "abmelden" in str(mail.html).lower()
