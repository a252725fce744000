"""What was recorded for an attempt at a workflow task that was given up, and how it is undone.

A worker records what a lead decided before Temporal has the decision. Where the worker dies, or comes too
late, another one decides anew, and perhaps on more: an event that came meanwhile, a clock that struck. Then
what stands under the same numbers never happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, delete, select, update

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.store.database import Transaction
from leadworkflows.store.desk import Desk, row_of
from leadworkflows.store.funnel import Before
from leadworkflows.store.models import DeskRow, LeadRow, TimelineRow

_OF_LEAD = TimelineRow.lead_id == bindparam("lead")
_FROM = (_OF_LEAD, TimelineRow.n >= bindparam("first"))
_STANDING = select(TimelineRow.__table__).where(*_FROM)
_WHOLE = select(TimelineRow.__table__).where(_OF_LEAD).order_by(TimelineRow.n)
_GONE = delete(TimelineRow).where(*_FROM)


async def take_back(
    connection: Transaction, before: Before, entries: Sequence[TimelineEntry]
) -> tuple[Before, Sequence[TimelineEntry], Sequence[TimelineEntry]]:
    """Take away what stands from these entries' first number on, where it says otherwise than they do.

    The lead as it stands after that, those of the entries that do not stand yet, and what was taken away.
    The caller holds the lead's lock, and knows that the entries were decided later.
    """
    first = min((entry.n for entry in entries), default=before.revision + 1)
    if first > before.revision or first <= before.forgotten:
        return before, entries, ()
    which = {"lead": before.lead_id, "first": first}
    standing = await _entries(connection, _STANDING, which)
    decided = {entry.n: entry for entry in entries}
    if all(decided.get(each.n) == each for each in standing):
        known = {each.n for each in standing}
        return before, [entry for entry in entries if entry.n not in known], ()
    await connection.execute(_GONE, which)
    reset = update(LeadRow).where(LeadRow.lead_id == before.lead_id)
    await connection.execute(reset.values(revision=first - 1))
    return replace(before, revision=first - 1, is_behind=True), entries, standing


async def put_right(connection: Transaction, desk: Desk, lead_id: str, first: int) -> None:
    """Make the lead's row on the desk anew, where entries from `first` on, which are gone, moved it."""
    row = await row_of(connection, lead_id)
    if row is not None and row["revision"] >= first:
        await connection.execute(delete(DeskRow).where(DeskRow.lead_id == lead_id))
        await desk.add(connection, {lead_id: await _entries(connection, _WHOLE, {"lead": lead_id})})


async def _entries(connection: Transaction, wanted: object, which: dict[str, object]) -> list[TimelineEntry]:
    rows = (await connection.execute(wanted, which)).mappings()  # type: ignore[arg-type]
    return [TimelineEntry.model_validate({**row}) for row in rows]
