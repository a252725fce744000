"""Carrying out a command, the same way for the API, the command line and Slack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.commands.events import event_of, free_text, whose_calendar
from leadworkflows.commands.shape import Command, CommandShape
from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.teams import UnknownRep
from leadworkflows.domain.wording import use_the_other
from leadworkflows.store.errors import UnknownLead
from leadworkflows.store.records import LeadRecord
from leadworkflows.store.store import Store

LeadObject = dict[str, Any]
"""A lead as `GET /api/v1/leads/{id}` answers it."""
Send = Callable[[str, LeadEvent], Awaitable[LeadObject]]
"""Hands an event to a lead's workflow and answers with the lead as it then stands.

Raises CommandRefused and CommandUnavailable.
"""
CalendarOf = Callable[[str], Awaitable[WorkCalendar | None]]
"""When the rep with this id works; None where nobody keeps a roster. Raises UnknownRep."""


async def no_calendar(_rep_id: str) -> WorkCalendar | None:
    """Where nobody looks rosters up: the lead's clocks go on in the calendar that they run in."""
    return None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class CommandDesk:
    """Takes what people in sales decide to the lead. `send` is None where nothing reaches Temporal."""

    def __init__(
        self,
        store: Store,
        send: Send | None,
        calendar_of: CalendarOf = no_calendar,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._store, self._send, self._calendar_of, self._clock = store, send, calendar_of, clock

    async def carry_out(
        self, lead_id: str, shape: CommandShape, event_id: str | None = None, at: datetime | None = None
    ) -> LeadObject:
        """Do it, and answer with the lead as it then stands.

        Under the same `event_id` a command counts once, however often it is carried out. `at` is when
        the person decided, now if unset. Raises CommandRefused, CommandUnavailable, UnknownLead, and
        FieldsRejected for facts that `read_command` would refuse.
        """
        record = await self._record(lead_id)
        if event_id and await self.is_done(lead_id, event_id):
            return _as_recorded(record)
        calendar = await self._calendar(shape)
        event = event_of(shape, event_id or f"cmd-{uuid4()}", at or self._clock(), calendar)
        if text := free_text(shape):
            # First, because a command that was carried out must not be answered as if it were not.
            await self._store.notes.add(lead_id, event.id, shape.by, text, event.occurred_at)
        return await self._tell(lead_id, event)

    async def _calendar(self, shape: CommandShape) -> WorkCalendar | None:
        """Anybody in the workspace may take a lead; nobody gives one to who does not exist."""
        whose = whose_calendar(shape)
        if whose is None:
            return None
        try:
            return await self._calendar_of(whose)
        except UnknownRep as unknown:
            if shape.command is Command.ASSIGN:
                raise CommandRefused(f"{unknown}.") from None
            return None

    async def is_done(self, lead_id: str, event_id: str) -> bool:
        """Whether a command under this id is on record, and not as one that came too late."""
        entries = await self._store.timeline.of(lead_id)
        kinds = {entry.kind for entry in entries if entry.data.get("event_id") == event_id}
        return bool(kinds) and EntryKind.REFUSED not in kinds

    async def forget(self, event_id: str) -> None:
        """Nobody carries this command out any more: its note goes."""
        await self._store.notes.remove(event_id)

    async def _tell(self, lead_id: str, event: LeadEvent) -> LeadObject:
        if self._send is None:
            await self._store.notes.remove(event.id)
            raise CommandUnavailable("this process is not connected to Temporal")
        try:
            return await self._send(lead_id, event)
        except CommandRefused:
            # A repetition of what was carried out is refused by a run that no longer knows of the first.
            if await self.is_done(lead_id, event.id):
                return _as_recorded(await self._record(lead_id))
            await self._store.notes.remove(event.id)
            raise
        except CommandUnavailable:
            await self._store.notes.remove(event.id)
            raise

    async def _record(self, lead_id: str) -> LeadRecord:
        known = lead_id.isalnum() and len(lead_id) <= 64
        record = await self._store.leads.get(lead_id) if known else None
        if record is None:
            raise UnknownLead("there is no lead with this id")
        if record.merged_into:
            raise CommandRefused(f"{use_the_other(record.merged_into)}.")
        return record


def _as_recorded(record: LeadRecord) -> LeadObject:
    return record.snapshot or {"lead_id": record.lead_id}
