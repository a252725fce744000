"""What the workflow records, however often it records it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store import UnknownLead
from leadworkflows.store.models import DeskRow
from tests.store.given import MINUTE, NOON, lead_of


def entry(n, what="Score 0 → 30"):
    return TimelineEntry(
        n=n,
        at=NOON + n * MINUTE,
        kind=EntryKind.SCORE,
        what=what,
        why=["P1 +30", "pricing x3"],
        policy="default-1",
        data={"rule": "P1", "points": 30, "group": None},
    )


def owned(n, rep):
    return entry(n, f"{rep} owns it").model_copy(update={"kind": EntryKind.OWNER, "data": {"owner": rep}})


async def test_entries_come_back_as_they_were_recorded_in_order(store):
    lead_id = await lead_of(store)
    await store.timeline.record(lead_id, [entry(2), entry(1)], {"stage": "lead"}, 1)
    assert await store.timeline.of(lead_id) == [entry(1), entry(2)]


async def test_recording_again_changes_nothing_and_adds_what_is_new(store):
    lead_id = await lead_of(store)
    await store.timeline.record(lead_id, [entry(1), entry(2)], {"stage": "lead"}, 1)
    await store.timeline.record(lead_id, [entry(2, what="otherwise"), entry(3)], {"stage": "mql"}, 2)
    assert await store.timeline.of(lead_id) == [entry(1), entry(2), entry(3)]


async def test_an_older_snapshot_does_not_replace_a_newer_one(store):
    lead_id = await lead_of(store)
    await store.timeline.record(lead_id, [], {"stage": "mql"}, 5)
    await store.timeline.record(lead_id, [entry(1)], {"stage": "lead"}, 4)
    lead = await store.leads.get(lead_id)
    assert (lead.snapshot, lead.revision) == ({"stage": "mql"}, 5)
    assert await store.leads.find(stage="lead") == ([], None)
    assert await store.timeline.of(lead_id) == [entry(1)]


async def test_the_same_revision_is_replaced(store):
    lead_id = await lead_of(store)
    await store.timeline.record(lead_id, [], {"stage": "mql"}, 5)
    await store.timeline.record(lead_id, [], {"stage": "sal"}, 5)
    assert (await store.leads.get(lead_id)).snapshot == {"stage": "sal"}


async def test_a_lead_that_does_not_exist_has_no_timeline(store):
    with pytest.raises(UnknownLead):
        await store.timeline.record("nobody", [entry(1)], {"stage": "lead"}, 1)
    assert await store.timeline.of("nobody") == []


async def test_what_was_decided_again_takes_the_place_of_what_was_given_up(store):
    """The worker recorded, and died before Temporal had what it decided; then one more event had come."""
    lead_id = await lead_of(store)
    await store.timeline.record(lead_id, [entry(1)], {"stage": "lead"}, 1, "a")
    await store.timeline.record(lead_id, [entry(2, "a clock"), entry(3, "b")], {"stage": "sal"}, 3, "b")
    again = [entry(2, "an event")]
    await store.timeline.record(lead_id, again, {"stage": "mql"}, 2, "c")
    assert await store.timeline.of(lead_id) == [entry(1), *again]
    lead = await store.leads.get(lead_id)
    assert (lead.snapshot, lead.revision) == ({"stage": "mql"}, 2)
    assert (await store.leads.find(stage="sal"))[0] == []


async def test_who_is_late_with_what_was_given_up_changes_nothing(store):
    lead_id = await lead_of(store)
    await store.timeline.record(lead_id, [entry(1)], {"stage": "mql"}, 1, "b")
    await store.timeline.record(lead_id, [entry(1, "late"), entry(2)], {"stage": "sal"}, 2, "a")
    assert await store.timeline.of(lead_id) == [entry(1)]
    assert (await store.leads.get(lead_id)).snapshot == {"stage": "mql"}


async def test_what_says_the_same_is_a_repetition_with_more(store):
    lead_id = await lead_of(store)
    await store.timeline.record(lead_id, [entry(1), entry(2)], {"stage": "lead"}, 2, "a")
    await store.timeline.record(lead_id, [entry(2), entry(3)], {"stage": "mql"}, 3, "b")
    assert await store.timeline.of(lead_id) == [entry(1), entry(2), entry(3)]
    assert (await store.leads.get(lead_id)).revision == 3


async def test_the_desk_forgets_what_was_given_up(store):
    """Beside a lead that lived so from the beginning."""
    mine, other = await lead_of(store, "ada@example.com"), await lead_of(store, "bea@example.com")
    begun = entry(1).model_copy(update={"kind": EntryKind.STAGE, "data": {"from": "lead", "to": "sal"}})
    taken = owned(2, "rep-1")
    await store.timeline.record(mine, [begun, taken, owned(3, "rep-2")], {"stage": "sal"}, 3, "a")
    for lead_id in (mine, other):
        await store.timeline.record(lead_id, [begun, taken], {"stage": "sal"}, 2, "b")
    async with store.database.reading() as connection:
        rows = (await connection.execute(select(DeskRow.__table__))).mappings().all()
    given_up, never = ({**row, "lead_id": ""} for row in rows)
    assert given_up == never
    assert never["rep_id"] == "rep-1"


async def test_of_one_attempt_what_was_decided_first_takes_nothing_from_what_was_decided_then(store):
    """A workflow task may decide twice, and whoever brings the first half may come last."""
    lead_id = await lead_of(store)
    await store.timeline.record(lead_id, [entry(1), entry(2)], {"stage": "mql"}, 2, "a")
    await store.timeline.record(lead_id, [entry(1)], {"stage": "lead"}, 1, "a")
    assert await store.timeline.of(lead_id) == [entry(1), entry(2)]
    lead = await store.leads.get(lead_id)
    assert (lead.snapshot, lead.revision) == ({"stage": "mql"}, 2)
