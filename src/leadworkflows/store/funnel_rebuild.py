"""The rows that reports count, made again from the timelines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam, or_, select, update

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.store.database import Database, Transaction
from leadworkflows.store.funnel_fold import Lived, mark_paused
from leadworkflows.store.funnel_leads import NAMES, facts_of, lead_columns
from leadworkflows.store.funnel_rows import FunnelRows
from leadworkflows.store.models import LeadRow, TimelineRow

AT_ONCE = 200
"""Leads made again in one transaction, so that no writer waits long for it."""
_LEADS = cast("Table", LeadRow.__table__)
_THESE: BindParameter[Any] = bindparam("leads", expanding=True)
_LOCKED = (
    select(LeadRow.lead_id, LeadRow.snapshot)
    .where(LeadRow.lead_id.in_(_THESE), LeadRow.forgotten == 0)
    .order_by(LeadRow.lead_id)
    .with_for_update()
)
_TIMELINES = (
    select(TimelineRow.__table__)
    .where(TimelineRow.lead_id.in_(_THESE))
    .order_by(TimelineRow.lead_id, TimelineRow.n)
)
_COLUMNS = (*NAMES, "last_at")
_STANDS = (
    update(_LEADS)
    .where(_LEADS.c.lead_id == bindparam("lead"))
    .values({name: bindparam(f"new_{name}", type_=_LEADS.c[name].type) for name in _COLUMNS})
)


def is_behind() -> ColumnElement[bool]:
    """Leads of which something was recorded that is not counted: `last_at` is not that of the last entry.

    While processes are replaced one by one, those of an older version go on recording beside the new ones.
    """
    last = select(TimelineRow.at).where(
        TimelineRow.lead_id == LeadRow.lead_id, TimelineRow.n == LeadRow.revision
    )
    return or_(LeadRow.last_at.is_(None), LeadRow.last_at != last.scalar_subquery())


class Funnel:
    """What reports count, as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = FunnelRows(database)

    async def rebuild(self) -> int:
        """Make all of it again from the timelines, while recording goes on; of how many leads.

        What was counted for a person who was erased since stays, as nothing is left to count it from.
        """
        return await self._make_again(LeadRow.revision > 0)

    async def catch_up(self) -> int:
        """Make what is missing: for leads that a version without these tables recorded last."""
        return await self._make_again(is_behind(), LeadRow.revision > 0)

    async def _make_again(self, *which: Any) -> int:
        async with self._database.reading() as connection:
            lead_ids = list((await connection.execute(select(LeadRow.lead_id).where(*which))).scalars())
        made = 0
        for begin in range(0, len(lead_ids), AT_ONCE):
            async with self._database.writing() as connection:
                made += await make_again(connection, self._rows, lead_ids[begin : begin + AT_ONCE])
        return made


async def make_again(connection: Transaction, rows: FunnelRows, lead_ids: Sequence[str]) -> int:
    """Make these leads' rows from their timelines; of how many leads. It locks them.

    A lead without its whole timeline is left alone: what was counted stays counted.
    """
    locked = (await connection.execute(_LOCKED, {"leads": list(lead_ids)})).all()
    snapshots = {row.lead_id: row.snapshot or {} for row in locked}
    these = {"leads": list(snapshots)}
    found = (await connection.execute(_TIMELINES, these)).mappings()
    lives, columns = [], []
    for lead_id, of_lead in groupby(found, key=lambda row: row["lead_id"]):
        entries = [TimelineEntry.model_validate({**row}) for row in of_lead]
        snapshot = snapshots[lead_id]
        lives.append(lived_through(lead_id, entries, snapshot))
        new = {**lead_columns(snapshot), "last_at": entries[-1].at}
        columns.append({"lead": lead_id, **{f"new_{name}": value for name, value in new.items()}})
    if lives:
        await rows.take_away(connection, [lived.lead_id for lived in lives])
        await rows.add(connection, lives)
        await connection.execute(_STANDS, columns)
    return len(lives)


def lived_through(lead_id: str, entries: Iterable[TimelineEntry], snapshot: Mapping[str, Any]) -> Lived:
    """A lead's whole life, from its entries in order and the snapshot after them."""
    lived = Lived(lead_id, facts_of(snapshot))
    lived.take(entries)
    mark_paused(lived, snapshot)
    return lived
