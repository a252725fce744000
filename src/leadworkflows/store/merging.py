"""Two leads that turn out to be one person: what moves, and what both are told.

The lead that came furthest goes on, with the other's history; the other's run is told whom it became
and ends. What the other's workflow was told already scores with the winner and moves nothing, so that
no demo is confirmed twice; what it was not told yet is the winner's to act on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from leadworkflows.domain.events import EventType
from leadworkflows.store.database import Database, Transaction, insert_all
from leadworkflows.store.intake import Intake
from leadworkflows.store.models import EventRow, LeadRow, NoteRow, PersonRow, SuppressionRow, VisitorRow
from leadworkflows.store.people import Prospect

SOURCE = "leadworkflows"
"""The source of events that the store itself writes."""

_OF_THE_PERSON = (EventType.UNSUBSCRIBED.value, EventType.EMAIL_SPAM_REPORTED.value)
"""What a person said under one address holds under all of theirs. A bounce is the address's own."""


async def write_merges(database: Database, connection: Transaction, intake: Intake, now: datetime) -> None:
    """Move what the losers had to their winners, and append what the runs are to be told."""
    for winner, loser in intake.people.merges:
        await _move_events(connection, winner, loser, now)
        told = update(LeadRow).where(LeadRow.lead_id == loser.lead_id)
        await connection.execute(told.values(handed_on_seq=loser.last_seq))  # these numbers are empty now
        for table in (VisitorRow, NoteRow):
            move = update(table).where(table.lead_id == loser.lead_id)
            await connection.execute(move.values(lead_id=winner.lead_id))
        pointers = update(LeadRow).where(LeadRow.merged_into == loser.lead_id)
        await connection.execute(pointers.values(merged_into=winner.lead_id))
        await connection.execute(delete(PersonRow).where(PersonRow.lead_id == loser.lead_id))
        await insert_all(connection, database.insert(EventRow), list(_told(winner, loser, now)))
        await _carry_suppression(connection, intake, winner, loser, now)


async def _move_events(connection: Transaction, winner: Prospect, loser: Prospect, now: datetime) -> None:
    columns = (EventRow.id, EventRow.seq, EventRow.type, EventRow.occurred_at, EventRow.anonymous)
    found = select(*columns).where(EventRow.lead_id == loser.lead_id)
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
        await connection.execute(update(EventRow).where(EventRow.id == bindparam("of")), moved)


def _order(row: Any, loser: Prospect) -> tuple[bool, Any]:
    """History by its dates, then what nobody acted on, in its order."""
    untold = row.seq > loser.told_seq
    return untold, row.seq if untold else row.occurred_at


def _known_history(row: Any, loser: Prospect) -> bool:
    return row.seq <= loser.told_seq and row.type not in _OF_THE_PERSON


def _told(winner: Prospect, loser: Prospect, now: datetime) -> Iterator[dict[str, Any]]:
    """One event for each run. They are due at once."""
    for lead, facts, name in (
        (loser, {"into": winner.lead_id}, f"merge:{loser.lead_id}:into"),
        (winner, {"absorbed": loser.lead_id}, f"merge:{loser.lead_id}"),
    ):
        yield {
            "source": SOURCE,
            "event_id": name,
            "type": EventType.LEAD_MERGED.value,
            "occurred_at": now,
            "received_at": now,
            "anonymous": False,
            "lead_id": lead.lead_id,
            "seq": lead.next_seq(now, now),
            "facts": facts,
        }


async def _carry_suppression(
    connection: Transaction, intake: Intake, winner: Prospect, loser: Prospect, now: datetime
) -> None:
    addresses = winner.addresses | loser.addresses
    found = select(SuppressionRow.reason).where(
        SuppressionRow.email.in_(addresses), SuppressionRow.reason.in_(_OF_THE_PERSON)
    )
    if reason := (await connection.execute(found.limit(1))).scalar():
        for email in sorted(addresses):
            intake.suppress(email, reason, now)
