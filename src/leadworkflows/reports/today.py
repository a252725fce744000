"""What waits now: clocks, what is stuck, what came in."""

from __future__ import annotations

from datetime import datetime

from leadworkflows.reports.shapes import Today
from leadworkflows.store.database import Database


async def today(db: Database, now: datetime, limit: int = 25) -> Today:
    """What waits at an instant; `limit` is the length of each list."""
    raise NotImplementedError
