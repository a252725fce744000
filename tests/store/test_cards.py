"""Cards are told when their lead moves, by one process at a time, and none is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store import Store
from leadworkflows.store.cards import Card, NewCard
from tests.store.given import NOON, lead_of

SOON = timedelta(seconds=1)
LEASE = timedelta(seconds=60)
NOBODY_MOVED = 4


def card(lead_id: str, key: str = "a", **changes) -> NewCard:
    new = NewCard(
        key=key,
        lead_id=lead_id,
        channel="C0SALES00",
        ts="1.5",
        template="hot-lead",
        facts={"event": "demo_requested"},
        policy="p",
        posted_at=NOON,
        shown=NOBODY_MOVED,
        digest="d",
    )
    return replace(new, **changes)


async def record(store: Store, lead_id: str, revision: int, kind: EntryKind = EntryKind.STAGE) -> None:
    entry = TimelineEntry(n=revision, at=NOON, kind=kind, what="moved", policy="p")
    await store.timeline.record(lead_id, [entry], {"stage": "sql", "revision": revision}, revision)


async def taken(store: Store, at: datetime | None = None, owner: str = "one") -> list[Card]:
    now = at or datetime.now(UTC) + SOON
    return await store.cards.take(owner, 10, now, LEASE)


async def kept(store: Store, key: str = "a", **changes) -> str:
    """A lead at revision 4, with a card that shows it and was looked at once more."""
    lead_id = await posted(store, key, **changes)
    for each in await taken(store, NOON + SOON):
        await store.cards.told(each, each.shown, each.digest, NOON)
    return lead_id


async def posted(store: Store, key: str = "a", **changes) -> str:
    """A lead at revision 4, with a card that was just posted."""
    lead_id = await lead_of(store)
    await record(store, lead_id, NOBODY_MOVED)
    await store.cards.keep(card(lead_id, key, **changes))
    return lead_id


async def test_a_card_that_shows_the_lead_as_it_is_is_not_due(store):
    await kept(store)
    assert await taken(store) == []


async def test_a_card_that_was_just_posted_is_due_once_more_a_second_later(store):
    await posted(store)
    assert await taken(store, NOON) == []
    assert [each.key for each in await taken(store, NOON + timedelta(seconds=1))] == ["a"]


async def test_a_card_is_due_once_its_lead_moves_and_comes_with_what_it_was_posted_for(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5)
    [due] = await taken(store)
    assert (due.key, due.lead_id, due.facts, due.newest) == ("a", lead_id, {"event": "demo_requested"}, True)


async def test_what_no_card_shows_makes_none_due(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5, EntryKind.NURTURE)
    assert await taken(store) == []


async def test_what_is_recorded_again_makes_no_card_due_that_shows_it(store):
    lead_id = await kept(store)
    await record(store, lead_id, NOBODY_MOVED)
    assert await taken(store) == []


async def test_a_lead_that_moved_while_the_card_was_posted_makes_it_due_at_once(store):
    await posted(store, shown=NOBODY_MOVED - 1)
    assert [each.key for each in await taken(store, NOON)] == ["a"]


async def test_a_card_that_was_found_in_the_history_is_due_at_once(store):
    await posted(store, digest="")
    assert [each.key for each in await taken(store, NOON)] == ["a"]


async def test_a_newer_card_in_the_same_place_makes_the_older_one_due(store):
    lead_id = await kept(store)
    await store.cards.keep(card(lead_id, "elsewhere", channel="D0OWNER00"))
    await store.cards.keep(card(lead_id, "b", posted_at=NOON + SOON))
    assert {each.key: each.newest for each in await taken(store)} == {
        "a": False,
        "elsewhere": True,
        "b": True,
    }


async def test_a_card_is_kept_once(store):
    lead_id = await kept(store)
    await store.cards.keep(card(lead_id, ts="2.5"))
    assert [each["ts"] for each in await store.cards.of(lead_id)] == ["1.5"]


async def test_what_one_process_took_no_other_takes_until_the_lease_is_over(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5)
    now = datetime.now(UTC) + SOON
    assert len(await taken(store, now)) == 1
    assert await taken(store, now + LEASE - SOON, "two") == []
    assert [each.claimed_by for each in await taken(store, now + LEASE, "two")] == ["two"]


async def test_four_processes_share_the_cards(four_stores):
    first = four_stores[0]
    lead_id = await kept(first)
    for n in range(8):
        await first.cards.keep(card(lead_id, f"c{n}", channel=f"C{n:08d}"))
    await record(first, lead_id, 5)
    now = datetime.now(UTC) + SOON
    shares = [await store.cards.take(f"{n}", 3, now, LEASE) for n, store in enumerate(four_stores)]
    keys = [each.key for share in shares for each in share]
    assert (len(keys), len(set(keys))) == (9, 9)


async def test_a_card_that_was_told_is_due_no_more(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5)
    [due] = await taken(store)
    await store.cards.told(due, 5, "e", due.until)
    assert await taken(store, due.until + LEASE) == []


async def test_what_moves_while_a_card_is_told_makes_it_due_again_after_a_pause(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5)
    [due] = await taken(store)
    await record(store, lead_id, 6)
    pause = datetime.now(UTC) + timedelta(seconds=2)
    await store.cards.told(due, 5, "e", pause)
    assert await taken(store, pause - SOON) == []
    assert [each.digest for each in await taken(store, pause)] == ["e"]


async def test_nobody_settles_what_another_has_taken_over(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5)
    [late] = await taken(store)
    [mine] = await taken(store, late.until, "two")
    await store.cards.told(late, 5, "late", late.until)
    await store.cards.told(mine, 5, "mine", mine.until)
    assert [each["digest"] for each in await store.cards.of(lead_id)] == ["mine"]


async def test_a_card_that_could_not_be_told_is_tried_again_then(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5)
    [due] = await taken(store)
    again = datetime.now(UTC) + timedelta(minutes=3)
    await store.cards.again(due, "Slack: 503", again)
    assert await taken(store, again - SOON) == []
    assert [each.tries for each in await taken(store, again)] == [1]


async def test_a_closed_card_is_left_alone_with_its_problem(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5)
    [due] = await taken(store)
    await store.cards.close(due, NOON, "message_not_found")
    await record(store, lead_id, 6)
    assert await taken(store) == []
    assert [each["problem"] for each in await store.cards.of(lead_id)] == ["message_not_found"]


async def test_what_is_given_back_is_free_at_once(store):
    lead_id = await kept(store)
    await record(store, lead_id, 5)
    now = datetime.now(UTC) + SOON
    await store.cards.give_back(await taken(store, now), now)
    assert len(await taken(store, now, "two")) == 1
