"""The desk stays true, whoever gives, takes or closes a lead."""

from __future__ import annotations

import pytest
import pytest_asyncio

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from tests.store.given import MINUTE, NOON, lead_of
from tests.store.test_routing import request, team


def owner(n, rep_id):
    return _entry(n, EntryKind.OWNER, {"owner": rep_id, "how": "claim"})


def stage(n, to):
    return _entry(n, EntryKind.STAGE, {"to": to})


def _entry(n, kind, data):
    return TimelineEntry(n=n, at=NOON + n * MINUTE, kind=kind, what="…", policy="default-1", data=data)


@pytest_asyncio.fixture(loop_scope="session")
async def lead(store):
    return await lead_of(store)


@pytest.fixture
def record(store, lead):
    async def recorded(*entries, at="mql"):
        await store.timeline.record(lead, list(entries), {"stage": at}, max(each.n for each in entries))

    return recorded


async def test_a_claimed_lead_is_on_the_claimers_desk(store, lead, record):
    await record(stage(1, "mql"))
    assert await store.routing.loads() == {}
    await record(owner(2, "bob"))
    assert await store.routing.loads() == {"bob": 1}
    assert await store.routing.owner_of(lead) == "bob"


async def test_a_lead_that_changes_hands_changes_desks(store, lead, record):
    await store.routing.assign(request(lead, revision=1))
    await record(owner(2, "bob"))
    assert await store.routing.loads() == {"bob": 1}
    await record(owner(3, None))
    assert (await store.routing.loads(), await store.routing.owner_of(lead)) == ({}, None)


@pytest.mark.parametrize("closed", ["recycled", "disqualified", "customer"])
async def test_a_lead_that_is_over_takes_no_room_until_it_is_worked_again(store, lead, record, closed):
    await record(owner(1, "bob"))
    await record(stage(2, closed), at=closed)
    assert await store.routing.loads() == {}
    await record(stage(3, "mql"))
    assert await store.routing.loads() == {"bob": 1}


async def test_a_lead_that_goes_on_as_another_takes_no_room(store, record):
    await record(owner(1, "bob"))
    await record(_entry(2, EntryKind.STAGE, {"into": "other"}))
    assert await store.routing.loads() == {}


async def test_what_was_recorded_before_never_undoes_what_came_after(store, lead, record):
    await record(owner(5, "bob"))
    await record(owner(4, "ada"), stage(3, "recycled"), at="recycled")
    assert await store.routing.loads() == {"bob": 1}
    await record(owner(5, "bob"), stage(6, "sal"), at="sal")
    assert await store.routing.owner_of(lead) == "bob"


async def test_entries_count_in_their_order_however_they_come(store, lead, record):
    await record(owner(3, "bob"), owner(2, None), owner(1, "ada"))
    assert await store.routing.owner_of(lead) == "bob"


async def test_what_led_to_an_assignment_does_not_undo_it(store, lead, record):
    """The record of the turn in which it was decided is written after it."""
    await store.routing.assign(request(lead, revision=4))
    await record(stage(2, "recycled"), owner(3, None), stage(4, "mql"))
    assert await store.routing.loads() == {"ada": 1}


async def test_an_assignment_of_a_lead_that_was_closed_meanwhile_takes_no_room(store, lead, record):
    await record(stage(5, "disqualified"), at="disqualified")
    await store.routing.assign(request(lead, revision=3))
    assert await store.routing.loads() == {}


async def test_a_claim_that_came_after_the_decision_keeps_the_lead(store, lead, record):
    await store.routing.assign(request(lead, revision=1))
    await record(owner(6, "bob"))
    made = await store.routing.assign(request(lead, "rung", again=True, owner="ada", revision=4))
    assert (made.rep, made.why) == ("bob", ["bob took it meanwhile"])


async def test_who_took_a_lead_and_let_it_lie_does_not_get_it_again(store, lead, record):
    await store.routing.assign(request(lead, revision=1))
    await record(owner(2, "bob"))
    await record(owner(8, None))
    made = await store.routing.assign(request(lead, "rung", again=True, owner="bob", revision=8))
    assert made.rep == "cleo"


async def test_who_claimed_one_lead_of_a_company_gets_the_next(store, lead, record):
    await record(owner(1, "bob"))
    other = await lead_of(store, "carl@example.com")
    made = await store.routing.assign(request(other, company="example.com", candidates=team(ada=1, bob=1)))
    assert made.rep == "bob"


async def test_who_was_quicker_than_the_first_assignment_keeps_the_lead(store, lead, record):
    await record(owner(6, "zoe"))
    made = await store.routing.assign(request(lead, revision=4))
    assert (made.rep, made.calendar) == ("zoe", None)
    assert await store.routing.loads() == {"zoe": 1}


async def test_a_lead_stays_with_who_claimed_it_in_this_pass(store, lead, record):
    await store.routing.assign(request(lead, revision=1))
    await record(owner(2, "bob"))
    made = await store.routing.assign(request(lead, "sql", revision=3))
    assert (made.rep, made.why) == ("bob", ["bob has it already"])
