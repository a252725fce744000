"""What the funnel watch finds: A1 drops, A2 clocks that were missed, R6 too many returns; and when it ends.

Pure: counts come in, findings in words come out. `reports.look` counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from leadworkflows.domain.watching import Drops, ReturnedAlert, pair_of
from leadworkflows.reports.drops import Cell, Counts, Drop, has_recovered, judge_drops
from leadworkflows.reports.tests import binomial_more

Code = Literal["A1", "A2", "R6"]
_IN_WORDS = {"lead": "lead", "recycled": "recycled", "mql": "MQL", "sal": "SAL", "sql": "SQL",
             "opportunity": "opportunity", "customer": "customer"}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Something that is wrong with the funnel.

    `subject` names it for as long as it lasts, and it is open at most once. `summary` is a sentence
    without personal data. `figures` are what it was judged by; `query` among them are the parameters of
    the list of leads behind it.
    """

    code: Code
    subject: str
    summary: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Overdue:
    """Leads that wait beyond a clock now."""

    clock: str
    code: str
    leads: int
    since: datetime
    """Since when the first of them waits beyond it."""


@dataclass(frozen=True)
class ReturnedCount:
    """SALs of a window, and those of them that sales returned so far, by reason."""

    sals: int
    returned: int
    days: int
    reasons: Mapping[str, int] = field(default_factory=dict)


def drops(cells: Sequence[Cell], policy: Drops) -> list[Found]:
    """A1: the drops that this week's look finds."""
    return [_dropped(drop, policy) for drop in judge_drops(cells, policy)]


def missed(overdue: Sequence[Overdue]) -> list[Found]:
    """A2: one finding a clock, however many leads wait beyond it."""
    return [_missed(each) for each in overdue if each.leads]


def returned(count: ReturnedCount, policy: ReturnedAlert) -> list[Found]:
    """R6: a share above the limit, of a sample that is large enough. No test: the limit is a limit.

    Who was accepted lately can still be returned, so the share only grows: it is never told too soon.
    """
    if count.sals < policy.least or count.returned <= policy.above * count.sals:
        return []
    chance = binomial_more(count.returned, count.sals, policy.above)
    most = max(count.reasons.items(), key=lambda each: (each[1], each[0]), default=None)
    why = f" Most often: {most[0]} ({most[1]})." if most else ""
    summary = (
        f"Sales returned {percent(count.returned, count.sals)} of the SALs of {count.days} days"
        f" ({count.returned} of {count.sals}); the limit is {policy.above:.0%}.{why}"
    )
    figures = {
        "sals": count.sals, "returned": count.returned, "days": count.days, "above": policy.above,
        "chance": chance, "reasons": dict(count.reasons), "query": {"entered": "sal", "returned": "yes"},
    }  # fmt: skip
    return [Found("R6", "R6 returned", summary, figures)]


def subject_of(drop: Drop) -> str:
    """Such as `A1 mql-sql channel=linkedin`; the same drop in a longer window is the same subject."""
    group = f" {drop.by}={drop.value}" if drop.by else ""
    return f"A1 {drop.conversion}{group}"[:200]


def is_over(figures: Mapping[str, Any], now: Counts, least: int) -> bool:
    """Whether a drop that was found is over: compared with what was usual before it, whatever came since."""
    entered, converted = figures["before"]
    return has_recovered(now, Counts(entered, converted), least)


def way_in_words(conversion: str) -> str:
    """Such as `MQL → SQL`."""
    return " → ".join(_IN_WORDS[stage] for stage in pair_of(conversion))


def percent(part: int, whole: int) -> str:
    """Such as `12.5%`. Raises ZeroDivisionError for a part of nothing."""
    return f"{part / whole:.1%}"


def chance_in_words(chance: float) -> str:
    """Such as `1 in 4,000,000`."""
    return (
        f"1 in {round(1 / chance, 1 - len(str(round(1 / chance)))):,.0f}"
        if chance > 1e-15
        else "next to none"
    )


def group_in_words(by: str, value: str) -> str:
    """Such as `channel linkedin`."""
    if not by:
        return "all leads"
    return f"{by} {value}" if value else f"leads whose {by} is not known"


def _dropped(drop: Drop, policy: Drops) -> Found:
    given = policy.conversions[drop.conversion]
    summary = (
        f"{way_in_words(drop.conversion)} of {group_in_words(drop.by, drop.value)} dropped to"
        f" {percent(drop.now.converted, drop.now.entered)} ({drop.now.converted} of {drop.now.entered},"
        f" {drop.window} days) from {percent(drop.before.converted, drop.before.entered)}"
        f" ({drop.before.converted} of {drop.before.entered} before). Each had {given} to convert."
        f" By chance so few come {chance_in_words(drop.chance)}."
    )
    of, to = pair_of(drop.conversion)
    figures = {
        "conversion": drop.conversion, "by": drop.by, "value": drop.value, "window": drop.window,
        "now": [drop.now.entered, drop.now.converted],
        "before": [drop.before.entered, drop.before.converted],
        "chance": drop.chance, "limit": drop.limit, "tests": drop.tests,
        "query": {"entered": of, "not_converted": to, **({drop.by: drop.value} if drop.by else {})},
    }  # fmt: skip
    return Found("A1", subject_of(drop), summary, figures)


def _missed(overdue: Overdue) -> Found:
    lead = "1 lead waits" if overdue.leads == 1 else f"{overdue.leads} leads wait"
    since = f"{overdue.since:%Y-%m-%d %H:%M} UTC"
    clock = overdue.clock.replace("_", " ")
    summary = f"{lead} beyond {overdue.code} ({clock}), the first since {since}."
    figures = {"clock": overdue.clock, "leads": overdue.leads, "since": overdue.since.isoformat(),
               "query": {"clock": "missed"}}  # fmt: skip
    return Found("A2", f"A2 {overdue.clock}", summary, figures)
