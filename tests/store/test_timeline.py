"""What the workflow records, however often it records it."""

from __future__ import annotations

import pytest

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store import UnknownLead
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
