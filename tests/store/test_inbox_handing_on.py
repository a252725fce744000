"""What is handed on to the leads' workflows, by whom, and what is left to do."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from leadworkflows.store import IntakeRules, Store
from leadworkflows.store.claims import LEASE
from tests.store.given import ADA, BOB, LATER, MINUTE, NOON, accept, event, form, lead_of, page, take

WINDOW = timedelta(seconds=2)


@pytest.fixture
def gathering(store) -> Store:
    """The same store as processes see it that gather behaviour for two seconds."""
    return Store(store.database, IntakeRules(gather=WINDOW))


def numbers(taken):
    return [[row.seq for row in each.rows] for each in taken]


def names(taken):
    return [[row.id for row in each.rows] for each in taken]


async def test_nothing_is_ready_in_an_empty_inbox(store):
    assert await take(store) == []
    assert await store.inbox.oldest_waiting() is None
    assert await store.claims.next_due() is None
    assert await store.inbox.backlog() == 0


async def test_leads_come_by_their_oldest_event_and_events_in_order(store):
    await accept(store, form("bob-1", email=BOB), at=NOON)
    await accept(store, form("ada-1"), form("ada-2"), at=NOON + MINUTE)
    await accept(store, form("bob-2", email=BOB), at=NOON + 2 * MINUTE)
    taken = await take(store)
    assert [each.lead_id for each in taken] == [await lead_of(store, BOB), await lead_of(store, ADA)]
    assert names(taken) == [["bob-1", "bob-2"], ["ada-1", "ada-2"]]
    assert numbers(taken) == [[1, 2], [1, 2]]


async def test_what_a_workflow_was_told_is_not_ready_again(store):
    await accept(store, form("d-1"))
    taken = await take(store)
    await store.claims.told(taken, LATER)
    assert await take(store) == []
    assert await store.inbox.backlog() == 0
    assert await store.inbox.oldest_waiting() is None


async def test_telling_nothing_or_twice_does_no_harm(store):
    await accept(store, form("d-1"))
    first = await take(store)
    await store.claims.told([], LATER)
    await store.claims.told(first, LATER)
    await accept(store, form("d-2"))
    await store.claims.told(await take(store), LATER)
    await store.claims.told(first, LATER)  # by a process that was slow
    await accept(store, form("d-3"))
    assert names(await take(store)) == [["d-3"]]


async def test_a_lead_that_one_process_claims_is_passed_over_by_the_others(four_stores):
    await accept(four_stores[0], form("ada-1"), form("bob-1", email=BOB))
    (first,) = await take(four_stores[1], limit=1, owner="one")
    (second,) = await take(four_stores[2], owner="two")
    assert {first.lead_id, second.lead_id} == {
        await lead_of(four_stores[0], ADA),
        await lead_of(four_stores[0], BOB),
    }
    assert await take(four_stores[3], owner="three") == []


async def test_what_comes_while_a_lead_is_claimed_waits_for_that_process(store):
    await accept(store, form("d-1"))
    taken = await take(store)
    await accept(store, form("d-2"))
    assert await take(store, owner="two") == []
    await store.claims.told(taken, LATER)
    assert names(await take(store, owner="two")) == [["d-2"]]


async def test_what_a_dead_process_had_claimed_is_free_after_its_lease(store):
    await accept(store, form("d-1"))
    await take(store, at=NOON, owner="dead")
    await accept(store, form("d-2"))
    assert await take(store, at=NOON + LEASE, owner="two") == []
    after = await take(store, at=NOON + LEASE + timedelta(seconds=1), owner="two")
    assert names(after) == [["d-1", "d-2"]]


async def test_a_slow_process_that_comes_back_loses_nothing_of_what_another_handed_on(store):
    await accept(store, form("d-1"))
    slow = await take(store, at=NOON, owner="slow")
    await accept(store, form("d-2"))
    await store.claims.told(await take(store, at=NOON + 2 * LEASE, owner="two"), NOON + 2 * LEASE)
    await store.claims.told(slow, NOON + 2 * LEASE)
    assert await store.inbox.backlog() == 0
    assert await take(store) == []


async def test_a_lead_that_could_not_be_handed_on_is_tried_again_later(store):
    await accept(store, form("d-1"))
    (taken,) = await take(store, at=NOON)
    await store.claims.give_back([taken.lead_id], NOON + MINUTE)
    assert await take(store, at=NOON + MINUTE / 2) == []
    assert names(await take(store, at=NOON + MINUTE)) == [["d-1"]]
    assert await store.inbox.oldest_waiting() == NOON


async def test_giving_back_a_lead_that_was_handed_on_meanwhile_makes_no_work(store):
    await accept(store, form("d-1"))
    taken = await take(store)
    await store.claims.told(taken, LATER)
    await store.claims.give_back([taken[0].lead_id], LATER)
    assert await take(store) == []


async def test_processes_that_ask_at_once_share_the_leads(four_stores):
    await accept(four_stores[0], *(form(f"d-{n}", email=f"lead{n}@example.com") for n in range(40)))
    shares = await asyncio.gather(*(take(each, 10, owner=str(n)) for n, each in enumerate(four_stores)))
    taken = [each.lead_id for share in shares for each in share]
    assert len(taken) == len(set(taken))
    assert 10 <= len(taken) <= 40


async def test_behaviour_is_gathered_for_a_moment(gathering):
    await accept(gathering, page("p-1", email=ADA), at=NOON)
    await accept(gathering, page("p-2", email=ADA), at=NOON + WINDOW / 2)
    assert await take(gathering, at=NOON + WINDOW / 2) == []
    assert await gathering.claims.next_due() == NOON + WINDOW
    assert names(await take(gathering, at=NOON + WINDOW)) == [["p-1", "p-2"]]


@pytest.mark.parametrize(
    "kind", ["demo_requested", "quote_requested", "meeting_booked", "unsubscribed", "sales_contacted"]
)
async def test_what_asks_for_something_goes_at_once_and_takes_along_what_was_gathered(gathering, kind):
    await accept(gathering, page("p-1", email=ADA), at=NOON)
    await accept(gathering, event(kind, "d-1", email=ADA), at=NOON + WINDOW / 2)
    await accept(gathering, page("p-2", email=ADA), at=NOON + WINDOW / 2)
    assert names(await take(gathering, at=NOON + WINDOW / 2)) == [["p-1", "d-1", "p-2"]]


async def test_behaviour_that_comes_while_a_lead_is_claimed_is_gathered_too(gathering):
    await accept(gathering, form("d-1"), at=NOON)
    taken = await take(gathering, at=NOON)
    await accept(gathering, page("p-1", email=ADA), at=NOON)
    await gathering.claims.told(taken, NOON + WINDOW / 2)
    assert await take(gathering, at=NOON + WINDOW / 2) == []
    assert names(await take(gathering, at=NOON + WINDOW)) == [["p-1"]]


async def test_a_flood_of_one_lead_does_not_hold_up_another(store):
    await accept(store, *(form(f"flood-{n}") for n in range(250)), at=NOON)
    await accept(store, form("bob-1", email=BOB), at=NOON + MINUTE)
    first, second = await take(store, 2)
    assert [row.seq for row in first.rows] == list(range(1, 101))
    assert [row.id for row in second.rows] == ["bob-1"]
    await store.claims.told([first], LATER)
    assert await store.inbox.backlog() == 151
    (again,) = await take(store, 2)
    assert [row.seq for row in again.rows] == list(range(101, 201))


async def test_the_limit_is_a_number_of_leads(store):
    await accept(store, *(form(f"d-{n}", email=f"lead{n}@example.com") for n in range(5)))
    assert len(await take(store, 3)) == 3


async def test_a_visitor_without_a_name_is_not_waiting_for_the_relay(store):
    await accept(store, page("d-1", visitor="a-81"))
    assert await store.inbox.oldest_waiting() is None
    assert await store.inbox.backlog() == 0


async def test_a_claimed_page_view_waits_from_when_it_was_claimed(store):
    await accept(store, page("d-1", visitor="a-81"), at=NOON - 600 * MINUTE)
    await accept(store, form("d-2", visitor="a-81"), at=NOON)
    assert await store.inbox.oldest_waiting() == NOON
    assert await store.inbox.backlog() == 2


async def test_an_event_claimed_late_never_overtakes_one_with_a_lower_number(store):
    await accept(store, page("old-view-1", visitor="a-81"))
    await accept(store, *(form(f"d-{n}") for n in range(120)))
    await accept(store, form("names-the-visitor-1", visitor="a-81"))
    seqs = []
    while taken := await take(store, 1):
        seqs += [row.seq for row in taken[0].rows]
        await store.claims.told(taken, LATER)
    assert seqs == list(range(1, 123))


async def test_looking_for_work_does_not_read_the_record(store, backend):
    await accept(store, *(form(f"d-{n}", email=f"lead{n}@example.com") for n in range(600)))
    await store.claims.told(await take(store, 590), LATER)
    explain = "EXPLAIN QUERY PLAN" if backend == "sqlite" else "EXPLAIN"
    free = "(claimed_until IS NULL OR claimed_until < '2027-01-01')"
    due = f"lead_id FROM leads WHERE due_at <= '2027-01-01' AND {free} ORDER BY due_at LIMIT 10"
    next_due = "due_at FROM leads WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1"
    async with store.database.reading() as connection:
        if backend == "postgresql":
            await connection.execute(text("ANALYZE leads"))
        for query in (due, next_due):
            plan = str((await connection.execute(text(f"{explain} SELECT {query}"))).all())
            assert "ix_leads_due" in plan


async def test_a_row_that_nobody_can_read_any_more_holds_up_nobody(store):
    await accept(store, form("ada-1"), form("bob-1", email=BOB))
    async with store.database.writing() as connection:
        broken = text(
            "UPDATE inbox SET facts = '{\"time_zone\": \"Europe/Nowhere\"}' WHERE event_id = 'ada-1'"
        )
        await connection.execute(broken)
    handed = {each.lead_id: [(row.seq, row.type.value) for row in each.rows] for each in await take(store)}
    assert handed == {
        await lead_of(store, ADA): [(1, "facts_updated")],
        await lead_of(store, BOB): [(1, "form_submitted")],
    }
