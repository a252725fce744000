"""The durable inbox: what is acknowledged is on disk, and every event finds its lead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from leadworkflows.domain.events import LeadEvent
from leadworkflows.sources.base import InboundEvent
from leadworkflows.store.database import Database
from leadworkflows.store.dedupe import load_known
from leadworkflows.store.errors import StoreConflict
from leadworkflows.store.intake import Classify, Intake
from leadworkflows.store.ledger import Ledger
from leadworkflows.store.models import EventRow, RequestRow
from leadworkflows.store.naming import visitor_keys
from leadworkflows.store.records import Accepted, HandOn

EVENTS_PER_HAND_ON = 100
_ATTEMPTS = 10
_ROWS_A_LEAD = 10
_MARKED_AT_ONCE = 5_000  # SQLite takes 32,766 parameters in a statement
_PENDING = (EventRow.handed_on_at.is_(None), EventRow.lead_id.is_not(None))


class Inbox:
    """Events on their way from the edge to their lead's workflow."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(
        self,
        source: str,
        events: Sequence[InboundEvent],
        received_at: datetime,
        raw: bytes | None = None,
        *,
        classify: Classify,
    ) -> Accepted:
        """Keep the events of one request, in one transaction that is on disk on return.

        Repetitions are left out. An event with an e-mail address goes to that person's lead, which
        is made if need be; one under a visitor's name goes to the lead that name belongs to, or
        waits until an event names the visitor. A lead's events are numbered 1, 2, … without a gap.

        Raises ValueError for an event that names nobody, `StoreUnavailable` when nothing was kept.
        """
        for event in events:
            if not event.identity.email and not visitor_keys(event.identity):
                raise ValueError("an event names neither an e-mail address nor a visitor")
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._database.writing() as connection:
                    return await self._accept(connection, source, events, received_at, raw, classify)
            except StoreConflict:  # the same lead or event came in elsewhere; now it can be seen
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _accept(
        self,
        connection: AsyncConnection,
        source: str,
        events: Sequence[InboundEvent],
        received_at: datetime,
        raw: bytes | None,
        classify: Classify,
    ) -> Accepted:
        known = await load_known(connection, source, events, received_at)
        admitted = [(event, *known.admit(event)) for event in events]
        fresh = [(name, event) for event, name, is_new in admitted if is_new]
        if fresh:
            ledger = Ledger(self._database, connection)
            intake = Intake(received_at, classify)
            await ledger.load(intake, [event for _, event in fresh])
            for name, event in fresh:
                intake.take(name, event)
            await ledger.write(intake, source, await _keep_request(connection, source, received_at, raw))
        return Accepted(len(fresh), len(events) - len(fresh), [name for _, name, _ in admitted])

    async def ready(self, limit: int) -> list[HandOn]:
        """What to hand on next: up to `limit` leads, those waiting longest first.

        Each with its events from the first that was not handed on, in order, at most 100.
        """
        async with self._database.reading() as connection:
            lead_ids = await _leads_waiting_longest(connection, limit)
            rows = (await connection.execute(_first_pending(lead_ids))).all() if lead_ids else []
        by_lead = {lead_id: list(group) for lead_id, group in groupby(rows, key=lambda row: str(row.lead_id))}
        return [_hand_on(lead_id, by_lead[lead_id]) for lead_id in lead_ids if lead_id in by_lead]

    async def mark_handed_on(self, row_ids: Sequence[int], at: datetime) -> None:
        """Say that the workflow has these events. Rows that are marked already keep their time."""
        async with self._database.writing() as connection:
            for start in range(0, len(row_ids), _MARKED_AT_ONCE):
                some = EventRow.id.in_(row_ids[start : start + _MARKED_AT_ONCE])
                pending = update(EventRow).where(some, EventRow.handed_on_at.is_(None))
                await connection.execute(pending.values(handed_on_at=at))

    async def oldest_waiting(self) -> datetime | None:
        """Since when the longest waiting event could have been handed on; None if there is none."""
        async with self._database.reading() as connection:
            oldest = select(EventRow.ready_at).where(*_PENDING).order_by(EventRow.ready_at).limit(1)
            return (await connection.execute(oldest)).scalar()

    async def backlog(self) -> int:
        """How many events could be handed on now."""
        async with self._database.reading() as connection:
            return (await connection.execute(select(func.count()).where(*_PENDING))).scalar_one()

    async def of(self, lead_id: str) -> list[LeadEvent]:
        """All of a lead's events in order: the record that policies are tried on."""
        async with self._database.reading() as connection:
            found = select(EventRow).where(EventRow.lead_id == lead_id).order_by(EventRow.seq)
            return [_event(row) for row in (await connection.execute(found)).all()]


async def _keep_request(
    connection: AsyncConnection, source: str, received_at: datetime, raw: bytes | None
) -> int | None:
    if raw is None:
        return None
    row = {"source": source, "received_at": received_at, "body": raw}
    return (await connection.execute(insert(RequestRow).values(row).returning(RequestRow.id))).scalar_one()


async def _leads_waiting_longest(connection: AsyncConnection, limit: int) -> Sequence[str | None]:
    """By the oldest event of each lead, so that one lead's flood does not hold up the others.

    The oldest rows nearly always name enough leads. Only where they are a flood of a few leads is
    the whole backlog looked at, a millisecond or so for each thousand rows.
    """
    nearest = select(EventRow.lead_id, EventRow.ready_at, EventRow.id).where(*_PENDING)
    window = nearest.order_by(EventRow.ready_at, EventRow.id).limit(limit * _ROWS_A_LEAD)
    leads: Sequence[str | None] = (await connection.execute(_by_oldest(window, limit))).scalars().all()
    if 0 < len(leads) < limit:
        leads = (await connection.execute(_by_oldest(nearest, limit))).scalars().all()
    return leads


def _by_oldest(rows: Select[*tuple[Any, ...]], limit: int) -> Select[Any]:
    row = rows.subquery().c
    return (
        select(row.lead_id)
        .group_by(row.lead_id)
        .order_by(func.min(row.ready_at), func.min(row.id))
        .limit(limit)
    )


def _first_pending(lead_ids: Sequence[Any]) -> Select[Any]:
    place = func.row_number().over(partition_by=EventRow.lead_id, order_by=EventRow.seq).label("place")
    columns = (
        EventRow.id,
        EventRow.event_id,
        EventRow.lead_id,
        EventRow.seq,
        EventRow.type,
        EventRow.occurred_at,
        EventRow.anonymous,
        EventRow.facts,
    )
    numbered = select(*columns, place).where(*_PENDING, EventRow.lead_id.in_(lead_ids)).subquery()
    return (
        select(numbered)
        .where(numbered.c.place <= EVENTS_PER_HAND_ON)
        .order_by(numbered.c.lead_id, numbered.c.seq)
    )


def _hand_on(lead_id: str, rows: Sequence[Any]) -> HandOn:
    return HandOn(lead_id, [_event(row) for row in rows], [row.id for row in rows])


def _event(row: Any) -> LeadEvent:
    """What was accepted is handed on, also where a later version would not accept it."""
    return LeadEvent.read(
        {
            "id": row.event_id,
            "seq": row.seq,
            "type": row.type,
            "occurred_at": row.occurred_at,
            "anonymous": row.anonymous,
            "facts": dict(row.facts),
        }
    )
