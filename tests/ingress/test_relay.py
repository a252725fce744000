"""What the relay makes of leads that cannot be told, and of leads that others tell."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event as database_event
from temporalio.exceptions import WorkflowAlreadyStartedError

from leadworkflows.store import Store, migrate
from tests.ingress.told import Told, relay_to
from tests.store.given import ADA, BOB, accept, form, lead_of
from tests.store.lives import Life, counted, record

HANDING_ON = {"handed_on_seq", "waiting_since", "due_at", "claimed_by", "claimed_until"}
"""The columns of a lead that say what its workflow was told."""


@pytest.fixture
async def store(tmp_path):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as opened:
        yield opened


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("failure", [ValueError("too deep"), RuntimeError("refused"), TypeError()])
async def test_a_lead_that_cannot_be_told_holds_up_no_other(store, failure):
    await accept(store, form("ada-1"), form("bob-1", email=BOB), at=now())
    told, ada = Told(), await lead_of(store, ADA)

    async def ada_fails(lead_id: str, _numbers: list[int]) -> None:
        if lead_id == ada:
            raise failure

    relay = await relay_to(store, told, ada_fails)
    assert await relay.hand_on() == 1
    assert told.calls == {await lead_of(store, BOB): [[1]]}
    assert await store.inbox.backlog() == 1
    assert await store.claims.take("another", 10, now()) == []  # not again at once
    (again,) = await store.claims.take("another", 10, now() + timedelta(seconds=3))
    assert again.lead_id == ada


async def test_a_lead_that_somebody_owns_is_told_as_any_and_stays_as_it_was_recorded(store):
    """What is said of a hand-on must not be taken for what is recorded of the lead: both are on one row."""
    ada = await lead_of(store, ADA)
    await record(store, ada, Life().as_sql(0).on(0.01, "lead_claimed", by="rep-2").wake_ups)
    await accept(store, form("ada-1"), at=now())
    before, told = (await counted(store, ada)).lead, Told()
    assert await (await relay_to(store, told)).hand_on() == before["last_seq"]
    assert told.calls[ada][-1][-1] == before["last_seq"]
    assert await store.inbox.backlog() == 0
    after = (await counted(store, ada)).lead
    assert {name for name in after if after[name] != before[name]} <= HANDING_ON
    assert (after["owner"], after["handed_on_seq"]) == ("rep-2", before["last_seq"])


async def test_a_lead_that_another_process_tells_is_not_asked_for_without_a_pause(store):
    """An event that comes while the other process has the lead is due, but not for us."""
    await accept(store, form("d-1"), at=now())
    await store.claims.take("another process", 10, now())
    await accept(store, form("d-2"), at=now())
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    for engine in (store.database.engine.sync_engine, store.database._sqlite_reader):
        database_event.listen(engine, "begin", count)
    relay = await relay_to(store, Told())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(relay.run(), 0.3)
    assert 2 <= asked <= 40  # twice a look, with twenty milliseconds between two looks


async def test_news_end_a_relays_rest(store):
    told, ada = Told(), asyncio.Event()

    async def noted(_lead_id: str, _numbers: list[int]) -> None:
        ada.set()

    relay = await relay_to(store, told, noted)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0)
    await accept(store, form("d-1"), at=now())
    relay.notify()
    await asyncio.wait_for(ada.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_relay_that_is_stopped_gives_its_claims_back_at_once(store):
    await accept(store, form("d-1"), at=now())
    under_way = asyncio.Event()

    async def never_ends(_lead_id: str, _numbers: list[int]) -> None:
        under_way.set()
        await asyncio.Event().wait()

    relay = await relay_to(store, Told(), never_ends)
    running = asyncio.create_task(relay.run())
    await asyncio.wait_for(under_way.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    (taken,) = await store.claims.take("the next", 10, now())
    assert [row.id for row in taken.rows] == ["d-1"]


async def test_calls_that_never_end_are_given_up_before_the_claims_run_out(store):
    """Nobody knows whether they arrived; those that got no turn are not waited for either."""
    await accept(store, *(form(f"d-{n}", email=f"p{n}@example.com") for n in range(40)), at=now())
    most = under_way = 0

    async def never_ends(_lead_id: str, _numbers: list[int]) -> None:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        try:
            await asyncio.Event().wait()
        finally:
            under_way -= 1

    lease = timedelta(seconds=3)
    relay = await relay_to(store, Told(), never_ends, lease)
    began = now()
    assert await relay.hand_on() == 0
    assert now() - began < lease
    assert (most, under_way) == (16, 0)
    assert await store.inbox.backlog() == 40
    assert len(await store.claims.take("another", 64, now() + 2 * lease)) == 40


async def test_a_lead_whose_run_came_to_its_end_counts_as_told(store):
    await accept(store, form("ada-1"), at=now())

    async def closed(lead_id: str, _numbers: list[int]) -> None:
        raise WorkflowAlreadyStartedError(lead_id, "LeadWorkflow")

    relay = await relay_to(store, Told(), closed)
    assert await relay.hand_on() == 1
    assert await store.inbox.backlog() == 0
