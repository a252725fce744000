"""The timeline: what the workflow decided and why, and the lead as it then stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store import cards
from leadworkflows.store.database import Database, Transaction, insert_all
from leadworkflows.store.desk import Desk
from leadworkflows.store.errors import UnknownLead
from leadworkflows.store.models import LeadRow, TimelineRow

_LOCK = select(LeadRow.revision, LeadRow.stage).where(LeadRow.lead_id == bindparam("lead")).with_for_update()


class Timeline:
    """Entries by lead and number."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._desk = Desk(database)

    async def record(
        self, lead_id: str, entries: Sequence[TimelineEntry], snapshot: dict[str, Any], revision: int
    ) -> None:
        """Keep the entries and the snapshot in one transaction; once or many times is the same.

        An entry that stands under its number stays as it is. The snapshot is replaced unless a
        newer revision stands. Raises `UnknownLead`.
        """
        async with self._database.writing() as connection:
            await lock_lead(connection, lead_id)
            kept = self._database.insert(TimelineRow).on_conflict_do_nothing()
            await insert_all(connection, kept, [_row(lead_id, entry) for entry in entries])
            newer = update(LeadRow).where(LeadRow.lead_id == lead_id, LeadRow.revision <= revision)
            stage = snapshot.get("stage")
            await connection.execute(newer.values(snapshot=snapshot, revision=revision, stage=stage))
            await self._desk.follow(connection, lead_id, entries, stage)
            await cards.follow(connection, lead_id, entries, revision)

    async def of(self, lead_id: str) -> list[TimelineEntry]:
        """All of a lead's entries in order."""
        async with self._database.reading() as connection:
            found = select(TimelineRow).where(TimelineRow.lead_id == lead_id).order_by(TimelineRow.n)
            rows = (await connection.execute(found)).mappings().all()
        return [TimelineEntry.model_validate({**row}) for row in rows]

    async def latest(self, lead_id: str, kind: EntryKind, limit: int) -> list[TimelineEntry]:
        """A lead's last entries of one kind, newest first."""
        of_kind = (TimelineRow.lead_id == lead_id, TimelineRow.kind == kind.value)
        found = select(TimelineRow).where(*of_kind).order_by(TimelineRow.n.desc()).limit(limit)
        async with self._database.reading() as connection:
            rows = (await connection.execute(found)).mappings().all()
        return [TimelineEntry.model_validate({**row}) for row in rows]


async def lock_lead(connection: Transaction, lead_id: str) -> tuple[int, str | None]:
    """Let nobody else move the lead until the transaction ends; its revision and stage as recorded.

    Raises `UnknownLead`.
    """
    row = (await connection.execute(_LOCK, {"lead": lead_id})).one_or_none()
    if row is None:
        raise UnknownLead(f"no lead {lead_id}")
    return row.revision, row.stage


def _row(lead_id: str, entry: TimelineEntry) -> dict[str, Any]:
    return {"lead_id": lead_id, **entry.model_dump(), "kind": entry.kind.value}
