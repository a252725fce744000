"""Events of HubSpot that came without an address: the contact is looked up, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from leadworkflows.domain.events import EventType
from leadworkflows.hubspot.contacts import HubSpotContacts
from leadworkflows.identification import VENDOR, Identification
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store import IntakeRules, Store, migrate
from tests.vendors.hubspot import HubSpotStandIn
from tests.vendors.server import Answer

ADA = {"email": "ada@example.com", "firstname": "Ada", "jobtitle": "CFO"}
RULES = IntakeRules(can_name=frozenset({VENDOR}))


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'leads.db'}"
    migrate.upgrade(url)
    async with Store.open(url, RULES) as opened:
        yield opened


@asynccontextmanager
async def asking(store: Store, hubspot: HubSpotStandIn) -> AsyncIterator[Identification]:
    contacts = HubSpotContacts("pat-test", hubspot.url)
    try:
        yield Identification(store, contacts, lambda _: {"persona": "cfo"}, lambda: None)
    finally:
        await contacts.aclose()


async def unnamed(store: Store, contact: str = "123", delivery: str = "d-1") -> None:
    """A change of a contact, as HubSpot's CRM webhooks tell it."""
    event = InboundEvent(
        delivery_id=delivery,
        type=EventType.FACTS_UPDATED,
        identity=Identity(vendor_ids={"hubspot": f"62515-{contact}"}),
    )
    await store.inbox.accept("hubspot", [event], datetime.now(UTC), classify=lambda _: {})


async def waiting(store: Store, at: timedelta = timedelta(0)) -> list[str]:
    """Who would be asked for, in so long from now."""
    return await store.visitors.to_ask(VENDOR, 10, datetime.now(UTC) + at)


async def test_an_event_without_an_address_becomes_its_persons_once_the_contact_is_known(store):
    await unnamed(store)
    with HubSpotStandIn({"123": ADA}) as hubspot:
        async with asking(store, hubspot) as identification:
            assert await identification.ask() == 1
    lead_id = await store.leads.lead_id_of("ada@example.com")
    assert (await store.inbox.of(lead_id))[0].id == "d-1"
    assert (await store.leads.person(lead_id)).title == "CFO"
    assert await waiting(store, timedelta(days=30)) == []


async def test_a_contact_that_has_a_name_is_not_asked_for(store):
    known = InboundEvent(
        delivery_id="known",
        type=EventType.FACTS_UPDATED,
        identity=Identity(email="ada@example.com", vendor_ids={"hubspot": "62515-123"}),
    )
    await store.inbox.accept("hubspot", [known], datetime.now(UTC), classify=lambda _: {})
    await unnamed(store)
    with HubSpotStandIn({"123": ADA}) as hubspot:
        async with asking(store, hubspot) as identification:
            assert await identification.ask() == 0
        assert hubspot.accepted == []


async def test_a_contact_without_an_address_is_asked_for_again_the_next_day(store):
    await unnamed(store)
    with HubSpotStandIn({"123": {"firstname": "Ada"}}) as hubspot:
        async with asking(store, hubspot) as identification:
            assert await identification.ask() == 0
    assert await waiting(store, timedelta(hours=23)) == []
    assert await waiting(store, timedelta(hours=25)) == ["hubspot:62515-123"]


@pytest.mark.parametrize(
    ("answer", "again_after"),
    [
        (Answer(429, {"Retry-After": "7"}), timedelta(seconds=7)),
        (Answer(503), timedelta(minutes=1)),
        (Answer(401), timedelta(minutes=5)),
    ],
    ids=["throttled", "away", "refused"],
)
async def test_what_hubspot_cannot_say_now_is_asked_again_in_its_time(store, answer, again_after):
    await unnamed(store)
    with HubSpotStandIn({"123": ADA}) as hubspot:
        hubspot.fail(answer, answer)
        async with asking(store, hubspot) as identification:
            assert await identification.ask() == 0
    assert await waiting(store, again_after - timedelta(seconds=2)) == []
    assert await waiting(store, again_after + timedelta(seconds=2)) == ["hubspot:62515-123"]


async def test_two_processes_never_ask_for_the_same_contact_at_once(store):
    await unnamed(store)
    assert await waiting(store) == ["hubspot:62515-123"]
    assert await waiting(store) == []
    assert await waiting(store, timedelta(minutes=2)) == ["hubspot:62515-123"]  # the first one died


async def test_contacts_that_came_before_there_was_a_token_are_asked_for_once_there_is(tmp_path):
    url = f"sqlite:///{tmp_path / 'earlier.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as without_token:
        await unnamed(without_token)
        assert await waiting(without_token, timedelta(days=30)) == []
        await without_token.visitors.expect(VENDOR, datetime.now(UTC))
        assert await waiting(without_token) == ["hubspot:62515-123"]
