"""Notes: free text about a lead. It may name people, so it stays here and never reaches Temporal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select

from leadworkflows.store.database import Database
from leadworkflows.store.models.notes import NoteRow


@dataclass(frozen=True)
class Note:
    """What somebody wrote with a command; `event_id` is the command's event on the timeline."""

    event_id: str
    by: str | None
    text: str = field(repr=False)
    at: datetime


class Notes:
    """By lead, in the order in which they were written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, lead_id: str, event_id: str, by: str | None, text: str, at: datetime) -> None:
        """Keep a note; once or many times for the same event is the same."""
        row = {"lead_id": lead_id, "event_id": event_id, "by": by, "text": text, "at": at}
        async with self._database.writing() as connection:
            await connection.execute(self._database.insert(NoteRow).values(row).on_conflict_do_nothing())

    async def remove(self, event_id: str) -> None:
        """Take back the note of a command that was not carried out."""
        async with self._database.writing() as connection:
            await connection.execute(delete(NoteRow).where(NoteRow.event_id == event_id))

    async def of(self, lead_id: str) -> list[Note]:
        """All notes about a lead, oldest first."""
        wanted = select(NoteRow.event_id, NoteRow.by, NoteRow.text, NoteRow.at)
        found = wanted.where(NoteRow.lead_id == lead_id).order_by(NoteRow.at, NoteRow.event_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(found)).all()
        return [Note(row.event_id, row.by, row.text, row.at) for row in rows]
