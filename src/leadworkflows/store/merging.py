"""Two leads that turn out to be one person: what moves, and what both are told.

The lead that came furthest goes on, with the other's history; the other's run is told whom it became
and ends. What the other's workflow was told already scores with the winner and moves nothing, so that
no demo is confirmed twice; what it was not told yet is the winner's to act on. What it is being told
just now, or may have been told, stays with it, so that it is acted on once: before the pointer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from leadworkflows.domain.events import EventType
from leadworkflows.store import statements
from leadworkflows.store.database import Database, Transaction, insert_all
from leadworkflows.store.intake import Intake
from leadworkflows.store.models import ConsentRow, EventRow, LeadRow, NoteRow, PersonRow, VisitorRow
from leadworkflows.store.people import Prospect
from leadworkflows.store.refusals import OF_THE_PERSON

SOURCE = "leadworkflows"
"""The source of events that the store itself writes."""


async def write_merges(database: Database, connection: Transaction, intake: Intake, now: datetime) -> None:
    """Move what the losers had to their winners, and append what the runs are to be told."""
    for winner, loser in intake.people.merges:
        await _move_events(connection, winner, loser, now)
        left = await _left_with(connection, loser) if loser.perhaps_told else []
        if not left:  # these numbers are empty now
            told = update(LeadRow).where(LeadRow.lead_id == loser.lead_id)
            await connection.execute(told.values(handed_on_seq=loser.last_seq))
        for table in (VisitorRow, NoteRow, ConsentRow):
            move = update(table).where(table.lead_id == loser.lead_id)
            await connection.execute(move.values(lead_id=winner.lead_id))
        pointers = update(LeadRow).where(LeadRow.merged_into == loser.lead_id)
        await connection.execute(pointers.values(merged_into=winner.lead_id))
        await connection.execute(delete(PersonRow).where(PersonRow.lead_id == loser.lead_id))
        news = [*_said_to_the_loser(left, winner, loser, now), *_told(winner, loser, now)]
        await insert_all(connection, database.insert(EventRow), news)


async def _move_events(connection: Transaction, winner: Prospect, loser: Prospect, now: datetime) -> None:
    columns = (EventRow.id, EventRow.seq, EventRow.type, EventRow.occurred_at, EventRow.anonymous)
    found = select(*columns).where(EventRow.lead_id == loser.lead_id)
    if loser.perhaps_told:
        found = found.where(EventRow.seq <= loser.handed_on_seq)
    rows = sorted((await connection.execute(found)).all(), key=lambda row: _order(row, loser))
    moved = [
        {
            "of": row.id,
            "lead_id": winner.lead_id,
            "seq": winner.next_seq(now, now),
            "anonymous": _known_history(row, loser) or row.anonymous,
        }
        for row in rows
    ]
    if moved:
        await connection.execute(statements.EVENT_OF, moved)


def _order(row: Any, loser: Prospect) -> tuple[bool, Any]:
    """History by its dates, then what nobody acted on, in its order."""
    untold = row.seq > loser.handed_on_seq
    return untold, row.seq if untold else row.occurred_at


def _known_history(row: Any, loser: Prospect) -> bool:
    return row.seq <= loser.handed_on_seq and row.type not in OF_THE_PERSON


async def _left_with(connection: Transaction, loser: Prospect) -> list[Any]:
    """What the loser acts on before its pointer, in its order."""
    columns = (EventRow.type, EventRow.occurred_at, EventRow.facts)
    left = select(*columns).where(EventRow.lead_id == loser.lead_id, EventRow.seq > loser.handed_on_seq)
    return list((await connection.execute(left.order_by(EventRow.seq))).all())


def _said_to_the_loser(
    left: list[Any], winner: Prospect, loser: Prospect, now: datetime
) -> Iterator[dict[str, Any]]:
    """What the person said about mail, which the winner must know too, and may hear twice."""
    said = (row for row in left if row.type in (*OF_THE_PERSON, EventType.CONSENT_GIVEN))
    for number, row in enumerate(said, 1):
        name = f"merge:{loser.lead_id}:{row.type}:{number}"
        yield _own_event(winner, name, EventType(row.type), dict(row.facts), row.occurred_at, now)


def _told(winner: Prospect, loser: Prospect, now: datetime) -> Iterator[dict[str, Any]]:
    """One event for each run. They are due at once."""
    for lead, facts, name in (
        (loser, {"into": winner.last_winner().lead_id}, f"merge:{loser.lead_id}:into"),
        (winner, {"absorbed": loser.lead_id}, f"merge:{loser.lead_id}"),
    ):
        yield _own_event(lead, name, EventType.LEAD_MERGED, facts, now, now)


def _own_event(
    lead: Prospect, name: str, kind: EventType, facts: dict[str, Any], occurred_at: datetime, now: datetime
) -> dict[str, Any]:
    return {
        "source": SOURCE,
        "event_id": name,
        "type": kind.value,
        "occurred_at": occurred_at,
        "received_at": now,
        "anonymous": False,
        "lead_id": lead.lead_id,
        "seq": lead.next_seq(now, now),
        "facts": facts,
    }
