"""Telling a delivery from its repetition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from leadworkflows.sources.base import InboundEvent
from leadworkflows.store.models import EventRow
from leadworkflows.store.naming import content_event_id, event_id, new_event_id


@dataclass
class Known:
    """What the inbox already holds of a delivery's ids and contents."""

    received_at: datetime
    ids: set[str] = field(default_factory=set)
    contents: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """By content hash: the newest event with this content, and when it was received."""

    def admit(self, event: InboundEvent) -> tuple[str, bool]:
        """The event's id, and whether it is new. What is new is known from then on."""
        standing = self._same_content(event)
        if standing is not None:
            return standing, False
        name = self._name(event)
        if name in self.ids:
            return name, False
        self._learn(name, event)
        return name, True

    def _same_content(self, event: InboundEvent) -> str | None:
        if event.content_hash not in self.contents:
            return None
        standing, seen_at = self.contents[event.content_hash]
        window = event.dedupe_window
        if window is None and event.delivery_id is not None:
            return None
        return standing if window is None or self.received_at - seen_at < window else None

    def _name(self, event: InboundEvent) -> str:
        if event.delivery_id:
            return event_id(event.delivery_id)
        if event.content_hash is None:
            return new_event_id()
        previous, _ = self.contents.get(event.content_hash, (None, None))
        return content_event_id(event.content_hash, previous)

    def _learn(self, name: str, event: InboundEvent) -> None:
        self.ids.add(name)
        if event.content_hash is not None:
            self.contents[event.content_hash] = (name, self.received_at)


async def load_known(
    connection: AsyncConnection, source: str, events: Sequence[InboundEvent], received_at: datetime
) -> Known:
    """Look up the ids and contents of a delivery: at most one query each."""
    known = Known(received_at)
    ids = {event_id(event.delivery_id) for event in events if event.delivery_id}
    if ids:
        found = select(EventRow.event_id).where(EventRow.source == source, EventRow.event_id.in_(ids))
        known.ids.update((await connection.execute(found)).scalars())
    hashes = {event.content_hash for event in events if event.content_hash is not None}
    if hashes:
        known.contents.update(await _contents(connection, source, hashes))
    return known


async def _contents(
    connection: AsyncConnection, source: str, hashes: set[str]
) -> dict[str, tuple[str, datetime]]:
    found = (
        select(EventRow.content_hash, EventRow.event_id, EventRow.received_at)
        .where(EventRow.source == source, EventRow.content_hash.in_(hashes))
        .order_by(EventRow.id)
    )
    rows = (await connection.execute(found)).all()
    return {str(row.content_hash): (row.event_id, row.received_at) for row in rows}
