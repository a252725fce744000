"""R4: how long passes take from stage to stage."""

from __future__ import annotations

from sqlalchemy import func, literal_column, select, union_all

from leadworkflows.reports.counting import Asked, Microseconds, at_of, fitting, reached, span, within
from leadworkflows.reports.ordered import Middle, Quartiles, middle_of
from leadworkflows.reports.shapes import PAIRS, Filters, FunnelStage, Period, Span
from leadworkflows.store.database import Database

_SECOND = 1_000_000


async def times(db: Database, period: Period, filters: Filters | None = None) -> list[Span]:
    """R4: of the passes that reached the later stage in the period, for each of `PAIRS` in their order."""
    lasted = union_all(*(_lasted(n, of, to, period, filters) for n, (of, to) in enumerate(PAIRS)))
    async with db.reading() as connection:
        found = (await connection.execute(lasted)).all()
    known = {pair: middle_of(n, told) for pair, n, told in found}
    return [_span(of, to, known[n]) for n, (of, to) in enumerate(PAIRS)]


def _lasted(n: int, of: FunnelStage, to: FunnelStage, period: Period, filters: Filters | None) -> Asked:
    passed = Middle(Microseconds(at_of(of), at_of(to))).label("middle")
    meant = [reached(of), *within(at_of(to), *span(period)), *fitting(filters)]
    return select(literal_column(str(n)).label("pair"), func.count().label("n"), passed).where(*meant)


def _span(of: FunnelStage, to: FunnelStage, found: Quartiles | None) -> Span:
    if found is None:
        return Span(of, to, 0, None, None, None)
    low, median, high = (each / _SECOND for each in (found.low, found.median, found.high))
    return Span(of, to, found.n, low, median, high)
