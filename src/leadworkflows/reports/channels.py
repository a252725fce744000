"""R3: channels month against month."""

from __future__ import annotations

from dataclasses import replace

from leadworkflows.reports.counting import at_of, group, month_of
from leadworkflows.reports.funnel import conversions
from leadworkflows.reports.periods import month_before, months
from leadworkflows.reports.shapes import Change, Conversion, Filters, FunnelStage, Period
from leadworkflows.reports.tests import LEAST, fisher
from leadworkflows.store.database import Database


async def channel_changes(
    db: Database,
    period: Period,
    of: FunnelStage = "mql",
    to: FunnelStage = "sql",
    filters: Filters | None = None,
) -> list[Change]:
    """R3: a conversion of each channel in each month of the period against the month before.

    By channel, then month; months in which and before which nobody entered are left out.
    """
    longer = replace(period, since=month_before(period.since))
    at = at_of(of)
    asked = conversions(of, to, longer, filters, group("channel", at, longer), month_of(at, longer))
    async with db.reading() as connection:
        found = (await connection.execute(asked)).all()
    known = {(channel, n): Conversion(of, to, *counts) for channel, n, *counts in found}
    none = Conversion(of, to, 0, 0, 0)
    return [
        _change(channel, month, known.get((channel, n), none), known.get((channel, n - 1), none))
        for channel in sorted({channel for channel, _ in known})
        for n, month in enumerate(months(longer))
        if n and ((channel, n) in known or (channel, n - 1) in known)
    ]


def _change(channel: str, month: str, now: Conversion, before: Conversion) -> Change:
    p = None
    if min(now.entered, before.entered) >= LEAST:
        p = fisher(
            now.converted, now.entered - now.converted, before.converted, before.entered - before.converted
        )
    return Change(channel, month, now, before, p)
