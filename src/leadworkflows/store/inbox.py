"""The durable inbox: what is acknowledged is on disk, and every event finds its lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, select

from leadworkflows.domain.events import LeadEvent
from leadworkflows.sources.base import InboundEvent
from leadworkflows.store.claims import as_event
from leadworkflows.store.database import Database, Transaction, insert_new
from leadworkflows.store.dedupe import load_known
from leadworkflows.store.erased import Digester, Erased, digester_of, load_erased
from leadworkflows.store.errors import StoreConflict, StoreError
from leadworkflows.store.group_commit import GroupCommit
from leadworkflows.store.intake import Intake, IntakeRules, check_readable
from leadworkflows.store.ledger import Ledger
from leadworkflows.store.models import EventRow, LeadRow, RequestRow
from leadworkflows.store.naming import request_id, visitor_keys
from leadworkflows.store.records import Accepted, Classify, Delivery
from leadworkflows.store.secrets import Secrets

_ATTEMPTS = 10
Fresh = list[tuple[Delivery, list[tuple[str, InboundEvent]]]]
"""Deliveries with those of their events that are new, each under its id."""


class Inbox:
    """Events on their way from the edge to their lead's workflow."""

    def __init__(self, database: Database, rules: IntakeRules, secrets: Secrets) -> None:
        self._database = database
        self._rules = rules
        self._secrets = secrets
        self._group = GroupCommit(self._accept_all, weight=_weight)

    async def accept(
        self,
        source: str,
        events: Sequence[InboundEvent],
        received_at: datetime,
        raw: bytes | None = None,
        *,
        classify: Classify,
        trace: str | None = None,
    ) -> Accepted:
        """Keep the events of one request, all or none, on disk on return.

        Requests that come at the same moment share a transaction. Repetitions are left out. An event
        with an e-mail address goes to that person's lead, which is made if need be; one under a
        visitor's name goes to the lead that name belongs to, or waits until an event names the visitor.
        A lead's events are numbered 1, 2, … without a gap. What comes late about an erased person is left
        out like a repetition.

        Raises ValueError for an event that names nobody or lacks the facts of its type,
        `StoreUnavailable` when nothing was kept, StoreError for a time without its offset.
        """
        if received_at.tzinfo is None:
            raise StoreError("a time without its offset cannot be kept")
        for event in events:
            if not event.identity.email and not visitor_keys(event.identity):
                raise ValueError("an event names neither an e-mail address nor a visitor")
            check_readable(event)
        return await self._group.submit(Delivery(source, events, received_at, raw, classify, trace))

    async def drain(self) -> None:
        """Wait for the transactions under way."""
        await self._group.drain()

    async def of(self, lead_id: str) -> list[LeadEvent]:
        """All of a lead's events in order: the record that policies are tried on."""
        async with self._database.reading() as connection:
            found = select(EventRow).where(EventRow.lead_id == lead_id).order_by(EventRow.seq)
            return [as_event(row) for row in (await connection.execute(found)).all()]

    async def oldest_waiting(self) -> datetime | None:
        """Since when the longest waiting event could have been handed on; None if there is none."""
        async with self._database.reading() as connection:
            oldest = select(func.min(LeadRow.waiting_since)).where(LeadRow.due_at.is_not(None))
            return (await connection.execute(oldest)).scalar()

    async def backlog(self) -> int:
        """How many events wait to be handed on."""
        waiting = select(func.sum(LeadRow.last_seq - LeadRow.handed_on_seq))
        async with self._database.reading() as connection:
            return (await connection.execute(waiting.where(LeadRow.due_at.is_not(None)))).scalar() or 0

    async def drop_requests(self, before: datetime, limit: int = 1_000) -> int:
        """Drop the raw requests received before then, oldest first, at most `limit`; how many went.

        Their events stay. Requests are numbered as they come, so the oldest are found without an index.
        """
        oldest = select(RequestRow.id, RequestRow.received_at).order_by(RequestRow.id).limit(limit)
        async with self._database.reading() as connection:
            rows = (await connection.execute(oldest)).all()
        over = [row.id for row in rows if row.received_at < before]
        if over:
            async with self._database.writing() as connection:
                await connection.execute(delete(RequestRow).where(RequestRow.id.in_(over)))
        return len(over)

    async def _accept_all(self, deliveries: Sequence[Delivery]) -> list[Accepted]:
        digester = await digester_of(self._secrets)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._database.writing() as connection:
                    return await self._accept_in(connection, deliveries, digester)
            except StoreConflict:  # the same lead or event came in elsewhere; now it can be seen
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _accept_in(
        self, connection: Transaction, deliveries: Sequence[Delivery], digester: Digester
    ) -> list[Accepted]:
        known = await load_known(connection, deliveries, digester.of)
        admitted = [[(event, *known.admit(event, each)) for event in each.events] for each in deliveries]
        fresh = [
            (delivery, [(name, event) for event, name, is_new in events if is_new])
            for delivery, events in zip(deliveries, admitted, strict=True)
        ]
        fresh = [(delivery, events) for delivery, events in fresh if events]
        outside = await self._write(connection, fresh, digester) if fresh else set()
        return [
            _accepted([(name, is_new and (each.source, name) not in outside) for _, name, is_new in events])
            for each, events in zip(deliveries, admitted, strict=True)
        ]

    async def _write(self, connection: Transaction, fresh: Fresh, digester: Digester) -> set[tuple[str, str]]:
        """Keep what is new; source and id of what was left outside, because it is about an erased person."""
        ledger, intake = Ledger(self._database, connection), Intake(self._rules)
        now = max(delivery.received_at for delivery, _ in fresh)
        await ledger.load(intake, [event for _, events in fresh for _, event in events], now)
        came = [(delivery.source, event) for delivery, events in fresh for _, event in events]
        erased = await load_erased(connection, digester, came)
        outside: set[tuple[str, str]] = set()
        if erased.marks:
            fresh, outside = _sorted_out(erased, fresh)
            await erased.write(self._database, connection)
            await intake.refusals.recall(connection, digester.stand_in, erased.returned)
        request_ids = await _keep_requests(connection, [delivery for delivery, _ in fresh])
        for (delivery, events), kept_as in zip(fresh, request_ids, strict=True):
            for name, event in events:
                intake.take(name, event, delivery, kept_as)
        intake.settle(now)
        await ledger.write(intake, now)
        return outside


def _sorted_out(erased: Erased, fresh: Fresh) -> tuple[Fresh, set[tuple[str, str]]]:
    """What may be kept, and what is left outside. A request that holds any of that is not kept either."""
    kept: Fresh = []
    outside: set[tuple[str, str]] = set()
    for delivery, events in fresh:
        judged = [
            (name, erased.admitted(event, delivery.source, delivery.received_at)) for name, event in events
        ]
        gone = {(delivery.source, name) for name, event in judged if event is None}
        outside |= gone
        stay = [(name, event) for name, event in judged if event is not None]
        kept.append((replace(delivery, raw=None) if gone else delivery, stay))
    return kept, outside


def _weight(delivery: Delivery) -> int:
    """What it asks of the database. One with more names than a statement can take shares no transaction."""
    identities = [event.identity for event in delivery.events]
    names = sum(len(each.vendor_ids) + len(each.merged_vendor_ids) for each in identities)
    return 1 + len(identities) + names


def _accepted(events: list[tuple[str, bool]]) -> Accepted:
    new = sum(is_new for _, is_new in events)
    return Accepted(new, len(events) - new, [name for name, _ in events])


async def _keep_requests(connection: Transaction, deliveries: Sequence[Delivery]) -> list[int | None]:
    """The number under which each delivery's body is kept; None where there is none."""
    numbers = [request_id(each.received_at) if each.raw is not None else None for each in deliveries]
    rows = [
        {"id": number, "source": each.source, "received_at": each.received_at, "body": each.raw}
        for number, each in zip(numbers, deliveries, strict=True)
        if number is not None
    ]
    await insert_new(connection, RequestRow, rows)
    return numbers
