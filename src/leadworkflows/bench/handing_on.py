"""How fast events go on to Temporal, one by one and gathered."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import uuid4

from temporalio.client import Client

from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import PageFacts
from leadworkflows.relay import Relay
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store.store import Store

_QUEUE = "nobody"
_POLICY = "bench"


async def handed_on_per_s(store: Store, client: Client, leads: int, views: int, *, gathered: bool) -> float:
    """Events handed on a second, of so many leads with so many page views each.

    Gathered, a lead's views go in one signal, as those within the window do; otherwise each goes alone.
    Accepting them is not counted.
    """
    relay = Relay(store, client, _QUEUE, _policy)
    emails = [f"{uuid4().hex}@example.com" for _ in range(leads)]
    took = 0.0
    for views_at_once in [views] if gathered else [1] * views:
        events = [_view(email) for email in emails for _ in range(views_at_once)]
        await store.inbox.accept("bench", events, datetime.now(UTC), classify=lambda _: {})
        took += await _hand_on(relay)
    return leads * views / took


async def _hand_on(relay: Relay) -> float:
    began = time.perf_counter()
    while await relay.hand_on():
        pass
    return time.perf_counter() - began


async def _policy() -> str:
    return _POLICY


def _view(email: str) -> InboundEvent:
    return InboundEvent(
        delivery_id=uuid4().hex,
        type=EventType.PAGE_VIEWED,
        identity=Identity(email=email),
        facts=PageFacts(page="pricing"),
    )
