"""R4: how long passes take from stage to stage."""

from __future__ import annotations

from leadworkflows.reports.shapes import Filters, Period, Span
from leadworkflows.store.database import Database


async def times(db: Database, period: Period, filters: Filters | None = None) -> list[Span]:
    """R4: of the passes that reached the later stage in the period, for each of `PAIRS`."""
    raise NotImplementedError
