"""What a card shows is what is known now: of the record, and of the action that posted the card."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from leadworkflows.slack.drawn import now_known
from leadworkflows.slack.lead_card import LeadCard, Links
from leadworkflows.slack.templates import build
from leadworkflows.store import PersonRecord

CLOCK = {"clock": "first_contact", "id": "c.1", "started_at": "2026-03-02T08:00:00Z", "state": "running"}
FACTS = {"revision": 1, "clock": "first_contact", "due_at": "2026-03-02T09:00:00Z"}


@pytest.mark.parametrize("rung", [{}, {"clock_id": "c.1", "rung": 100, "round": 1}], ids=["alert", "rung"])
@pytest.mark.parametrize("revision", [1, 2])
def test_a_card_is_due_when_its_clock_is_due_now(rung, revision):
    earlier = {**CLOCK, "id": "c.0", "started_at": "2026-01-02T08:00:00Z", "due_at": "2026-01-02T09:00:00Z"}
    now = {"revision": revision, "sla": [earlier, {**CLOCK, "due_at": "2026-03-03T09:00:00Z"}]}
    assert now_known({**FACTS, **rung}, now)["due_at"] == "2026-03-03T09:00:00Z"


def test_a_card_says_nothing_more_of_a_clock_that_was_met_but_what_ticks_instead():
    review = {**CLOCK, "clock": "review", "id": "r.1", "due_at": "2026-03-04T09:00:00Z"}
    met = {**CLOCK, "due_at": "2026-03-02T09:00:00Z", "state": "met"}
    for ticking in ([], [review]):
        known = {"stage": "sql", **now_known(FACTS, {"revision": 2, "sla": [met, *ticking]})}
        text, _ = build("hot-lead", _card(known))
        assert "First contact" not in text
        assert ("Review due" in text) is bool(ticking)


def _card(known: dict[str, Any]) -> LeadCard:
    when = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    return LeadCard.of("l1", PersonRecord("ada@example.com", "Ada"), known, when, Links())
