"""R5: why passes end, and who accepts and returns."""

from __future__ import annotations

from leadworkflows.reports.shapes import Filters, Period, ReasonCount, RepDecisions
from leadworkflows.store.database import Database


async def reasons(db: Database, period: Period, filters: Filters | None = None) -> list[ReasonCount]:
    """R5: passes that ended in the period, by move, reason and stage, most first."""
    raise NotImplementedError


async def rep_decisions(db: Database, period: Period, filters: Filters | None = None) -> list[RepDecisions]:
    """R5: what each person in sales accepted (T2) and returned (T6) in the period."""
    raise NotImplementedError
