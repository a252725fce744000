"""An action happens once, and what became of it is known."""

from __future__ import annotations

import pytest

from leadworkflows.store import StoreError
from tests.store.given import MINUTE, NOON

KEY = "lead:1:confirmation:1"


async def reserve(store, key=KEY, at=NOON, lead_id="1"):
    return await store.effects.reserve(key, lead_id, "email.send", at)


async def test_the_first_to_ask_may_act_and_the_second_sees_the_reservation(store):
    assert (await reserve(store)).first
    second = await reserve(store)
    assert (second.first, second.status) == (False, "reserved")


@pytest.mark.parametrize("status", ["confirmed", "failed", "unknown", "withheld"])
async def test_a_settled_effect_is_told_to_who_asks_again(store, status):
    await reserve(store)
    await store.effects.settle(KEY, status, NOON + MINUTE, vendor_id="msg-1", detail="what happened")
    again = await reserve(store)
    assert (again.first, again.status, again.vendor_id, again.detail) == (
        False,
        status,
        "msg-1",
        "what happened",
    )


async def test_a_released_effect_may_be_tried_again_by_one(store):
    await reserve(store)
    await store.effects.release(KEY, "429")
    assert (await store.effects.get(KEY)).detail == "429"
    again = await reserve(store, at=NOON + MINUTE)
    assert (again.first, again.status) == (True, "reserved")
    assert not (await reserve(store)).first
    effect = await store.effects.get(KEY)
    assert (effect.attempts, effect.reserved_at, effect.detail) == (2, NOON + MINUTE, "")


async def test_a_stuck_effect_keeps_its_remedy_and_may_be_tried_again_by_one(store):
    await reserve(store)
    await store.effects.release(KEY, "invite the app", "stuck")
    stuck = await store.effects.get(KEY)
    assert (stuck.status, stuck.detail) == ("stuck", "invite the app")
    assert (await reserve(store, at=NOON + MINUTE)).first
    assert not (await reserve(store)).first


async def test_a_note_says_why_a_reservation_stands_and_changes_nothing_else(store):
    await reserve(store)
    await store.effects.note(KEY, "the history is closed")
    noted = await store.effects.get(KEY)
    assert (noted.status, noted.detail) == ("reserved", "the history is closed")
    await store.effects.settle(KEY, "confirmed", NOON, detail="done")
    await store.effects.note(KEY, "too late")
    assert (await store.effects.get(KEY)).detail == "done"


async def test_what_an_action_returned_is_told_to_who_asks_again(store):
    await reserve(store)
    await store.effects.settle(KEY, "confirmed", NOON, result={"assignment": {"rep": "grace"}})
    assert (await reserve(store)).result == {"assignment": {"rep": "grace"}}


@pytest.mark.parametrize("status", ["confirmed", "unknown"])
async def test_what_is_settled_cannot_be_released(store, status):
    await reserve(store)
    await store.effects.settle(KEY, status, NOON)
    await store.effects.release(KEY, "too late")
    assert (await store.effects.get(KEY)).status == status


async def test_confirmed_is_final(store):
    await reserve(store)
    await store.effects.settle(KEY, "confirmed", NOON, vendor_id="msg-1")
    await store.effects.settle(KEY, "failed", NOON + MINUTE, detail="late news")
    effect = await store.effects.get(KEY)
    assert (effect.status, effect.vendor_id, effect.settled_at) == ("confirmed", "msg-1", NOON)


async def test_an_unknown_outcome_can_become_known(store):
    await reserve(store)
    await store.effects.settle(KEY, "unknown", NOON)
    await store.effects.settle(KEY, "confirmed", NOON + MINUTE, vendor_id="msg-1")
    assert (await store.effects.get(KEY)).status == "confirmed"


async def test_an_effect_that_nobody_reserved_cannot_be_settled(store):
    with pytest.raises(StoreError, match="nobody reserved"):
        await store.effects.settle("no-such-key", "confirmed", NOON)
    assert await store.effects.get("no-such-key") is None


async def test_stuck_effects_are_those_whose_outcome_nobody_knows(store):
    for n, status in enumerate(["confirmed", "failed", "unknown", "withheld"]):
        await reserve(store, key=status, at=NOON + n * MINUTE)
        await store.effects.settle(status, status, NOON)
    await reserve(store, key="reserved")
    await reserve(store, key="released")
    await store.effects.release("released", "")
    await reserve(store, key="stuck", at=NOON + 9 * MINUTE)
    await store.effects.release("stuck", "invite the app", "stuck")
    assert [effect.key for effect in await store.effects.stuck()] == ["reserved", "unknown", "stuck"]


async def test_a_leads_effects_are_found_oldest_first(store):
    await reserve(store, key="b", at=NOON + MINUTE)
    await reserve(store, key="a", at=NOON)
    await reserve(store, key="c", lead_id="2")
    assert [effect.key for effect in await store.effects.of("1")] == ["a", "b"]
