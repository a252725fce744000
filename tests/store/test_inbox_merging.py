"""Two leads that turn out to be one person, and one person under a new address."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from sqlalchemy import Engine
from sqlalchemy import event as database_event

from leadworkflows.store import Accepted, HandOn, Store, StoreError, migrate
from tests.store.given import ADA, BOB, LATER, MINUTE, NOON, accept, event, form, history, lead_of, page, take

CRM = {"crm": "77"}
OLD = "ada@old.example.com"


async def told(store) -> None:
    """Everything so far was handed on."""
    await store.claims.told(await take(store), LATER)


async def a_merge(store) -> tuple[str, str]:
    """OLD is known under a vendor's id, ADA by a form; then the vendor says that 77 is ADA."""
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM, person={"company": "Acme"}), at=NOON)
    await accept(store, form("ada-1", person={"first_name": "Ada"}), at=NOON + MINUTE)
    winner, loser = await lead_of(store, OLD), await lead_of(store, ADA)
    await told(store)
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM), at=NOON + 2 * MINUTE)
    return winner, loser


async def test_two_addresses_under_one_vendors_id_are_one_lead_and_the_older_goes_on(store):
    winner, _ = await a_merge(store)
    assert await store.leads.lead_id_of(ADA) == await store.leads.lead_id_of(OLD) == winner
    assert [lead.lead_id for lead in (await store.leads.find())[0]] == [winner]


async def test_the_one_who_came_further_goes_on_though_younger(store):
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, form("ada-1"), at=NOON + MINUTE)
    younger = await lead_of(store, ADA)
    await store.timeline.record(younger, [], {"stage": "sql"}, 1)
    await told(store)
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM), at=NOON + 2 * MINUTE)
    assert await store.leads.lead_id_of(OLD) == younger


async def test_the_person_has_what_both_knew_and_the_address_that_came_last(store):
    winner, loser = await a_merge(store)
    for lead_id in (winner, loser):
        person = await store.leads.person(lead_id)
        assert (person.email, person.first_name, person.company) == (ADA, "Ada", "Acme")


async def test_both_runs_are_told_and_the_loser_gets_the_pointer(store):
    winner, loser = await a_merge(store)
    taken = {each.lead_id: each.rows for each in await take(store)}
    (last,) = taken[loser]
    assert (last.type, last.where("into")) == ("lead_merged", winner)
    assert (await store.leads.get(loser)).merged_into == winner
    moved = [(row.type.value, row.id, row.anonymous) for row in taken[winner]]
    assert moved == [
        ("page_viewed", "says-so-1", False),
        ("form_submitted", "ada-1", True),
        ("lead_merged", f"merge:{loser}", False),
    ]
    assert taken[winner][-1].where("absorbed") == loser


async def test_numbers_stay_without_gaps_on_both_sides(store):
    winner, loser = await a_merge(store)
    assert [each.seq for each in await store.inbox.of(winner)] == [1, 2, 3, 4]
    assert [each.seq for each in await store.inbox.of(loser)] == [2]
    assert await store.inbox.backlog() == 4


async def test_what_the_loser_was_not_told_yet_is_the_winners_to_act_on(store):
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, event("demo_requested", "demo-1", email=ADA), at=NOON + MINUTE)
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM), at=NOON + 2 * MINUTE)
    demo = next(each for each in await store.inbox.of(await lead_of(store, OLD)) if each.id == "demo-1")
    assert not demo.anonymous


async def a_merge_under_way(store, *, later: bool = False) -> tuple[str, str]:
    """The loser's demo is claimed to be handed on (or comes while something else is) as the merge arrives."""
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, form("ada-1"), at=NOON + MINUTE)
    winner, loser = await lead_of(store, OLD), await lead_of(store, ADA)
    await told(store)
    demo = event("demo_requested", "demo-1", email=ADA)
    await accept(store, *([form("ada-2")] if later else [demo]), at=NOON + MINUTE)
    await take(store)  # claimed, and perhaps signalled already
    if later:
        await accept(store, demo, at=NOON + MINUTE)
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM), at=NOON + 2 * MINUTE)
    return winner, loser


def actions(events) -> list[str]:
    """Those that are acted on, in order."""
    return [each.id for each in events if not each.anonymous and each.type != "lead_merged"]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("arrives", [False, True])
async def test_what_the_loser_may_be_told_just_now_it_acts_on_before_its_pointer(store, later, arrives):
    winner, loser = await a_merge_under_way(store, later=later)
    if arrives:
        (claimed,) = await claimed_of(store, loser)
        await store.claims.told([claimed], LATER)
    else:
        await store.claims.give_back([loser], LATER)
    left = await store.inbox.of(loser)
    assert actions(left)[-1] == "demo-1"
    assert (left[-1].type, left[-1].where("into")) == ("lead_merged", winner)
    assert [each.seq for each in left] == list(range(2, 2 + len(left)))  # as they were signalled
    (rest,) = [each.rows for each in await take(store) if each.lead_id == loser]
    assert rest == left[(1 if arrives else 0) :]
    goes_on = await store.inbox.of(winner)
    assert actions(goes_on) == ["old-1", "says-so-1"]
    assert [each.seq for each in goes_on] == list(range(1, len(goes_on) + 1))


async def claimed_of(store, lead_id: str) -> list[HandOn]:
    """What `a_merge_under_way` took for this lead."""
    return [HandOn(lead_id, [each for each in await store.inbox.of(lead_id) if each.seq == 2], "one")]


async def test_a_call_that_got_no_answer_may_have_arrived_and_is_nobody_elses_to_act_on(store):
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, event("demo_requested", "demo-1", email=ADA), at=NOON + MINUTE)
    taken = await take(store)
    await store.claims.give_back([each.lead_id for each in taken], LATER)
    winner, loser = await lead_of(store, OLD), await lead_of(store, ADA)
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM), at=NOON + 2 * MINUTE)
    assert actions(await store.inbox.of(loser)) == ["demo-1"]
    assert "demo-1" not in {each.id for each in await store.inbox.of(winner)}


async def test_a_late_answer_ends_no_claim_of_another_process(store):
    """The second process may be telling the loser of its demo as the first says what it told before."""
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, form("ada-1"), at=NOON + MINUTE)
    slow = await take(store, at=NOON + MINUTE, owner="slow")
    await accept(store, event("demo_requested", "demo-1", email=ADA), at=NOON + MINUTE)
    await take(store, at=LATER, owner="two-1")
    await store.claims.told(slow, LATER)
    loser = await lead_of(store, ADA)
    assert await take(store, at=LATER, owner="three") == []
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM), at=NOON + 2 * MINUTE)
    assert actions(await store.inbox.of(loser)) == ["demo-1"]


async def test_the_winner_hears_of_an_unsubscription_that_the_loser_is_told_just_now(store):
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, event("unsubscribed", "stop-1", email=ADA), at=NOON + MINUTE)
    winner, loser = await lead_of(store, OLD), await lead_of(store, ADA)
    await take(store)
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM), at=NOON + 2 * MINUTE)
    for lead_id in (winner, loser):
        assert "unsubscribed" in {each.type for each in await store.inbox.of(lead_id)}
    assert await store.suppressions.reason(OLD) == await store.suppressions.reason(ADA) == "unsubscribed"


async def test_what_comes_for_either_address_afterwards_is_the_winners(store):
    winner, _ = await a_merge(store)
    await accept(store, form("to-old-1", email=OLD), form("to-new-1", email=ADA), at=NOON + 3 * MINUTE)
    assert {"to-old-1", "to-new-1"} <= {each.id for each in await store.inbox.of(winner)}
    assert (await store.leads.person(winner)).email == ADA  # a form to an old address changes nothing


async def test_a_delivery_that_the_loser_had_is_still_a_duplicate(store):
    await a_merge(store)
    assert (await accept(store, form("ada-1"))).duplicates == 1


async def test_a_visitor_of_the_loser_is_the_winners_from_then_on(store):
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, form("ada-1", visitor="a-81"))
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM))
    await accept(store, page("later-1", visitor="a-81"))
    assert "later-1" in {each.id for each in await store.inbox.of(await lead_of(store, OLD))}


@pytest.mark.parametrize("unsubscribed", [OLD, ADA])
async def test_who_unsubscribed_under_one_address_is_not_written_to_under_the_other(store, unsubscribed):
    at = NOON - MINUTE if unsubscribed == OLD else NOON + MINUTE
    await accept(store, event("unsubscribed", "u-1", email=unsubscribed), at=at)
    winner, _ = await a_merge(store)
    assert await store.suppressions.reason(ADA) == "unsubscribed"
    assert await store.suppressions.reason(OLD) == "unsubscribed"
    said = [each for each in await store.inbox.of(winner) if each.type == "unsubscribed"]
    assert [each.anonymous for each in said] == [False]


async def test_a_bounce_is_the_addresss_own(store):
    await accept(store, event("email_bounced", "b-1", email=OLD))
    await a_merge(store)
    assert await store.suppressions.reason(ADA) is None


async def test_notes_about_the_loser_are_the_winners(store):
    await accept(store, form("ada-1"), at=NOON + MINUTE)
    await store.notes.add(await lead_of(store, ADA), "c-1", "rep-1", "wants a call", NOON)
    winner, _ = await a_merge(store)
    assert [note.text for note in await store.notes.of(winner)] == ["wants a call"]


async def test_a_vendors_contact_with_a_new_address_is_the_same_lead(store):
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, page("moved-1", email=ADA, vendor_ids=CRM))
    assert await history(store, ADA) == [(1, "old-1"), (2, "moved-1")]
    assert (await store.leads.person(await lead_of(store, OLD))).email == ADA


async def test_a_vendor_that_merges_two_contacts_merges_two_leads(store):
    await accept(store, form("one-1", email=OLD, vendor_ids={"crm": "1"}))
    await accept(store, form("two-1", vendor_ids={"crm": "2"}))
    said = event("facts_updated", "merge-1", vendor_ids={"crm": "2"}, merged_vendor_ids=("crm:1",))
    await accept(store, said)
    assert await store.leads.lead_id_of(OLD) == await store.leads.lead_id_of(ADA)
    await accept(store, page("late-1", vendor_ids={"crm": "1"}))
    assert "late-1" in {each.id for each in await store.inbox.of(await lead_of(store, ADA))}


async def test_what_waited_under_a_contact_that_a_vendor_merged_comes_along(store):
    await accept(store, page("waits-1", vendor_ids={"crm": "1"}))
    await accept(store, form("two-1", vendor_ids={"crm": "2"}))
    said = event("facts_updated", "merge-1", vendor_ids={"crm": "2"}, merged_vendor_ids=("crm:1",))
    await accept(store, said)
    assert await history(store, ADA) == [(1, "two-1"), (2, "waits-1"), (3, "merge-1")]


async def test_one_browser_with_two_addresses_stays_two_leads(store):
    await accept(store, form("ada-1", visitor="desk"), form("bob-1", email=BOB, visitor="desk"))
    assert await store.leads.lead_id_of(ADA) != await store.leads.lead_id_of(BOB)


async def test_new_leads_that_are_one_person_within_a_batch_never_become_two(store):
    await accept(
        store,
        form("one-1", email=OLD, vendor_ids={"crm": "1"}),
        form("two-1", vendor_ids={"crm": "2"}),
        event("facts_updated", "merge-1", vendor_ids={"crm": "2"}, merged_vendor_ids=("crm:1",)),
    )
    assert len((await store.leads.find())[0]) == 1
    (winner,) = [lead.lead_id for lead in (await store.leads.find())[0]]
    events = await store.inbox.of(winner)
    assert {each.id for each in events} == {"one-1", "two-1", "merge-1"}
    assert [each.seq for each in events] == [1, 2, 3]


async def test_a_lead_that_won_once_may_lose_later_and_every_pointer_leads_on(store):
    first, second = await a_merge(store)
    await told(store)
    await accept(store, form("cy-1", email="cy@example.com", vendor_ids={"crm": "9"}))
    cy = await lead_of(store, "cy@example.com")
    await store.timeline.record(cy, [], {"stage": "customer"}, 1)
    await accept(store, page("again-1", email="cy@example.com", vendor_ids={"crm": "77"}))
    assert {(await store.leads.get(each)).merged_into for each in (first, second)} == {cy}
    assert await store.leads.lead_id_of(OLD) == await store.leads.lead_id_of(ADA) == cy


async def test_two_merges_that_come_together_leave_every_pointer_at_the_last_winner(store):
    """The second takes in the winner of the first, within one transaction."""
    await accept(store, form("a-1", email="a@example.com", vendor_ids={"crm": "1"}), at=NOON + MINUTE)
    await accept(store, form("b-1", email="b@example.com", vendor_ids={"crm": "2"}), at=NOON + 2 * MINUTE)
    await accept(store, form("c-1", email="c@example.com", vendor_ids={"crm": "3"}), at=NOON)
    a, b, c = [await lead_of(store, f"{name}@example.com") for name in "abc"]
    await told(store)
    await accept(
        store,
        event("facts_updated", "first-1", vendor_ids={"crm": "1"}, merged_vendor_ids=("crm:2",)),
        event("facts_updated", "second-1", vendor_ids={"crm": "3"}, merged_vendor_ids=("crm:1",)),
        at=NOON + 3 * MINUTE,
    )
    assert [(await store.leads.get(each)).merged_into for each in (a, b, c)] == [c, c, None]
    for loser in (a, b):
        assert (await store.leads.person(loser)).email == "c@example.com"
        assert (await store.inbox.of(loser))[-1].where("into") == c
    goes_on = await store.inbox.of(c)
    assert [each.seq for each in goes_on] == list(range(1, len(goes_on) + 1))
    assert {each.id for each in goes_on} >= {"a-1", "b-1", "c-1", "first-1", "second-1"}


@pytest.fixture
def few_values():
    """A SQLite whose statements take no more than 1,500 values; builds of it differ."""

    def limit(connection, _record):
        if isinstance(connection, sqlite3.Connection):
            connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 1_500)

    database_event.listen(Engine, "connect", limit)
    yield
    database_event.remove(Engine, "connect", limit)


async def test_more_contacts_than_a_statement_can_take_take_no_other_delivery_down(few_values, tmp_path):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    gone = tuple(f"crm:{n}" for n in range(2_000))
    too_much = event("facts_updated", "all-1", email=OLD, vendor_ids=CRM, merged_vendor_ids=gone)
    async with Store.open(url) as store:
        refused, taken = await asyncio.gather(
            accept(store, too_much), accept(store, form("ada-1")), return_exceptions=True
        )
    assert isinstance(refused, StoreError)
    assert isinstance(taken, Accepted)
    assert (taken.accepted, taken.event_ids) == (1, ["ada-1"])


async def test_all_that_the_loser_says_of_mail_is_told_to_the_winner_too(store):
    """The loser's run is being told of it just now, and acts on it before its pointer."""
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM))
    await accept(store, form("ada-1"), at=NOON + MINUTE)
    winner, loser = await lead_of(store, OLD), await lead_of(store, ADA)
    await told(store)
    for topic in ("webinars", "case_studies"):
        await accept(store, event("unsubscribed", topic, email=ADA, facts={"topic": topic}), at=LATER)
    agreed = event("consent_given", "agreed-1", email=ADA, facts={"basis": "form"})
    await accept(store, agreed, at=LATER)
    await take(store)
    await accept(store, page("says-so-1", email=ADA, vendor_ids=CRM), at=LATER + MINUTE)
    heard = [(row.type.value, row.where("topic")) for row in await store.inbox.of(winner)]
    assert ("unsubscribed", "webinars") in heard
    assert ("unsubscribed", "case_studies") in heard
    assert ("consent_given", None) in heard
    assert (await store.leads.get(loser)).merged_into == winner
