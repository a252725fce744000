"""A number of a report in words: which leads are behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from leadworkflows.reports.shapes import FACTS, Behind
from leadworkflows.web.spoken import clock_name, reason, spoken

_ENTERED = {
    "lead": "New leads", "recycled": "Recycled leads", "mql": "Became MQL", "sal": "Became SAL",
    "sql": "Became SQL", "opportunity": "Became opportunity", "customer": "Became customer",
    "ended": "Ended", "reviewed": "Reviewed by sales", "clock": "Were owed a service level",
}  # fmt: skip
_MOVES = {"T6": "returned", "T9": "lost", "T10": "disqualified", "T12": "went quiet"}
_OUTCOMES = {
    "met": "kept in time", "late": "kept late", "missed": "missed", "running": "still running",
    "stopped": "no longer needed",
}  # fmt: skip


def behind_words(behind: Behind) -> str:
    """Such as "Became MQL, January to March 2026, became SQL too; channel LinkedIn"."""
    parts = [_ENTERED.get(behind.entered, spoken(behind.entered)), months(behind.since, behind.until)]
    return ", ".join([*parts, *_narrowed(behind), *_facts(behind)])


def months(since: date, until: date) -> str:
    """Such as "March 2026" or "January to March 2026"; `until` is not part of it."""
    last = until - timedelta(days=1)
    if (since.year, since.month) == (last.year, last.month):
        return f"{since:%B %Y}"
    year = "" if since.year == last.year else f" {since.year}"
    return f"{since:%B}{year} to {last:%B %Y}"


def _narrowed(behind: Behind) -> Iterator[str]:
    said = {name: say(value) for name, say in _SAID.items() if (value := getattr(behind, name)) is not None}
    yield from said.values()


def _facts(behind: Behind) -> Iterator[str]:
    for name in FACTS:
        value = getattr(behind.filters, name)
        if value is not None:
            yield f"{name} {spoken(value).replace('-', ' ') or 'not known'}"


_SAID: dict[str, Callable[[Any], str]] = {
    "converted": lambda stage: f"became {spoken(stage)} since",
    "not_converted": lambda stage: f"did not become {spoken(stage)}",
    "open": lambda is_open: "still open" if is_open else "not open any more",
    "move": lambda move: _MOVES.get(move, move),
    "stage": lambda stage: f"as {spoken(stage)}",
    "reason": lambda word: f"reason: {reason(word) or 'none given'}",
    "returned": lambda was: "returned by sales" if was else "not returned by sales",
    "by": lambda who: f"by {who or 'nobody named'}",
    "rule": lambda rule: f"with points by {rule}",
    "clock": lambda name: f"clock {clock_name(name)}",
    "outcome": lambda outcome: _OUTCOMES.get(outcome, outcome),
    "contacted": lambda when: f"contacted {when}",
}
"""How each way of narrowing is said."""
