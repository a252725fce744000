"""Three processes take in and three hand on, on one PostgreSQL; one of those dies with its hands full."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from leadworkflows.store import Store
from tests.ingress.told import OnTheWay, Told, relay_to
from tests.store.given import accept, form, lead_of

pytestmark = pytest.mark.postgres

LEADS, EACH = 50, 20
LEASE = timedelta(seconds=0.5)
_chance = random.Random(7)  # noqa: S311 (a mix of delays, not a secret)


@pytest.fixture
async def stores(postgresql_url) -> AsyncIterator[list[Store]]:
    """Each with an engine of its own, as processes have."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Store.open(postgresql_url)) for _ in range(6)]


async def slow(_lead_id: str, _numbers: list[int]) -> None:
    """Now and then a call takes longer than a claim lasts."""
    await asyncio.sleep(0.7 if _chance.random() < 0.01 else _chance.random() / 50)


class Doomed:
    """No call ever ends, and half of them arrive all the same."""

    def __init__(self, told: Told) -> None:
        self._told, self._calls = told, count()
        self.held: set[str] = set()
        self.stuck = asyncio.Event()

    async def __call__(self, lead_id: str, numbers: list[int]) -> None:
        if next(self._calls) % 2:
            self._told.arrived(lead_id, numbers)
        self.held.add(lead_id)
        self.stuck.set()
        await asyncio.get_running_loop().create_future()


async def test_each_lead_is_told_everything_in_order_though_a_relay_dies_and_others_are_slow(stores) -> None:
    told = Told()
    doomed = Doomed(told)
    manners: list[OnTheWay] = [slow, slow, doomed]
    relays = [
        await relay_to(store, told, manner, LEASE) for store, manner in zip(stores[3:], manners, strict=True)
    ]
    writing = asyncio.gather(*(write(store, n) for n, store in enumerate(stores[:3])))
    async with asyncio.timeout(40):
        dying = asyncio.create_task(relays[2].run())
        await doomed.stuck.wait()  # for ever, as far as the others can see: nobody gives back what it has
        running = [asyncio.create_task(relay.run()) for relay in relays[:2]]
        await writing
        while await stores[0].inbox.backlog():
            await asyncio.sleep(0.02)
    assert doomed.held
    for n in range(LEADS):
        assert told.taken(await lead_of(stores[0], email(n))) == list(range(1, EACH + 1))
    assert not [task for task in running if task.done()]
    for task in (dying, *running):
        task.cancel()
    await asyncio.gather(dying, *running, return_exceptions=True)


async def write(store: Store, n: int) -> None:
    """A third of all deliveries, eight at a time."""
    todo = iter([(lead, k) for k in range(EACH) for lead in range(LEADS) if (lead + k) % 3 == n])

    async def sender() -> None:
        for lead, k in todo:
            await accept(store, form(f"{lead}-{k}", email=email(lead)), at=datetime.now(UTC))

    await asyncio.gather(*(sender() for _ in range(8)))


def email(n: int) -> str:
    return f"person{n}@example.com"
