"""R1 and R2: the funnel by any dimension, and conversion of MQLs against the sector's benchmark."""

from __future__ import annotations

from leadworkflows.reports.shapes import Benchmark, Dimension, Filters, Funnel, Period
from leadworkflows.store.database import Database


async def funnel(db: Database, by: Dimension, period: Period, filters: Filters | None = None) -> Funnel:
    """R1: how many passes entered each stage in the period, and what became of them, by a dimension."""
    raise NotImplementedError


async def benchmarks(db: Database, period: Period, filters: Filters | None = None) -> list[Benchmark]:
    """R2: MQL to SQL by industry, most MQLs first."""
    raise NotImplementedError
