"""R6 and R7: what sales returned, how service levels were kept, and what early contact is worth."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, func, literal_column, select

from leadworkflows.reports.counting import (
    RETURN,
    Asked,
    Microseconds,
    entered,
    fitting,
    group,
    in_order,
    name_of,
    reached,
    span,
    within,
)
from leadworkflows.reports.ordered import Quartiles, quartiles_of_counts
from leadworkflows.reports.shapes import (
    ClockOutcome,
    Contacted,
    ContactedWhen,
    Dimension,
    Filters,
    Kept,
    Period,
    Returned,
)
from leadworkflows.store.database import Database
from leadworkflows.store.models import ClockRow, PassRow

SOON = timedelta(hours=24)
"""R7: contact within this is compared with contact later."""
WHEN: tuple[ContactedWhen, ...] = ("within 24 h", "later", "not yet")
_OUTCOMES: tuple[ClockOutcome, ...] = ("met", "late", "missed", "running", "stopped")
OF_PASS = and_(ClockRow.lead_id == PassRow.lead_id, ClockRow.pass_no == PassRow.pass_no)


async def returned(
    db: Database, period: Period, by: Dimension = "month", filters: Filters | None = None
) -> list[Returned]:
    """R6: SALs of the period and those of them that sales returned since (T6), by a dimension.

    Months come in their order and are all there, other groups by how many SALs they have.
    """
    key = group(by, PassRow.sal_at, period).label("g")
    gone = func.count().filter(PassRow.ended_move == RETURN)
    meant = [*entered("sal", *span(period)), *fitting(filters)]
    async with db.reading() as connection:
        asked = select(key, func.count(), gone).where(*meant).group_by("g")
        found = {name_of(by, name, period): (n, back) for name, n, back in (await connection.execute(asked))}
    rows = [Returned(name, *counts) for name, counts in in_order(by, found, period, (0, 0))]
    return rows if by == "month" else sorted(rows, key=lambda row: (-row.sals, row.group))


async def kept(db: Database, period: Period, filters: Filters | None = None) -> list[Kept]:
    """R7: the clocks that started in the period, and how they ended, by their ids."""
    minutes = case((had("met") | had("late"), ClockRow.minutes)).label("lasted")
    keys = (ClockRow.clock, ClockRow.code, ClockRow.state, minutes)
    asked = _started(select(*keys, func.count()), period, filters).group_by(*(key.name for key in keys))
    states: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    lasted: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    async with db.reading() as connection:
        for clock, code, state, took, n in (await connection.execute(asked)).all():
            states[clock, code][state] += n
            if state in ("met", "late"):
                lasted[clock, code].append((took or 0, n))
    rows = [_kept(*key, states[key], quartiles_of_counts(lasted[key])) for key in states]
    return sorted(rows, key=lambda each: (each.code, each.clock))


async def contacted(db: Database, period: Period, filters: Filters | None = None) -> list[Contacted]:
    """R7: SQLs of the period by when sales first reached them; always the three rows, in this order."""
    key = case(*((reached_in(when), literal_column(str(n))) for n, when in enumerate(WHEN))).label("g")
    won = [func.count().filter(reached(stage)) for stage in ("opportunity", "customer")]
    asked = select(key, func.count(), *won).where(*entered("sql", *span(period)), *fitting(filters))
    async with db.reading() as connection:
        found = {n: counts for n, *counts in (await connection.execute(asked.group_by("g"))).all()}
    return [Contacted(when, *found.get(n, (0, 0, 0))) for n, when in enumerate(WHEN)]


def had(outcome: ClockOutcome) -> ColumnElement[bool]:
    """Clocks with this outcome; `missed` is also one whose time was over when the lead went on without it."""
    return ClockRow.state == outcome


def reached_in(when: ContactedWhen) -> ColumnElement[bool]:
    """SQLs by when sales first reached them, counted from when they became SQL."""
    if when == "not yet":
        return PassRow.contacted_at.is_(None)
    passed = Microseconds(PassRow.sql_at, PassRow.contacted_at)
    soon: ColumnElement[int] = literal_column(str(SOON // timedelta(microseconds=1)))
    return passed <= soon if when == "within 24 h" else passed > soon


def _started(asked: Asked, period: Period, filters: Filters | None) -> Asked:
    wanted = fitting(filters)
    asked = asked.select_from(ClockRow).where(*within(ClockRow.started_at, *span(period)))
    return asked.join(PassRow, OF_PASS).where(*wanted) if wanted else asked


def _kept(clock: str, code: str, ended: Counter[str], lasted: Quartiles | None) -> Kept:
    met, late, missed, running, stopped = (ended[outcome] for outcome in _OUTCOMES)
    median = lasted.median if lasted else None
    return Kept(clock, code, ended.total(), met, late, missed, running, stopped, median)
