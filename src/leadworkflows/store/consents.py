"""Consent on record: what a lead agreed to and took back, when, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from leadworkflows.domain.events import EventType
from leadworkflows.store.database import Database, Transaction, insert_new
from leadworkflows.store.intake import Sighting
from leadworkflows.store.leads import goes_on_as
from leadworkflows.store.models import ConsentRow, LeadRow

_ON_RECORD = (EventType.CONSENT_GIVEN, EventType.UNSUBSCRIBED)


@dataclass(frozen=True)
class Consent:
    """A person agreed (`given`) or took it back, of a topic or, where that is None, of all mail.

    `basis` says how it was given: form, import, double_opt_in, preferences and so on.
    """

    topic: str | None
    given: bool
    basis: str | None
    source: str
    event_id: str
    at: datetime


class Consents:
    """By lead. Written in the commit of the event that says it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, lead_id: str) -> list[Consent]:
        """All that the lead said about it, oldest first; a merged lead's is that of the one that goes on."""
        speaks = select(goes_on_as()).where(LeadRow.lead_id == lead_id)
        found = select(
            ConsentRow.topic,
            ConsentRow.given,
            ConsentRow.basis,
            ConsentRow.source,
            ConsentRow.event_id,
            ConsentRow.at,
        ).where(ConsentRow.lead_id == speaks.scalar_subquery())
        async with self._database.reading() as connection:
            rows = await connection.execute(found.order_by(ConsentRow.at, ConsentRow.id))
            return [Consent(*row) for row in rows.all()]


async def write_consents(connection: Transaction, came: Iterable[Sighting]) -> None:
    """Put on record what the events say about consent."""
    rows = [
        _row(each, each.lead.last_winner().lead_id) for each in came if each.lead and each.type in _ON_RECORD
    ]
    await insert_new(connection, ConsentRow, rows)


def _row(sighting: Sighting, lead_id: str) -> dict[str, Any]:
    given = sighting.type is EventType.CONSENT_GIVEN
    return {
        "lead_id": lead_id,
        "topic": sighting.facts.get("topic"),
        "given": given,
        "basis": sighting.facts.get("basis") if given else None,
        "source": sighting.source,
        "event_id": sighting.event_id,
        "at": sighting.occurred_at,
    }
