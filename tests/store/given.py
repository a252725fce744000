"""What the store's tests are given: events, times and a way to accept them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from leadworkflows.domain.events import EventType, facts_model
from leadworkflows.sources.base import Identity, InboundEvent, Person
from leadworkflows.store import Accepted, HandOn, Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADA, BOB = "ada@example.com", "bob@example.com"


def classify(title: str) -> Mapping[str, Any]:
    """Knows two titles."""
    known = {"CFO": ("cfo", "c_level"), "Intern": ("intern", "intern")}
    persona, seniority = known.get(title, (None, None))
    return {"persona": persona, "seniority": seniority}


def event(
    kind: str,
    delivery: str | None = None,
    *,
    email: str | None = None,
    visitor: str | None = None,
    vendor_ids: dict[str, str] | None = None,
    merged_vendor_ids: tuple[str, ...] = (),
    at: datetime | None = NOON,
    person: dict[str, str] | None = None,
    facts: dict[str, Any] | None = None,
    **rest: Any,
) -> InboundEvent:
    return InboundEvent(
        delivery_id=delivery,
        type=EventType(kind),
        occurred_at=at,
        identity=Identity(
            email=email,
            anonymous_id=visitor,
            vendor_ids=vendor_ids or {},
            merged_vendor_ids=merged_vendor_ids,
        ),
        person=Person(**(person or {})),
        facts=facts_model(EventType(kind)).model_validate(facts or {}),
        **rest,
    )


def page(delivery: str, *, at: datetime = NOON, name: str = "pricing", **identity: Any) -> InboundEvent:
    return event("page_viewed", delivery, at=at, facts={"page": name}, **identity)


def form(delivery: str | None = None, *, email: str = ADA, **rest: Any) -> InboundEvent:
    return event("form_submitted", delivery, email=email, **rest)


async def accept(
    store: Store,
    *events: InboundEvent,
    source: str = "standard",
    at: datetime = NOON,
    raw: bytes | None = None,
) -> Accepted:
    return await store.inbox.accept(source, list(events), at, raw, classify=classify)


async def history(store: Store, email: str = ADA) -> list[tuple[int, str]]:
    """The lead's events as (seq, id)."""
    lead_id = await store.leads.lead_id_of(email)
    assert lead_id is not None
    return [(each.seq, each.id) for each in await store.inbox.of(lead_id)]


async def lead_of(store: Store, email: str = ADA) -> str:
    """The id of the lead with this address, made by a form if need be."""
    if await store.leads.lead_id_of(email) is None:
        await accept(store, form(f"makes-{email.replace('@', '.')}", email=email))
    lead_id = await store.leads.lead_id_of(email)
    assert lead_id is not None
    return lead_id


LATER = NOON + timedelta(days=30)


async def take(store: Store, limit: int = 10, at: datetime = LATER, owner: str = "one") -> list[HandOn]:
    """What a process may hand on then."""
    return await store.claims.take(owner, limit, at)
