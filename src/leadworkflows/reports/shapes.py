"""What reports take and give: plain values, the same for a page, the API, a command and an alert.

What counts: a pass is one way of a lead through the funnel, from `lead` or `recycled` on; in it each
stage is reached at most once. A stage that was passed over was not reached. A lead that turned out to
be another counts as that one alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from leadworkflows.reports.lists import Came, LeadLine, LeadQuery, Owed, Stuck, Today

__all__ = ["Came", "LeadLine", "LeadQuery", "Owed", "Stuck", "Today"]  # and everything below

FunnelStage = Literal["lead", "recycled", "mql", "sal", "sql", "opportunity", "customer"]
"""`lead` and `recycled` are how a pass began; the others were reached in it."""
Dimension = Literal["month", "channel", "segment", "persona", "industry", "country", "owner"]
Entered = FunnelStage | Literal["ended", "reviewed", "clock"]
"""What a pass did in a period: entered a stage, ended, was accepted or returned as MQL, got a clock."""
ClockOutcome = Literal["met", "late", "missed", "running", "stopped"]
ContactedWhen = Literal["within 24 h", "later", "not yet"]
FACTS = ("channel", "segment", "persona", "industry", "country", "owner")
PAIRS: tuple[tuple[FunnelStage, FunnelStage], ...] = (
    ("lead", "mql"), ("mql", "sal"), ("sal", "sql"), ("sql", "opportunity"), ("opportunity", "customer"),
    ("mql", "sql"), ("lead", "sql"), ("lead", "customer"), ("recycled", "mql"),
)  # fmt: skip
"""The conversions that are counted, from and to."""
UNKNOWN = ""
"""The group of those of whom the fact is not known."""


@dataclass(frozen=True)
class Period:
    """Whole months, from the first of `since` up to but without `until`, cut in the company's zone."""

    since: date
    until: date
    zone: str


@dataclass(frozen=True)
class Filters:
    """What passes must have; None does not matter, the empty word means that it is not known."""

    channel: str | None = None
    segment: str | None = None
    persona: str | None = None
    industry: str | None = None
    country: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Conversion:
    """Of the passes that entered `of` in the period, how many reached `to` since, in the same pass.

    `open` are those that did not and still can.
    """

    of: FunnelStage
    to: FunnelStage
    entered: int
    converted: int
    open: int

    @property
    def rate(self) -> float | None:
        """The share, 0 to 1; None where nobody entered."""
        return self.converted / self.entered if self.entered else None


@dataclass(frozen=True)
class FunnelRow:
    """One group: how many entered each stage in the period, and what became of them."""

    group: str
    entered: Mapping[FunnelStage, int]
    conversions: Sequence[Conversion]

    def conversion(self, of: FunnelStage, to: FunnelStage) -> Conversion:
        """The one between two stages of `PAIRS`. Raises KeyError."""
        for each in self.conversions:
            if (each.of, each.to) == (of, to):
                return each
        raise KeyError(f"{of} to {to}")


@dataclass(frozen=True)
class Funnel:
    """R1: by month, channel, segment, persona, industry, country or owner. Months are `2026-03`."""

    by: Dimension
    period: Period
    filters: Filters
    rows: Sequence[FunnelRow]
    total: FunnelRow


@dataclass(frozen=True)
class Benchmark:
    """R2: conversion of MQLs to SQLs in an industry, and what is usual in its sector (None: not known)."""

    industry: str
    conversion: Conversion
    usual: float | None


@dataclass(frozen=True)
class Change:
    """R3: a conversion of one channel in a month, and in the month before.

    `p` is how likely so large a difference is by chance (Fisher's exact test, two-sided); None where
    either sample is below `reports.tests.LEAST`.
    """

    channel: str
    month: str
    now: Conversion
    before: Conversion
    p: float | None


@dataclass(frozen=True)
class Span:
    """R4: how long passes took from one stage to another, in seconds (quartiles, linear between values)."""

    of: FunnelStage
    to: FunnelStage
    n: int
    low: float | None
    median: float | None
    high: float | None


@dataclass(frozen=True)
class ReasonCount:
    """R5: how often a pass ended for a reason, by the move that ended it (T6, T9, T10, T12)."""

    move: str
    reason: str
    stage: str
    n: int


@dataclass(frozen=True)
class RepDecisions:
    """R5: what one person in sales accepted and returned."""

    rep: str
    accepted: int
    returned: int


@dataclass(frozen=True)
class RuleRecord:
    """R5: what sales decided on leads to whom a rule had given points, and what that suggests.

    `odds` is how much likelier acceptance is with the rule than without (`low` to `high`: 95%). `points`
    is what the policy gives now, `suggested` what the record speaks for; None where it says too little.
    """

    rule: str
    title: str
    accepted: int
    returned: int
    points: int | None
    odds: float | None
    low: float | None
    high: float | None
    suggested: int | None
    confidence: Literal["none", "low", "medium", "high"]


@dataclass(frozen=True)
class Returned:
    """R6: of the SALs of a period those that sales returned (T6), by group."""

    group: str
    sals: int
    returned: int

    @property
    def rate(self) -> float | None:
        """The share, 0 to 1."""
        return self.returned / self.sals if self.sals else None


@dataclass(frozen=True)
class Kept:
    """R7: how a service level was kept. `late` was met after it was missed, `missed` was not met at all."""

    clock: str
    code: str
    started: int
    met: int
    late: int
    missed: int
    running: int
    stopped: int
    median_minutes: float | None
    """From the start to when it was met, of those that were."""

    @property
    def rate(self) -> float | None:
        """The share that was met in time of those that are decided, 0 to 1."""
        decided = self.met + self.late + self.missed
        return self.met / decided if decided else None


@dataclass(frozen=True)
class Contacted:
    """R7: SQLs by when sales first reached them, and how many became opportunities and customers."""

    when: ContactedWhen
    sqls: int
    opportunities: int
    customers: int


@dataclass(frozen=True)
class ChannelCost:
    """R8: what a channel cost in the period, and what came of it. One currency a row."""

    channel: str
    currency: str
    cost: Decimal
    leads: int
    sqls: int
    customers: int

    @property
    def per_customer(self) -> Decimal | None:
        """None where nobody bought."""
        return (self.cost / self.customers).quantize(Decimal("0.01")) if self.customers else None


@dataclass(frozen=True)
class Behind:
    """The leads behind a number: passes that entered `entered` in the period, further narrowed.

    `converted` reached that stage too; `not_converted` did not. What is None does not matter.
    """

    entered: Entered
    since: date
    until: date
    converted: FunnelStage | None = None
    not_converted: FunnelStage | None = None
    open: bool | None = None
    """Whether it has not ended and can still go on."""
    move: str | None = None
    """Ended by this move."""
    reason: str | None = None
    stage: str | None = None
    """Ended from this stage."""
    returned: bool | None = None
    """Whether sales gave it back (T6) in this pass."""
    by: str | None = None
    """Who accepted it, where it entered `sal` or `reviewed`; who ended it, where it `ended`."""
    rule: str | None = None
    """Got points by this rule before sales decided."""
    clock: str | None = None
    """The clock that `clock` is about."""
    outcome: ClockOutcome | None = None
    contacted: ContactedWhen | None = None
    filters: Filters = field(default_factory=Filters)
