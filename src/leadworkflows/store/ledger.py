"""Loading and writing what an intake works on, in a fixed order of locks.

Visitors are locked before leads and each in sorted order, so two deliveries about the same people
wait for each other instead of dying. Every statement takes the whole batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Update, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import InboundEvent
from leadworkflows.store.database import Database, insert_all
from leadworkflows.store.intake import PERSON_FIELDS, Intake, Prospect, Sighting
from leadworkflows.store.models import EventRow, LeadRow, PersonRow, SuppressionRow, VisitorRow
from leadworkflows.store.naming import visitor_keys

_PERSON_COLUMNS = tuple(getattr(PersonRow, name) for name in PERSON_FIELDS)


class Ledger:
    """One delivery's way into the database, on one open transaction."""

    def __init__(self, database: Database, connection: AsyncConnection) -> None:
        self._database = database
        self._connection = connection

    async def load(self, intake: Intake, events: Sequence[InboundEvent]) -> None:
        """Lock and read every visitor, lead and waiting event that the events touch."""
        keys = sorted({key for event in events for key in visitor_keys(event.identity)})
        emails = {event.identity.email for event in events if event.identity.email is not None}
        lead_ids = await self._lock_visitors(keys) if keys else {}
        by_id = await self._lock_leads(emails, set(lead_ids.values()))
        intake.prospects = {lead.email: lead for lead in by_id.values()}
        intake.visitors = {key: by_id[lead_id] for key, lead_id in lead_ids.items() if lead_id in by_id}
        unnamed = [key for key in keys if key not in lead_ids]
        if unnamed and (emails or by_id):  # otherwise nobody is here to claim what waits
            intake.waiting = await self._waiting(unnamed)

    async def _lock_visitors(self, keys: list[str]) -> dict[str, str]:
        """The lead of each visitor that has one.

        A visitor is inserted before it is locked: a row that is not there holds nobody back.
        """
        unseen = self._database.insert(VisitorRow).on_conflict_do_nothing()
        await insert_all(self._connection, unseen, [{"key": key, "lead_id": None} for key in keys])
        found = (
            select(VisitorRow.key, VisitorRow.lead_id)
            .where(VisitorRow.key.in_(keys))
            .order_by(VisitorRow.key)
            .with_for_update()
        )
        rows = (await self._connection.execute(found)).all()
        return {row.key: row.lead_id for row in rows if row.lead_id is not None}

    async def _lock_leads(self, emails: set[str], lead_ids: set[str]) -> dict[str, Prospect]:
        if not emails and not lead_ids:
            return {}
        found = (
            select(PersonRow.lead_id, PersonRow.email, LeadRow.last_seq, *_PERSON_COLUMNS)
            .join(LeadRow, LeadRow.lead_id == PersonRow.lead_id)
            .where(or_(PersonRow.email.in_(emails), PersonRow.lead_id.in_(lead_ids)))
            .order_by(PersonRow.lead_id)
            .with_for_update()
        )
        rows = (await self._connection.execute(found)).mappings().all()
        return {row["lead_id"]: _prospect(dict(row)) for row in rows}

    async def _waiting(self, keys: list[str]) -> dict[str, list[Sighting]]:
        columns = (EventRow.id, EventRow.event_id, EventRow.type, EventRow.occurred_at)
        found = (
            select(*columns, EventRow.visitor, EventRow.person)
            .where(EventRow.lead_id.is_(None), EventRow.visitor.in_(keys))
            .order_by(EventRow.id)
        )
        waiting: dict[str, list[Sighting]] = {}
        for row in (await self._connection.execute(found)).all():
            sighting = Sighting(row.event_id, EventType(row.type), row.occurred_at, row.id)
            sighting.visitor, sighting.person = row.visitor, row.person or {}
            waiting.setdefault(row.visitor, []).append(sighting)
        return waiting

    async def write(self, intake: Intake, source: str, request_id: int | None) -> None:
        """Write what the intake worked out: parents first, then what points to them."""
        await self._write_leads(intake)
        rows = [_event_row(intake, sighting, source, request_id) for sighting in intake.fresh]
        await insert_all(self._connection, self._database.insert(EventRow), rows)
        await self._write_claims(intake)
        await self._write_suppressions(intake)

    async def _write_leads(self, intake: Intake) -> None:
        leads = list(intake.prospects.values())
        new = [lead for lead in leads if lead.is_new]
        insert = self._database.insert
        await insert_all(self._connection, insert(LeadRow), [_lead_row(intake, lead) for lead in new])
        await insert_all(self._connection, insert(PersonRow), [_person_row(lead) for lead in new])
        await self._update_leads([lead for lead in leads if not lead.is_new])

    async def _update_leads(self, leads: list[Prospect]) -> None:
        of_lead, of_person = LeadRow.lead_id == bindparam("of"), PersonRow.lead_id == bindparam("of")
        counted = [{"of": lead.lead_id, "last_seq": lead.last_seq} for lead in leads if lead.seq_changed]
        learned = [{"of": lead.lead_id, **lead.person} for lead in leads if lead.person_changed]
        await self._update_all(update(LeadRow).where(of_lead), counted)
        await self._update_all(update(PersonRow).where(of_person), learned)

    async def _write_claims(self, intake: Intake) -> None:
        links = [{"of": key, "lead_id": lead.lead_id} for key, lead in intake.linked.items()]
        await self._update_all(update(VisitorRow).where(VisitorRow.key == bindparam("of")), links)
        claims = [_claim_row(intake, sighting) for sighting in intake.claimed]
        await self._update_all(update(EventRow).where(EventRow.id == bindparam("of")), claims)

    async def _update_all(self, statement: Update, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set the columns that the rows name, on the row that each is `of`."""
        if rows:
            await self._connection.execute(statement, [dict(row) for row in rows])

    async def _write_suppressions(self, intake: Intake) -> None:
        rows = [
            {"email": email, "reason": reason, "at": intake.received_at}
            for email, reason in sorted(intake.suppressed.items())
        ]
        first_wins = self._database.insert(SuppressionRow).on_conflict_do_nothing()
        await insert_all(self._connection, first_wins, rows)


def _prospect(row: dict[str, Any]) -> Prospect:
    person = {name: row[name] for name in PERSON_FIELDS}
    return Prospect(row["lead_id"], row["email"], row["last_seq"], person)


def _lead_row(intake: Intake, lead: Prospect) -> dict[str, Any]:
    return {
        "lead_id": lead.lead_id,
        "created_at": intake.received_at,
        "last_seq": lead.last_seq,
        "revision": 0,
    }


def _person_row(lead: Prospect) -> dict[str, Any]:
    return {"lead_id": lead.lead_id, "email": lead.email, **lead.person}


def _event_row(intake: Intake, sighting: Sighting, source: str, request_id: int | None) -> dict[str, Any]:
    event = sighting.event
    return {
        "source": source,
        "event_id": sighting.event_id,
        "content_hash": event.content_hash if event else None,
        "type": sighting.type.value,
        "occurred_at": sighting.occurred_at,
        "received_at": intake.received_at,
        "visitor": sighting.visitor,
        "anonymous": sighting.anonymous,
        **_standing(intake, sighting),
        "facts": sighting.facts,
        "notes": (event.notes or None) if event else None,
        "request_id": request_id,
    }


def _claim_row(intake: Intake, sighting: Sighting) -> dict[str, Any]:
    return {"of": sighting.row_id, **_standing(intake, sighting)}


def _standing(intake: Intake, sighting: Sighting) -> dict[str, Any]:
    """Whose event it is by now; a visitor's personal data is kept beside only while it waits."""
    lead = sighting.lead
    return {
        "lead_id": lead.lead_id if lead else None,
        "seq": sighting.seq,
        "ready_at": intake.received_at if lead else None,
        "person": None if lead else (sighting.person or None),
    }
