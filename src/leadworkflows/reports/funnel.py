"""R1 and R2: the funnel by any dimension, and conversion of MQLs against the sector's benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal_column, select, union_all

from leadworkflows.reports.counting import (
    BEGINNINGS,
    LATER,
    Asked,
    at_of,
    entered,
    fitting,
    group,
    in_order,
    name_of,
    reached,
    span,
    still_open,
    within,
)
from leadworkflows.reports.shapes import (
    PAIRS,
    Benchmark,
    Conversion,
    Dimension,
    Filters,
    Funnel,
    FunnelRow,
    FunnelStage,
    Period,
)
from leadworkflows.store.database import Database
from leadworkflows.store.models import PassRow

STAGES: tuple[FunnelStage, ...] = (*BEGINNINGS, *LATER)
USUAL: Mapping[str, float] = {
    "consumer_electronics": 0.21,
    "fintech": 0.19,
    "automotive": 0.18,
    "biotech": 0.15,
    "professional_insurance": 0.26,
    "construction": 0.12,
}
"""R2: the share of MQLs that become SQLs, by industry (domain.md section 7)."""
LEADERS = 0.40
"""R2: what the best of any sector reach."""
_TO: dict[FunnelStage, list[FunnelStage]] = {of: [to for o, to in PAIRS if o == of] for of in STAGES}
_MOST = max(len(reached) for reached in _TO.values())
_Counts = dict[FunnelStage, Sequence[int]]
"""By stage: how many entered it, then how many converted and are open, for each of its pairs."""


async def funnel(db: Database, by: Dimension, period: Period, filters: Filters | None = None) -> Funnel:
    """R1: how many passes entered each stage in the period, and what became of them, by a dimension.

    Months come in their order and are all there, other groups by how many leads they have.
    """
    asked = union_all(_begun(by, period, filters), *(_counted(stage, by, period, filters) for stage in LATER))
    async with db.reading() as connection:
        found = (await connection.execute(asked)).all()
    groups: dict[str, _Counts] = {}
    for stage, key, *counts in found:
        groups.setdefault(name_of(by, key, period), {})[stage] = counts
    rows = [_row(name, counts) for name, counts in in_order(by, groups, period, {})]
    if by != "month":
        rows.sort(key=lambda row: ([-row.entered[stage] for stage in ("lead", *LATER)], row.group))
    return Funnel(by, period, filters or Filters(), rows, _total(rows))


async def benchmarks(db: Database, period: Period, filters: Filters | None = None) -> list[Benchmark]:
    """R2: MQL to SQL by industry, most MQLs first."""
    by_industry = conversions("mql", "sql", period, filters, group("industry", at_of("mql"), period))
    async with db.reading() as connection:
        found = (await connection.execute(by_industry)).all()
    compared = [
        Benchmark(name, Conversion("mql", "sql", *counts), USUAL.get(name)) for name, *counts in found
    ]
    return sorted(compared, key=lambda each: (-each.conversion.entered, each.industry))


def conversions(
    of: FunnelStage,
    to: FunnelStage,
    period: Period,
    filters: Filters | None,
    *groups: ColumnElement[Any],
) -> Asked:
    """Rows of a group, and how many passes of it entered `of`, reached `to`, and still can."""
    keys = [each.label(f"g{n}") for n, each in enumerate(groups)]
    asked = select(*keys, func.count(), *_became(to)).where(*entered(of, *span(period)), *fitting(filters))
    # By name: PostgreSQL takes two spellings of a month's bounds for two expressions.
    return asked.group_by(*(key.name for key in keys))


def _begun(by: Dimension, period: Period, filters: Filters | None) -> Asked:
    """Of passes of both beginnings at once: most of all passes, and to read them is most of the work."""
    began = at_of("lead")
    asked = _grouped(PassRow.began_as, _TO["lead"], group(by, began, period)).group_by(PassRow.began_as)
    return asked.where(*within(began, *span(period)), *fitting(filters))


def _counted(of: FunnelStage, by: Dimension, period: Period, filters: Filters | None) -> Asked:
    asked = _grouped(literal_column(f"'{of}'"), _TO[of], group(by, at_of(of), period))
    return asked.where(*entered(of, *span(period)), *fitting(filters))


def _grouped(of: SQLColumnExpression[str], to: Sequence[FunnelStage], key: ColumnElement[Any]) -> Asked:
    became = [count for stage in to for count in _became(stage)]
    became += [literal_column("0")] * (2 * _MOST - len(became))
    numbered = [count.label(f"n{n}") for n, count in enumerate(became)]
    asked = select(of.label("stage"), key.label("g"), func.count().label("n"), *numbered)
    return asked.group_by("g")


def _became(to: FunnelStage) -> list[ColumnElement[int]]:
    return [func.count().filter(reached(to)), func.count().filter(still_open(to))]


def _row(name: str, counts: _Counts) -> FunnelRow:
    found = {of: counts.get(of) or [0] * (1 + 2 * _MOST) for of in STAGES}
    made = [_conversion(of, to, found[of]) for of, to in PAIRS]
    return FunnelRow(name, {stage: found[stage][0] for stage in STAGES}, made)


def _conversion(of: FunnelStage, to: FunnelStage, counts: Sequence[int]) -> Conversion:
    at = 1 + 2 * _TO[of].index(to)
    return Conversion(of, to, counts[0], counts[at], counts[at + 1])


def _total(rows: Sequence[FunnelRow]) -> FunnelRow:
    """The rows together: each pass is in one of them, at each stage."""
    made = [_together(of, to, [row.conversion(of, to) for row in rows]) for of, to in PAIRS]
    return FunnelRow("", {stage: sum(row.entered[stage] for row in rows) for stage in STAGES}, made)


def _together(of: FunnelStage, to: FunnelStage, parts: Sequence[Conversion]) -> Conversion:
    entered_, converted = sum(p.entered for p in parts), sum(p.converted for p in parts)
    return Conversion(of, to, entered_, converted, sum(p.open for p in parts))
