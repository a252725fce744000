"""Loading and writing what an intake works on, in a fixed order of locks.

Visitors are locked before leads and each in sorted order, so two deliveries about the same people
wait for each other instead of dying. Every statement takes the whole group of deliveries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Update

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import InboundEvent
from leadworkflows.store import statements
from leadworkflows.store.consents import write_consents
from leadworkflows.store.database import Database, Transaction, insert_all, insert_new
from leadworkflows.store.effects import confirm_told
from leadworkflows.store.intake import Intake, IntakeRules, Sighting
from leadworkflows.store.merging import write_merges
from leadworkflows.store.models import EventRow, LeadRow, PersonRow, VisitorRow
from leadworkflows.store.naming import email_key, every_key
from leadworkflows.store.people import PERSON_FIELDS, Prospect


class Ledger:
    """The way of a group of deliveries into the database, on one open transaction."""

    def __init__(self, database: Database, connection: Transaction) -> None:
        self._database = database
        self._connection = connection

    async def load(self, intake: Intake, events: Sequence[InboundEvent], now: datetime) -> None:
        """Lock and read every visitor, lead and waiting event that the events touch."""
        keys = sorted({key for event in events for key in every_key(event.identity)})
        emails = {event.identity.email for event in events if event.identity.email is not None}
        lead_ids = await self._lock_visitors(intake.rules, keys, now) if keys else {}
        by_id = await self._lock_leads(emails, set(lead_ids.values()))
        await self._load_old_addresses(intake, by_id, emails - {lead.email for lead in by_id.values()})
        for lead in by_id.values():
            intake.people.add(lead)
        intake.people.visitors = {key: by_id[lead] for key, lead in lead_ids.items() if lead in by_id}
        unnamed = [key for key in keys if key not in lead_ids]
        if unnamed and (emails or by_id):  # otherwise nobody is here to claim what waits
            intake.waiting = await self._waiting(unnamed)

    async def _lock_visitors(self, rules: IntakeRules, keys: list[str], now: datetime) -> dict[str, str]:
        """The lead of each visitor that has one.

        A visitor is inserted before it is locked: a row that is not there holds nobody back.
        """
        unseen = self._database.insert(VisitorRow).on_conflict_do_nothing()
        rows = [{"key": key, "lead_id": None, "ask_after": _ask_after(rules, key, now)} for key in keys]
        await insert_all(self._connection, unseen, rows)
        known = (await self._connection.execute(statements.VISITORS, {"keys": keys})).all()
        return {row.key: row.lead_id for row in known if row.lead_id is not None}

    async def _lock_leads(self, emails: set[str], lead_ids: set[str]) -> dict[str, Prospect]:
        if not emails and not lead_ids:
            return {}
        named = {"emails": list(emails), "lead_ids": list(lead_ids)}
        rows = (await self._connection.execute(statements.LEADS, named)).mappings().all()
        return {row["lead_id"]: _prospect(dict(row)) for row in rows}

    async def _load_old_addresses(
        self, intake: Intake, by_id: dict[str, Prospect], unknown: set[str]
    ) -> None:
        """Leads that had these addresses before.

        Looked for after the leads are locked: whoever gives an address up holds that lock, and has left
        the trace by then.
        """
        if not unknown:
            return
        keys = {email_key(email): email for email in unknown}
        found = (await self._connection.execute(statements.OWNERS, {"keys": list(keys)})).all()
        owners = {row.key: row.lead_id for row in found}
        by_id |= await self._lock_leads(set(), set(owners.values()) - set(by_id))
        for key, lead_id in owners.items():
            if lead_id in by_id:
                intake.people.by_email[keys[key]] = by_id[lead_id]

    async def _waiting(self, keys: list[str]) -> dict[str, list[Sighting]]:
        waiting: dict[str, list[Sighting]] = {}
        for row in (await self._connection.execute(statements.WAITING, {"keys": keys})).all():
            sighting = Sighting(row.event_id, EventType(row.type), row.occurred_at, row.source, row.id)
            sighting.visitor, sighting.person = row.visitor, row.person or {}
            sighting.facts = row.facts
            waiting.setdefault(row.visitor, []).append(sighting)
        return waiting

    async def write(self, intake: Intake, now: datetime) -> None:
        """Write what the intake worked out: parents first, then what points to them."""
        new = [lead for lead in intake.people.prospects if lead.is_new and lead.merged_into is None]
        await insert_new(self._connection, LeadRow, [_lead_row(lead) for lead in new])
        await write_merges(self._database, self._connection, intake, now)
        await insert_new(self._connection, PersonRow, [_person_row(lead) for lead in new])
        await self._update_leads([lead for lead in intake.people.prospects if not lead.is_new])
        await insert_new(self._connection, EventRow, [_event_row(each) for each in intake.fresh])
        await self._write_claims(intake)
        await confirm_told(self._connection, _told_of(intake), now)
        await write_consents(self._connection, [*intake.fresh, *intake.claimed])
        await intake.refusals.carry(self._connection, intake.people.prospects)
        await intake.refusals.write(self._database, self._connection)

    async def _update_leads(self, leads: list[Prospect]) -> None:
        counted = [{"of": lead.lead_id, **_standing_of(lead)} for lead in leads if lead.seq_changed]
        learned = [
            {"of": lead.lead_id, "email": lead.email, **lead.person}
            for lead in leads
            if lead.person_changed and lead.merged_into is None
        ]
        await self._update_all(statements.LEAD_OF, counted)
        await self._update_all(statements.PERSON_OF, learned)

    async def _write_claims(self, intake: Intake) -> None:
        links = [{"key": key, "lead_id": lead.lead_id} for key, lead in intake.people.linked.items()]
        if links:
            named = self._database.insert(VisitorRow)
            other = {"lead_id": named.excluded.lead_id}
            named = named.on_conflict_do_update(index_elements=["key"], set_=other)
            await insert_all(self._connection, named, links)
        claims = [{"of": each.row_id, **_place(each)} for each in intake.claimed]
        await self._update_all(statements.EVENT_OF, claims)

    async def _update_all(self, statement: Update, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set the columns that the rows name, on the row that each is `of`."""
        if rows:
            await self._connection.execute(statement, [dict(row) for row in rows])


def _told_of(intake: Intake) -> set[str]:
    """The keys of our mails that SendGrid reports: they left."""
    ours = [each for each in intake.fresh if each.delivery and each.delivery.source == "sendgrid"]
    return {each.facts["key"] for each in ours if each.facts.get("key")}


def _ask_after(rules: IntakeRules, key: str, now: datetime) -> datetime | None:
    return now if key.partition(":")[0] in rules.can_name else None


def _prospect(row: dict[str, Any]) -> Prospect:
    return Prospect(
        row["lead_id"],
        row["email"],
        row["last_seq"],
        {name: row[name] for name in PERSON_FIELDS},
        row["created_at"],
        stage=row["stage"],
        waiting_since=row["waiting_since"],
        due_at=row["due_at"],
        handed_on_seq=row["handed_on_seq"],
        perhaps_told=row["claimed_by"] is not None,
    )


def _standing_of(lead: Prospect) -> dict[str, Any]:
    merged = lead.last_winner().lead_id if lead.merged_into else None
    waits = {"waiting_since": lead.waiting_since, "due_at": lead.due_at}
    return {"last_seq": lead.last_seq, **waits, "merged_into": merged}


def _lead_row(lead: Prospect) -> dict[str, Any]:
    return {
        "lead_id": lead.lead_id,
        "created_at": lead.created_at,
        "handed_on_seq": 0,
        "revision": 0,
        **_standing_of(lead),
    }


def _person_row(lead: Prospect) -> dict[str, Any]:
    return {"lead_id": lead.lead_id, "email": lead.email, **lead.person}


def _event_row(sighting: Sighting) -> dict[str, Any]:
    event, delivery = sighting.event, sighting.delivery
    if event is None or delivery is None:
        raise TypeError("only what was just delivered is new")
    return {
        "source": delivery.source,
        "event_id": sighting.event_id,
        "content_hash": event.content_hash,
        "type": sighting.type.value,
        "occurred_at": sighting.occurred_at,
        "received_at": delivery.received_at,
        "visitor": sighting.visitor,
        "anonymous": sighting.anonymous,
        **_place(sighting),
        "facts": sighting.facts,
        "notes": event.notes or None,
        "request_id": sighting.request_id,
        "trace": delivery.trace,
    }


def _place(sighting: Sighting) -> dict[str, Any]:
    """Whose event it is by now; a visitor's personal data is kept beside only while it waits."""
    lead = sighting.lead
    return {
        "lead_id": lead.lead_id if lead else None,
        "seq": sighting.seq,
        "person": None if lead else (sighting.person or None),
    }
