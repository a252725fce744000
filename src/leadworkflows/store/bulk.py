"""Whole leads at once: what a playground's year and a measurement are filled with.

The rows are those that the inbox, the actions and the desk would have written one by one. What the
workflow records goes through the timeline, as always, and not through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.domain.events import EventType
from leadworkflows.store.database import Database, Transaction, insert_new
from leadworkflows.store.models import (
    AssignmentRow,
    Base,
    CardRow,
    ConsentRow,
    EffectRow,
    EventRow,
    LeadRow,
    NoteRow,
    OutboxRow,
    PersonRow,
    SuppressionRow,
    TurnRow,
)
from leadworkflows.store.people import PERSON_FIELDS
from leadworkflows.store.records import EffectRecord, OutboxItem, PersonRecord

Row = Mapping[str, Any]


@dataclass(frozen=True, repr=False)
class WholeLead:
    """A lead with all that happened to it. Personal data.

    `events` are rows of the inbox in their order; `cards`, `assignments`, `consents` and `notes` are rows
    without the lead's id, `suppressed` the reasons for which its address must not be written to.
    """

    lead_id: str
    created_at: Any
    person: PersonRecord
    entries: Sequence[TimelineEntry]
    snapshot: dict[str, Any]
    revision: int
    events: Sequence[Row] = ()
    effects: Sequence[EffectRecord] = ()
    outbox: Sequence[OutboxItem] = ()
    cards: Sequence[Row] = ()
    assignments: Sequence[Row] = ()
    notes: Sequence[Row] = ()
    suppressed: Sequence[Row] = field(default_factory=tuple)


class Bulk:
    """Writes whole leads into a database that does not have them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, leads: Sequence[WholeLead]) -> None:
        """The leads, who they are and what they did; their timelines can be recorded then."""
        async with self._database.writing() as connection:
            await insert_new(connection, LeadRow, [_lead(each) for each in leads])
            await insert_new(connection, PersonRow, [_person(each) for each in leads])
            await _add(connection, EventRow, leads, lambda each: [_event(each, row) for row in each.events])
            await _add(connection, ConsentRow, leads, _consents)
            await _add(connection, SuppressionRow, leads, lambda each: each.suppressed)

    async def finish(self, leads: Sequence[WholeLead]) -> None:
        """What was done for them, after their timelines."""
        async with self._database.writing() as connection:
            await _add(connection, EffectRow, leads, lambda each: [vars(row) for row in each.effects])
            await _add(connection, CardRow, leads, lambda each: _of(each, each.cards))
            await _add(connection, AssignmentRow, leads, lambda each: _of(each, each.assignments))
            await _add(connection, NoteRow, leads, lambda each: _of(each, each.notes))

    async def outbox(self, items: Sequence[OutboxItem]) -> None:
        """Mails and cards of all leads, in the order in which they left: so the outbox shows them."""
        async with self._database.writing() as connection:
            await insert_new(connection, OutboxRow, [_kept(each) for each in items])

    async def turns(self, team: str, turns: Mapping[str, float], time: float) -> None:
        """How far the round robin of a team came."""
        rows = [
            {"team": team, "rep_id": rep_id, "turn": turn} for rep_id, turn in {**turns, "": time}.items()
        ]
        async with self._database.writing() as connection:
            await insert_new(connection, TurnRow, rows)


async def _add(connection: Transaction, table: type[Base], leads: Sequence[WholeLead], rows: Any) -> None:
    found: Iterable[Row] = (row for each in leads for row in rows(each))
    await insert_new(connection, table, list(found))


def _lead(lead: WholeLead) -> dict[str, Any]:
    last = len(lead.events)
    return {
        "lead_id": lead.lead_id, "created_at": lead.created_at,
        "last_seq": last, "handed_on_seq": last, "revision": 0,
    }  # fmt: skip


def _person(lead: WholeLead) -> dict[str, Any]:
    said = {name: getattr(lead.person, name) for name in PERSON_FIELDS}
    return {"lead_id": lead.lead_id, "email": lead.person.email, **said}


def _event(lead: WholeLead, row: Row) -> dict[str, Any]:
    unsaid = dict.fromkeys(("content_hash", "visitor", "notes", "person", "request_id", "trace"))
    return {**unsaid, **row, "lead_id": lead.lead_id}


def _consents(lead: WholeLead) -> list[dict[str, Any]]:
    """As the inbox puts them on record with the events that say them."""
    kinds = (EventType.CONSENT_GIVEN, EventType.UNSUBSCRIBED)
    return [
        {
            "lead_id": lead.lead_id, "topic": row["facts"].get("topic"),
            "given": row["type"] == EventType.CONSENT_GIVEN, "basis": row["facts"].get("basis"),
            "source": row["source"], "event_id": row["event_id"], "at": row["occurred_at"],
        }
        for row in lead.events
        if row["type"] in kinds
    ]  # fmt: skip


def _kept(item: OutboxItem) -> dict[str, Any]:
    """The column is not called `to`, which is a word of SQL."""
    said = dict(vars(item))
    return {"recipient": said.pop("to"), **said}


def _of(lead: WholeLead, rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [{"lead_id": lead.lead_id, **row} for row in rows]
