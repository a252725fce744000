"""The timeline: what the workflow decided and why, and the lead as it then stood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from sqlalchemy import Table, bindparam, delete, select, update

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store import cards, funnel_leads
from leadworkflows.store.database import Database, Transaction, insert_all, insert_new
from leadworkflows.store.desk import Desk
from leadworkflows.store.errors import StoreConflict, UnknownLead
from leadworkflows.store.funnel import Following, lock_before
from leadworkflows.store.funnel_rebuild import lived_through
from leadworkflows.store.funnel_rows import FunnelRows
from leadworkflows.store.given_up import put_right, take_back
from leadworkflows.store.models import LeadRow, TimelineRow

_LEADS = cast("Table", LeadRow.__table__)
_SNAPSHOT = ("snapshot", "revision", "last_at", "attempt", *funnel_leads.NAMES)
# Built once: every card shows the last events, and every wake-up of every lead is recorded.
_LATEST = (
    select(TimelineRow.__table__)
    .where(TimelineRow.lead_id == bindparam("lead"), TimelineRow.kind == bindparam("of_kind"))
    .order_by(TimelineRow.n.desc())
    .limit(bindparam("most"))
)
_NEWER = (
    update(_LEADS)
    .where(_LEADS.c.lead_id == bindparam("lead"), _LEADS.c.revision <= bindparam("new_revision"))
    .values({name: bindparam(f"new_{name}", type_=_LEADS.c[name].type) for name in _SNAPSHOT})
)
_LOCK = select(LeadRow.revision, LeadRow.stage).where(LeadRow.lead_id == bindparam("lead")).with_for_update()
_LOCK_THESE = (
    select(LeadRow.revision)
    .where(LeadRow.lead_id.in_(bindparam("leads", expanding=True)))
    .order_by(LeadRow.lead_id)
    .with_for_update()
)


class Recorded(Protocol):
    """What is to be recorded of a lead: its entries in order, and the lead after them."""

    @property
    def lead_id(self) -> str:
        """The lead's id."""

    @property
    def entries(self) -> Sequence[TimelineEntry]:
        """All of them, numbered from 1; at least one."""

    @property
    def snapshot(self) -> dict[str, Any]:
        """How it then stands."""


class Timeline:
    """Entries by lead and number."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._desk = Desk(database)
        self._rows = FunnelRows(database)
        self._funnel = Following(self._rows)

    async def record(
        self,
        lead_id: str,
        entries: Sequence[TimelineEntry],
        snapshot: dict[str, Any],
        revision: int,
        attempt: str = "",
    ) -> None:
        """Keep the entries and the snapshot in one transaction; once or many times is the same.

        `revision` is the number of the last entry. `attempt` is at which attempt at a workflow task they
        were decided: what an earlier one said otherwise is undone, and what it says later is not kept.
        Without it an entry that stands under its number stays as it is, and the snapshot is replaced unless
        a newer revision stands. Raises `UnknownLead`.
        """
        async with self._database.writing() as connection:
            before = await lock_before(connection, lead_id)
            if before is None:
                raise UnknownLead(f"no lead {lead_id}")
            if attempt and (attempt, revision) < (before.attempt, before.revision):
                return  # what stands was decided later, in one attempt perhaps, and holds all of this
            undone: Sequence[TimelineEntry] = ()
            if attempt:
                before, entries, undone = await take_back(connection, before, entries)
            kept = self._database.insert(TimelineRow).on_conflict_do_nothing()
            await insert_all(connection, kept, [_row(lead_id, entry) for entry in entries])
            last_at = max(entries, key=lambda entry: entry.n).at if entries else before.last_at
            now = _as_it_stands(lead_id, snapshot, revision, last_at, attempt or before.attempt)
            await connection.execute(_NEWER, now)
            await self._funnel.follow(connection, before, entries, snapshot, revision)
            if undone:
                await put_right(connection, self._desk, lead_id, before.revision + 1)
            await self._desk.follow(connection, lead_id, entries, snapshot.get("stage"))
            drawn = max(revision, *(entry.n for entry in undone)) + 1 if undone else revision
            await cards.follow(connection, lead_id, [*undone, *entries], drawn)

    async def record_new(self, lives: Sequence[Recorded]) -> None:
        """Keep whole lives of leads that have no timeline yet, in few statements; up to some thousand leads.

        The rows are those that recording them wake-up by wake-up would have left. Raises `UnknownLead`,
        and `StoreConflict` where a lead has a timeline; nothing is kept then.
        """
        if not lives:
            return
        told = [
            _as_it_stands(each.lead_id, each.snapshot, len(each.entries), each.entries[-1].at)
            for each in lives
        ]
        entries = {each.lead_id: each.entries for each in lives}
        async with self._database.writing() as connection:
            await _lock_new(connection, list(entries))
            rows = [_row(each.lead_id, entry) for each in lives for entry in each.entries]
            await insert_new(connection, TimelineRow, rows)
            await connection.execute(_NEWER, told)
            lived = [lived_through(each.lead_id, each.entries, each.snapshot) for each in lives]
            await self._rows.add(connection, lived)
            await self._desk.add(connection, entries)

    async def of(self, lead_id: str) -> list[TimelineEntry]:
        """All of a lead's entries in order."""
        async with self._database.reading() as connection:
            found = select(TimelineRow).where(TimelineRow.lead_id == lead_id).order_by(TimelineRow.n)
            rows = (await connection.execute(found)).mappings().all()
        return [TimelineEntry.model_validate({**row}) for row in rows]

    async def latest(self, lead_id: str, kind: EntryKind, limit: int) -> list[TimelineEntry]:
        """A lead's last entries of one kind, newest first."""
        which = {"lead": lead_id, "of_kind": kind.value, "most": limit}
        async with self._database.looking_up() as connection:
            rows = (await connection.execute(_LATEST, which)).mappings().all()
        return [TimelineEntry.model_validate({**row}) for row in rows]

    async def forget_before(self, at: datetime, limit: int) -> int:
        """Drop the timelines of at most `limit` leads to which nothing happened since then; of how many.

        How each lead stands stays, and so does what was counted of it, which is not made again from then on.
        """
        still = (LeadRow.last_at < at, LeadRow.revision > LeadRow.forgotten)
        wanted = select(LeadRow.lead_id).where(*still).order_by(LeadRow.last_at).limit(limit)
        async with self._database.reading() as connection:
            lead_ids = list((await connection.execute(wanted)).scalars())
        if not lead_ids:
            return 0
        async with self._database.writing() as connection:
            await connection.execute(_LOCK_THESE, {"leads": lead_ids})
            over = select(LeadRow.lead_id).where(LeadRow.lead_id.in_(lead_ids), *still)
            lead_ids = list((await connection.execute(over)).scalars())
            await connection.execute(delete(TimelineRow).where(TimelineRow.lead_id.in_(lead_ids)))
            forgotten = update(LeadRow).where(LeadRow.lead_id.in_(lead_ids))
            await connection.execute(forgotten.values(forgotten=LeadRow.revision))
        return len(lead_ids)


async def lock_lead(connection: Transaction, lead_id: str) -> tuple[int, str | None]:
    """Let nobody else move the lead until the transaction ends; its revision and stage as recorded.

    Raises `UnknownLead`.
    """
    row = (await connection.execute(_LOCK, {"lead": lead_id})).one_or_none()
    if row is None:
        raise UnknownLead(f"no lead {lead_id}")
    return row.revision, row.stage


async def _lock_new(connection: Transaction, lead_ids: Sequence[str]) -> None:
    found = (await connection.execute(_LOCK_THESE, {"leads": list(lead_ids)})).all()
    if len(found) < len(lead_ids):
        raise UnknownLead(f"{len(lead_ids) - len(found)} of the leads are not there")
    if any(row.revision for row in found):
        raise StoreConflict("one of the leads has a timeline already")


def _as_it_stands(
    lead_id: str, snapshot: dict[str, Any], revision: int, last_at: datetime | None, attempt: str = ""
) -> dict[str, Any]:
    columns = {**funnel_leads.lead_columns(snapshot), "last_at": last_at, "attempt": attempt or None}
    new = {**columns, "snapshot": snapshot, "revision": revision}
    return {"lead": lead_id, **{f"new_{name}": value for name, value in new.items()}}


def _row(lead_id: str, entry: TimelineEntry) -> dict[str, Any]:
    return {"lead_id": lead_id, **entry.model_dump(), "kind": entry.kind.value}
