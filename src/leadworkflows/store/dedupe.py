"""Telling a delivery from its repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadworkflows.sources.base import InboundEvent
from leadworkflows.store import statements
from leadworkflows.store.database import Transaction
from leadworkflows.store.naming import content_event_id, event_ids, new_event_id
from leadworkflows.store.records import Delivery

Key = tuple[str, str]
"""A source, and an id or a content hash within it."""


@dataclass
class Known:
    """What the inbox already holds of the deliveries' ids and contents, each within its source."""

    hashed: Callable[[str], str]
    """Hashes under a secret what must not be said."""
    ids: set[Key] = field(default_factory=set)
    contents: dict[Key, tuple[str, datetime]] = field(default_factory=dict)
    """By content hash: the newest event with this content, and when it was received."""

    def admit(self, event: InboundEvent, delivery: Delivery) -> tuple[str, bool]:
        """The event's id, and whether it is new. What is new is known from then on."""
        standing = self._same_content(event, delivery)
        if standing is not None:
            return standing, False
        names = self._names(event, delivery.source)
        for name in names:
            if (delivery.source, name) in self.ids:
                return name, False
        name = names[0]
        self.ids.add((delivery.source, name))
        if event.content_hash is not None:
            self.contents[delivery.source, event.content_hash] = (name, delivery.received_at)
        return name, True

    def _same_content(self, event: InboundEvent, delivery: Delivery) -> str | None:
        if event.content_hash is None or (delivery.source, event.content_hash) not in self.contents:
            return None
        standing, seen_at = self.contents[delivery.source, event.content_hash]
        window = event.dedupe_window
        if window is None and event.delivery_id is not None:
            return None
        return standing if window is None or delivery.received_at - seen_at < window else None

    def _names(self, event: InboundEvent, source: str) -> list[str]:
        """What the event is called from now on, and what an earlier version may have called it."""
        if event.delivery_id:
            return event_ids(event.delivery_id, self.hashed)
        if event.content_hash is None:
            return [new_event_id()]
        previous, _ = self.contents.get((source, event.content_hash), (None, None))
        return [content_event_id(event.content_hash, previous, self.hashed)]


async def load_known(
    connection: Transaction, deliveries: Sequence[Delivery], hashed: Callable[[str], str]
) -> Known:
    """Look up the ids and contents of the deliveries: at most two queries for each source."""
    known = Known(hashed)
    for source in {each.source for each in deliveries}:
        events = [event for each in deliveries if each.source == source for event in each.events]
        await _load_ids(connection, known, source, events)
        await _load_contents(connection, known, source, events)
    return known


async def _load_ids(
    connection: Transaction, known: Known, source: str, events: Sequence[InboundEvent]
) -> None:
    given = [event.delivery_id for event in events if event.delivery_id]
    ids = {name for each in given for name in event_ids(each, known.hashed)}
    if ids:
        asked = {"source": source, "ids": list(ids)}
        found = (await connection.execute(statements.KNOWN_IDS, asked)).scalars()
        known.ids.update((source, name) for name in found)


async def _load_contents(
    connection: Transaction, known: Known, source: str, events: Sequence[InboundEvent]
) -> None:
    hashes = {event.content_hash for event in events if event.content_hash is not None}
    if not hashes:
        return
    asked = {"source": source, "hashes": list(hashes)}
    for row in (await connection.execute(statements.KNOWN_CONTENTS, asked)).all():
        known.contents[source, str(row.content_hash)] = (row.event_id, row.received_at)
