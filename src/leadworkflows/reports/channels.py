"""R3: channels month against month."""

from __future__ import annotations

from leadworkflows.reports.shapes import Change, Filters, FunnelStage, Period
from leadworkflows.store.database import Database


async def channel_changes(
    db: Database,
    period: Period,
    of: FunnelStage = "mql",
    to: FunnelStage = "sql",
    filters: Filters | None = None,
) -> list[Change]:
    """R3: a conversion of each channel in each month of the period against the month before."""
    raise NotImplementedError
