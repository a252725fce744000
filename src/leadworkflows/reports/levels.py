"""R6 and R7: what sales returned, how service levels were kept, and what early contact is worth."""

from __future__ import annotations

from leadworkflows.reports.shapes import Contacted, Dimension, Filters, Kept, Period, Returned
from leadworkflows.store.database import Database


async def returned(
    db: Database, period: Period, by: Dimension = "month", filters: Filters | None = None
) -> list[Returned]:
    """R6: SALs of the period and those of them that sales returned since (T6), by a dimension."""
    raise NotImplementedError


async def kept(db: Database, period: Period, filters: Filters | None = None) -> list[Kept]:
    """R7: the clocks that started in the period, and how they ended."""
    raise NotImplementedError


async def contacted(db: Database, period: Period, filters: Filters | None = None) -> list[Contacted]:
    """R7: SQLs of the period by when sales first reached them; always the three rows, in this order."""
    raise NotImplementedError
