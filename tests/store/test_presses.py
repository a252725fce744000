"""Presses: kept once, claimed by one, forgotten when done."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from leadworkflows.store.models.presses import PressRow
from leadworkflows.store.presses import LEASE, Press
from tests.store.given import MINUTE, NOON

BODY = {"user": "U1", "command": "accept", "lead": "l-1", "note": "call Ada"}


async def keys(store, at=NOON, limit=10):
    return [press.key for press in await store.presses.take(limit, at)]


async def test_a_press_is_kept_once_however_often_it_is_delivered(store):
    kept = await asyncio.gather(*(store.presses.keep("p-1", BODY, NOON) for _ in range(20)))
    assert sorted(kept) == [False] * 19 + [True]
    ((press),) = await store.presses.take(10, NOON)
    assert (press.key, press.body, press.received_at, press.tries) == ("p-1", BODY, NOON, 1)


async def test_presses_come_in_the_order_in_which_they_were_pressed(store):
    for minute in (2, 0, 1):
        await store.presses.keep(f"p-{minute}", BODY, NOON + minute * MINUTE)
    assert await keys(store, NOON + MINUTE) == ["p-0", "p-1"]


async def test_what_one_process_has_claimed_no_other_takes_until_the_claim_runs_out(four_stores):
    store = four_stores[0]
    for number in range(40):
        await store.presses.keep(f"p-{number}", BODY, NOON)
    taken = await asyncio.gather(*(keys(each, limit=10) for each in four_stores))
    first = [key for some in taken for key in some]
    rest = await keys(store, limit=40)  # PostgreSQL skips rows that another looks at just then
    assert sorted([*first, *rest]) == sorted(f"p-{number}" for number in range(40))
    assert await keys(store, NOON + LEASE / 2) == []
    assert len(await keys(store, NOON + LEASE, limit=100)) == 40


async def test_one_that_could_not_be_carried_out_comes_again_then(store):
    await store.presses.keep("p-1", BODY, NOON)
    await keys(store)
    await store.presses.again(["p-1"], NOON + MINUTE)
    assert await store.presses.next_due() == NOON + MINUTE
    assert await keys(store, NOON + MINUTE / 2) == []
    ((press),) = await store.presses.take(10, NOON + MINUTE)
    assert press.tries == 2


async def test_what_is_done_stays_done_and_forgets_what_was_written(store):
    await store.presses.keep("p-1", BODY, NOON)
    await store.presses.done("p-1")
    await store.presses.again(["p-1"], NOON)
    assert await store.presses.keep("p-1", BODY, NOON) is False
    assert await store.presses.next_due() is None
    async with store.database.reading() as connection:
        assert (await connection.execute(select(PressRow.body))).scalar_one() == {}


async def test_a_press_that_leaves_nothing_to_do_is_known_all_the_same(store):
    assert await store.presses.note("p-1", NOON) is True
    assert await store.presses.note("p-1", NOON) is False
    assert await keys(store, NOON + MINUTE) == []


async def test_what_is_over_is_dropped_and_what_waits_is_not(store):
    await store.presses.keep("old", BODY, NOON)
    await store.presses.note("done", NOON)
    await store.presses.note("new", NOON + MINUTE)
    assert await store.presses.drop_before(NOON + MINUTE) == 1
    assert await store.presses.note("new", NOON) is False
    assert await keys(store) == ["old"]


def test_a_press_that_is_shown_shows_no_note():
    assert "Ada" not in repr(Press("p-1", BODY, NOON, 1))
