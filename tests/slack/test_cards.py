"""Whatever a form contained, a card is one that Slack takes, and says what a salesperson needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadworkflows.slack.lead_card import LeadCard, Links
from leadworkflows.slack.templates import TEMPLATES, build, summary
from leadworkflows.store import PersonRecord
from tests.slack.anything import LATELY, LEADS, PEOPLE, ROSTERS, made_by_others, marked
from tests.vendors.blockkit import TOTAL, characters, walk

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FACTS = {
    "stage": "sql",
    "event": "demo_requested",
    "priority": True,
    "score": 82,
    "threshold": 80,
    "why": ["+40 form that states a budget (P5)", "+30 pricing page 3 times within 7 days (P1)"],
    "clock": "first_contact",
    "due_at": "2026-03-02T10:30:00Z",
    "industry": "manufacturing",
    "channel": "linkedin",
    "owner": "rep-7",
}
RUN = "https://temporal.example.com/namespaces/default/workflows/lead-l1"
ADA = PersonRecord("ada@example.com", "Ada", "Lovelace", "CFO", "Example GmbH", "+49 30 1234567")
BARE = PersonRecord("ada@example.com")


def card(person: PersonRecord = ADA, facts: dict[str, Any] | None = None, lead_id: str = "l1") -> LeadCard:
    lead = FACTS if facts is None else facts
    return LeadCard.of(lead_id, person, lead, NOW, Links(RUN))


def shown(template: str, **given: Any) -> str:
    """All a reader sees of a card, in one string."""
    blocks = build(template, card(**given))[1]
    headline = blocks[0]["text"]["text"]
    buttons = [
        each["text"]["text"] for block in blocks for each in block.get("elements", []) if "url" in each
    ]
    return "\n".join([headline, *marked(blocks), *buttons])


@given(
    person=PEOPLE,
    lead=LEADS,
    roster=ROSTERS,
    lately=LATELY,
    template=st.sampled_from(sorted(TEMPLATES)),
    superseded=st.booleans(),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_no_name_and_no_fact_makes_a_card_that_slack_refuses_or_that_a_form_wrote_into(
    person, lead, roster, lately, template, superseded
):
    made = LeadCard.of("l1", person, lead, NOW, Links(RUN, RUN), roster, lately)
    for text, blocks in (build(template, made, superseded=superseded), summary(made)):
        assert walk(blocks) == []
        assert characters(blocks) <= TOTAL
        assert 0 < len(text) <= 1000
        for markup in [text, *marked(blocks)]:
            assert not set(made_by_others(markup)) & {"<", ">"}, markup


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_card_says_who_why_by_when_and_where_to_click(template):
    seen = shown(template)
    for said in ("Ada Lovelace", "CFO at *Example GmbH*", "Stated a budget in the contact form  `+40`"):
        assert said in seen
    assert "<mailto:ada@example.com|ada@example.com>" in seen
    assert "<tel:+49301234567|+49 30 1234567>" in seen
    assert "82 (qualifies at 80)" in seen
    assert build(template, card())[1][-2]["elements"][0]["url"] == RUN


@pytest.mark.parametrize("template", ["hot-lead", "new-mql", "reminder", "escalation", "reassign"])
def test_a_card_shows_the_due_time_in_the_readers_own_zone(template):
    due = int((NOW + timedelta(hours=1)).timestamp())
    wanted = f"<!date^{due}^{{date_short_pretty}} at {{time}}|2026-03-02 10:30 UTC>"
    stage = "mql" if template == "new-mql" else "sql"
    assert wanted in shown(template, facts={**FACTS, "stage": stage})


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_a_lead_with_nothing_but_an_address_has_a_whole_card(template):
    seen = shown(template, person=BARE, facts={})
    assert "ada@example.com" in seen
    assert "None" not in seen
    assert "LinkedIn" not in seen
    assert walk(build(template, card(BARE, {}))[1]) == []


def test_the_notification_says_whether_the_time_is_over():
    late = {**FACTS, "due_at": "2026-03-02T09:00:00Z"}
    assert "First contact was due" in build("escalation", card(facts=late))[0]
    assert "First contact due" in build("reminder", card())[0]


def test_a_priority_lead_is_told_from_another():
    assert "Priority lead" in shown("hot-lead")
    assert "Sales-ready lead" in shown("hot-lead", facts={**FACTS, "priority": False})


def test_what_just_happened_comes_before_the_points():
    why = next(text for text in marked(build("hot-lead", card())[1]) if text.startswith("*Why now*"))
    assert why.split("\n")[1:3] == ["• Asked for a demo", "• Stated a budget in the contact form  `+40`"]


def test_without_reasons_of_its_own_a_card_shows_the_points_that_weigh_most():
    contributions = [
        {"rule": "P2", "group": "online", "points": 20, "event_id": "e1", "at": "2026-03-01T00:00:00Z"},
        {"rule": "P6", "group": "online", "points": -10, "event_id": "e2", "at": "2026-03-01T00:00:00Z"},
        {"rule": "P5", "group": "online", "points": 40, "event_id": "e3", "at": "2026-03-01T00:00:00Z"},
    ]
    score = {"total": 50, "fit": 0, "engagement": 50, "threshold": 80, "contributions": contributions}
    made = card(facts={"stage": "mql", "score": score})
    assert [(each.text, each.points) for each in made.reasons] == [
        ("Stated a budget in the contact form", 40),
        ("Read a case study", 20),
    ]
    assert (made.score, made.threshold) == (50, 80)


def test_of_several_clocks_the_running_one_that_ends_first_counts():
    clocks = [
        {"clock": "review", "due_at": "2026-03-04T09:00:00Z", "state": "running"},
        {"clock": "first_contact", "due_at": "2026-03-02T10:30:00Z", "state": "running"},
        {"clock": "priority_review", "due_at": "2026-03-01T09:00:00Z", "state": "met"},
    ]
    made = card(facts={"sla": clocks})
    assert (made.clock.name, made.clock.due_at) == ("first_contact", datetime(2026, 3, 2, 10, 30, tzinfo=UTC))


def test_what_a_form_holds_is_shown_and_not_obeyed():
    person = PersonRecord("ada@example.com", "<!channel>", "*Lovelace*", "CFO", "<https://evil.example|Bank>")
    seen = shown("hot-lead", person=person)
    assert "<!channel>" in seen.split("\n")[0]  # a headline shows no markup
    assert "&lt;!channel&gt;" in seen
    assert "&lt;https://evil.example|Bank&gt;" in seen
