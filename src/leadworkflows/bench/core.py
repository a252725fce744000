"""How many events a second the core takes in, in memory, on one core of the machine.

A realistic life (65 events in 200 days: a visitor, a form, nurture, silence, a return, a second round, a
deal) is played through `Simulation` again and again. The same events are parsed from JSON by a bare loop:
what remains is the price of deciding, and the ratio of the two is the same on any machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.simulation import Simulation
from leadworkflows.policies.loader import load_policy

_START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_DAYS = 200
_WHO = {
    "industry": "manufacturing", "employees": 320, "country": "DE", "persona": "technical_director",
    "seniority": "director", "time_zone": "Europe/Berlin", "channel": "linkedin",
}  # fmt: skip
_MAPS = dict.fromkeys(("motivation", "authority", "process", "solution_fit", "committee", "schedule"), "yes")
_PAGES = ("product", "pricing", "documentation", "blog", "case_study", "blog", "comparison")


class CoreFigures(BaseModel):
    """Events a second; `core_ratio` is deciding's to that of parsing alone."""

    events_per_s: float
    parsed_per_s: float
    core_ratio: float


def measure_core(seconds: float) -> CoreFigures:
    """Play the life for so many seconds, and parse its events for as many."""
    policy, texts = load_policy(), list(_as_json())
    parsed = [LeadEvent.model_validate_json(text) for text in texts]

    def simulate() -> None:
        Simulation(policy).play(parsed, _START + timedelta(days=_DAYS))

    def parse() -> None:
        for text in texts:
            LeadEvent.model_validate_json(text)

    simulate()  # warm
    parsing, deciding = _rate(parse, len(texts), seconds), _rate(simulate, len(texts), seconds)
    return CoreFigures(
        events_per_s=round(deciding), parsed_per_s=round(parsing), core_ratio=round(deciding / parsing, 3)
    )


def _rate(run: Callable[[], None], events: int, seconds: float) -> float:
    """The best of five stretches, because everything else only slows down."""
    best = 0.0
    for _ in range(5):
        rounds, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds / 5 or not rounds:
            run()
            rounds += 1
        best = max(best, rounds * events / spent)
    return best


def _as_json() -> Iterator[str]:
    """The life as the inbox hands it on."""
    for seq, (day, kind, facts) in enumerate(_life(), 1):
        event = {
            "id": f"e{seq}", "seq": seq, "type": kind, "occurred_at": _START + timedelta(days=day),
            "anonymous": facts.pop("anonymous", False), "facts": facts,
        }  # fmt: skip
        yield LeadEvent.model_validate(event).model_dump_json()


def _life() -> Iterator[tuple[float, str, dict[str, Any]]]:
    """Day, type and facts of each event."""
    for number in range(6):
        yield number / 2, "page_viewed", {"page": _PAGES[number % 7], "anonymous": True}
    yield 4, "form_submitted", {"form": "download", **_WHO}
    for number in range(20):
        yield 5 + number * 1.3, "page_viewed", {"page": _PAGES[number % 7], "seconds": 40}
        if number % 4 == 0:
            yield 5.01 + number * 1.3, "email_delivered", {"content": "technical_sheet"}
            yield 5.02 + number * 1.3, "email_opened", {"content": "technical_sheet"}
        if number % 8 == 0:
            yield 5.03 + number * 1.3, "email_clicked", {"content": "technical_sheet"}
    yield 40, "lead_claimed", {"by": "rep-1"}
    yield 41, "contact_attempted", {"by": "rep-1", "outcome": "no_answer"}
    yield 42, "lead_returned", {"by": "rep-1", "reason": "not_ready"}
    for number in range(16):
        yield 110 + number, "page_viewed", {"page": _PAGES[number % 7], "seconds": 90}
    yield 127, "webinar_attended", {"webinar": "launch"}
    yield 128, "demo_requested", {"states_budget": True}
    yield 128.02, "contact_made", {"by": "rep-1"}
    yield 130, "qualification_recorded", {"by": "rep-1", "budget": "yes", "need": "yes"}
    yield 140, "opportunity_opened", {"by": "rep-1", **_MAPS}
    yield 170, "deal_won", {"by": "rep-1"}
