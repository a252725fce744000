"""The report that a mail was delivered goes to the lead with its next event, or by itself after a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadworkflows.domain.events import EventType
from leadworkflows.store import IntakeRules, Store
from tests.store.given import ADA, NOON, accept, event, form, page, take
from tests.store.test_inbox_handing_on import names

WINDOW, DAY = timedelta(seconds=2), timedelta(days=1)


@pytest.fixture
async def patient(store) -> Store:
    """The store as a process sees it that lets deliveries ride along for a day; it has a lead at rest."""
    found = Store(store.database, IntakeRules(gather=WINDOW, ride_along=DAY))
    await accept(found, form("d-1"), at=NOON - timedelta(hours=1))
    await found.claims.told(await take(found, at=NOON), NOON)
    return found


async def delivered(store: Store, name: str = "m-1") -> None:
    await accept(store, event(EventType.EMAIL_DELIVERED, name, email=ADA), at=NOON)


async def test_a_delivery_wakes_nobody_for_a_day_and_then_goes_by_itself(patient):
    await delivered(patient)
    assert await take(patient, at=NOON + DAY - WINDOW) == []
    assert names(await take(patient, at=NOON + DAY)) == [["m-1"]]


async def test_a_delivery_goes_before_the_visit_that_follows_it(patient):
    await delivered(patient)
    await accept(patient, page("p-1", email=ADA), at=NOON + WINDOW)
    assert names(await take(patient, at=NOON + 2 * WINDOW)) == [["m-1", "p-1"]]


async def test_a_delivery_that_may_still_wait_is_not_late(patient):
    await delivered(patient)
    assert await patient.inbox.oldest_waiting() == NOON + DAY
    await accept(patient, page("p-1", email=ADA), at=NOON + WINDOW)
    assert await patient.inbox.oldest_waiting() == NOON + WINDOW


async def test_a_delivery_does_not_put_off_what_was_gathered_before(patient):
    await accept(patient, page("p-1", email=ADA), at=NOON)
    await delivered(patient)
    assert names(await take(patient, at=NOON + WINDOW)) == [["p-1", "m-1"]]
