"""What the relay is given, and what is left to do."""

from __future__ import annotations

from sqlalchemy import text

from tests.store.given import ADA, BOB, MINUTE, NOON, accept, form, lead_of, page


async def test_nothing_is_ready_in_an_empty_inbox(store):
    assert await store.inbox.ready(10) == []
    assert await store.inbox.oldest_waiting() is None
    assert await store.inbox.backlog() == 0


async def test_leads_come_by_their_oldest_event_and_events_in_order(store):
    await accept(store, form("bob-1", email=BOB), at=NOON)
    await accept(store, form("ada-1"), form("ada-2"), at=NOON + MINUTE)
    await accept(store, form("bob-2", email=BOB), at=NOON + 2 * MINUTE)
    ready = await store.inbox.ready(10)
    assert [each.lead_id for each in ready] == [await lead_of(store, BOB), await lead_of(store, ADA)]
    assert [[(row.seq, row.id) for row in each.rows] for each in ready] == [
        [(1, "bob-1"), (2, "bob-2")],
        [(1, "ada-1"), (2, "ada-2")],
    ]


async def test_what_is_marked_is_not_ready_again(store):
    await accept(store, form("d-1"), form("d-2"))
    (hand_on,) = await store.inbox.ready(10)
    await store.inbox.mark_handed_on(hand_on.row_ids[:1], NOON)
    (rest,) = await store.inbox.ready(10)
    assert [row.id for row in rest.rows] == ["d-2"]
    assert await store.inbox.backlog() == 1
    await store.inbox.mark_handed_on(rest.row_ids, NOON)
    assert await store.inbox.ready(10) == []
    assert await store.inbox.backlog() == 0


async def test_marking_nothing_or_twice_does_no_harm(store):
    await accept(store, form("d-1"))
    (hand_on,) = await store.inbox.ready(10)
    await store.inbox.mark_handed_on([], NOON)
    await store.inbox.mark_handed_on(hand_on.row_ids, NOON)
    await store.inbox.mark_handed_on(hand_on.row_ids, NOON + MINUTE)
    assert await store.inbox.ready(10) == []


async def test_a_flood_of_one_lead_does_not_hold_up_another(store):
    await accept(store, *(form(f"flood-{n}") for n in range(250)), at=NOON)
    await accept(store, form("bob-1", email=BOB), at=NOON + MINUTE)
    first, second = await store.inbox.ready(2)
    assert [row.seq for row in first.rows] == list(range(1, 101))
    assert [row.id for row in second.rows] == ["bob-1"]
    await store.inbox.mark_handed_on(first.row_ids, NOON)
    again, _ = await store.inbox.ready(2)
    assert [row.seq for row in again.rows] == list(range(101, 201))


async def test_the_limit_is_a_number_of_leads(store):
    await accept(store, *(form(f"d-{n}", email=f"lead{n}@example.com") for n in range(5)))
    assert len(await store.inbox.ready(3)) == 3


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
    await accept(store, page("old-view", visitor="a-81"))
    await accept(store, *(form(f"d-{n}") for n in range(120)))
    await accept(store, form("names-the-visitor", visitor="a-81"))
    seqs = []
    while ready := await store.inbox.ready(1):
        seqs += [row.seq for row in ready[0].rows]
        await store.inbox.mark_handed_on(ready[0].row_ids, NOON)
    assert seqs == list(range(1, 123))


async def test_looking_for_work_does_not_read_the_record(store, backend):
    await accept(store, *(form(f"d-{n}", email=f"lead{n % 50}@example.com") for n in range(600)))
    for hand_on in await store.inbox.ready(50):
        await store.inbox.mark_handed_on(hand_on.row_ids, NOON)
    explain = "EXPLAIN QUERY PLAN" if backend == "sqlite" else "EXPLAIN"
    pending = "FROM inbox WHERE handed_on_at IS NULL AND lead_id IS NOT NULL"
    async with store.database.reading() as connection:
        if backend == "postgresql":
            await connection.execute(text("ANALYZE inbox"))
        for query in (f"lead_id, min(ready_at) {pending} GROUP BY lead_id", f"min(ready_at) {pending}"):
            plan = str((await connection.execute(text(f"{explain} SELECT {query}"))).all())
            assert "ix_inbox_pending" in plan


async def test_a_row_that_nobody_can_read_any_more_holds_up_nobody(store):
    await accept(store, form("ada-1"), form("bob-1", email=BOB))
    async with store.database.writing() as connection:
        broken = text(
            "UPDATE inbox SET facts = '{\"time_zone\": \"Europe/Nowhere\"}' WHERE event_id = 'ada-1'"
        )
        await connection.execute(broken)
    ready = await store.inbox.ready(10)
    handed = {each.lead_id: [(row.seq, row.type.value) for row in each.rows] for each in ready}
    assert handed == {
        await lead_of(store, ADA): [(1, "facts_updated")],
        await lead_of(store, BOB): [(1, "form_submitted")],
    }
