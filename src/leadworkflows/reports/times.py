"""R4: how long passes take from stage to stage."""

from __future__ import annotations

from sqlalchemy import literal_column, select, union_all

from leadworkflows.reports.counting import Asked, Microseconds, at_of, fitting, reached, span, within
from leadworkflows.reports.ordered import Quartiles, beside_quartiles, quartiles_of
from leadworkflows.reports.shapes import PAIRS, Filters, FunnelStage, Period, Span
from leadworkflows.store.database import Database

_SECOND = 1_000_000


async def times(db: Database, period: Period, filters: Filters | None = None) -> list[Span]:
    """R4: of the passes that reached the later stage in the period, for each of `PAIRS` in their order."""
    lasted = union_all(*(_lasted(n, of, to, period, filters) for n, (of, to) in enumerate(PAIRS))).subquery()
    async with db.reading() as connection:
        found = (await connection.execute(beside_quartiles(lasted, lasted.c.pair))).all()
    known = quartiles_of(found)
    return [_span(of, to, known.get((n,))) for n, (of, to) in enumerate(PAIRS)]


def _lasted(n: int, of: FunnelStage, to: FunnelStage, period: Period, filters: Filters | None) -> Asked:
    passed = Microseconds(at_of(of), at_of(to)).label("v")
    meant = [reached(of), *within(at_of(to), *span(period)), *fitting(filters)]
    return select(literal_column(str(n)).label("pair"), passed).where(*meant)


def _span(of: FunnelStage, to: FunnelStage, found: Quartiles | None) -> Span:
    if found is None:
        return Span(of, to, 0, None, None, None)
    low, median, high = (each / _SECOND for each in (found.low, found.median, found.high))
    return Span(of, to, found.n, low, median, high)
