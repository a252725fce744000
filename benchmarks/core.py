#!/usr/bin/env python3
"""How many events a second the core takes in, in memory, on one core.

A realistic life (65 events in 200 days: a visitor, a form, nurture, silence, a return, a second round,
a deal) is played through `Simulation` again and again. The same events are parsed from JSON by a bare
loop: what remains is the price of deciding, and the ratio of the two is the same on any machine.

    python benchmarks/core.py [seconds]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.simulation import Simulation
from leadworkflows.policies.loader import load_policy

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = 200
WHO = {"industry": "manufacturing", "employees": 320, "country": "DE", "persona": "technical_director",
       "seniority": "director", "time_zone": "Europe/Berlin", "channel": "linkedin"}  # fmt: skip
MAPS = dict.fromkeys(("motivation", "authority", "process", "solution_fit", "committee", "schedule"), "yes")
PAGES = ("product", "pricing", "documentation", "blog", "case_study", "blog", "comparison")


def life() -> Iterator[tuple[float, str, dict[str, Any]]]:
    """Day, type and facts of each event."""
    for number in range(6):
        yield number / 2, "page_viewed", {"page": PAGES[number % 7], "anonymous": True}
    yield 4, "form_submitted", {"form": "download", **WHO}
    for number in range(20):
        yield 5 + number * 1.3, "page_viewed", {"page": PAGES[number % 7], "seconds": 40}
        if number % 4 == 0:
            yield 5.01 + number * 1.3, "email_delivered", {"content": "technical_sheet"}
            yield 5.02 + number * 1.3, "email_opened", {"content": "technical_sheet"}
        if number % 8 == 0:
            yield 5.03 + number * 1.3, "email_clicked", {"content": "technical_sheet"}
    yield 40, "lead_claimed", {"by": "rep-1"}
    yield 41, "contact_attempted", {"by": "rep-1", "outcome": "no_answer"}
    yield 42, "lead_returned", {"by": "rep-1", "reason": "not_ready"}
    for number in range(16):
        yield 110 + number, "page_viewed", {"page": PAGES[number % 7], "seconds": 90}
    yield 127, "webinar_attended", {"webinar": "launch"}
    yield 128, "demo_requested", {"states_budget": True}
    yield 128.02, "contact_made", {"by": "rep-1"}
    yield 130, "qualification_recorded", {"by": "rep-1", "budget": "yes", "need": "yes"}
    yield 140, "opportunity_opened", {"by": "rep-1", **MAPS}
    yield 170, "deal_won", {"by": "rep-1"}


def as_json() -> list[str]:
    """The life as the inbox hands it on."""
    events = []
    for seq, (day, kind, facts) in enumerate(life(), 1):
        event = {
            "id": f"e{seq}", "seq": seq, "type": kind, "occurred_at": START + timedelta(days=day),
            "anonymous": facts.pop("anonymous", False), "facts": facts,
        }  # fmt: skip
        events.append(LeadEvent.model_validate(event).model_dump_json())
    return events


def rate(run: Callable[[], object], events: int, seconds: float) -> float:
    """Events a second: the best of five stretches, because everything else only slows down."""
    best = 0.0
    for _ in range(5):
        rounds, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds / 5:
            run()
            rounds += 1
        best = max(best, rounds * events / spent)
    return best


def main() -> None:
    """Measure and say."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    policy, texts = load_policy(), as_json()
    parsed = [LeadEvent.model_validate_json(text) for text in texts]

    def simulate() -> Simulation:
        simulation = Simulation(policy)
        simulation.play(parsed, START + timedelta(days=DAYS))
        return simulation

    done = simulate()
    parsing = rate(lambda: [LeadEvent.model_validate_json(text) for text in texts], len(texts), seconds)
    deciding = rate(simulate, len(texts), seconds)
    decided = f"{len(done.timeline)} entries, {len(done.actions)} actions"
    lines = [
        f"one life:     {len(texts)} events, {decided}, ends as {done.journey.state.stage}",
        f"parsing only: {parsing:,.0f} events/s",
        f"simulation:   {deciding:,.0f} events/s",
        f"ratio:        {deciding / parsing:.2f} of parsing alone",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
