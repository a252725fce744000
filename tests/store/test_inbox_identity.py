"""Whose event is it? E-mail, visitors, and what a visitor did before being named."""

from __future__ import annotations

import pytest

from leadworkflows.domain.events import EventType
from tests.store.given import ADA, BOB, MINUTE, NOON, accept, event, form, history, lead_of, page, take


async def test_a_new_address_makes_a_lead_and_numbers_its_events_from_one(store):
    answer = await accept(store, form("d-1"), form("d-2"))
    assert (answer.accepted, answer.duplicates, answer.event_ids) == (2, 0, ["d-1", "d-2"])
    assert await history(store) == [(1, "d-1"), (2, "d-2")]


async def test_numbers_go_on_where_the_last_delivery_stopped(store):
    await accept(store, form("d-1"))
    await accept(store, form("d-2"), form("d-3", email=BOB))
    assert await history(store, ADA) == [(1, "d-1"), (2, "d-2")]
    assert await history(store, BOB) == [(1, "d-3")]


async def test_what_a_visitor_did_comes_before_the_form_that_names_them_in_the_order_it_happened(store):
    await accept(store, page("late-1", visitor="a-81", at=NOON - MINUTE))
    await accept(store, page("early-1", visitor="a-81", at=NOON - 9 * MINUTE))
    assert await take(store) == []
    await accept(store, form("named-1", visitor="a-81"))
    lead_id = await lead_of(store)
    events = await store.inbox.of(lead_id)
    assert [(each.seq, each.id, each.anonymous) for each in events] == [
        (1, "early-1", True),
        (2, "late-1", True),
        (3, "named-1", False),
    ]
    assert [each.occurred_at for each in events] == [NOON - 9 * MINUTE, NOON - MINUTE, NOON]


async def test_a_named_visitor_is_the_lead_from_then_on(store):
    await accept(store, form("named-1", visitor="a-81"))
    await accept(store, page("after-1", visitor="a-81"))
    events = await store.inbox.of(await lead_of(store))
    assert [(each.id, each.anonymous) for each in events] == [("named-1", False), ("after-1", False)]


async def test_a_visitor_who_belongs_to_somebody_else_stays_theirs(store):
    await accept(store, form("ada-1", visitor="shared-desk"))
    await accept(store, form("bob-1", email=BOB, visitor="shared-desk"))
    await accept(store, page("after-1", visitor="shared-desk"))
    assert await history(store, ADA) == [(1, "ada-1"), (2, "after-1")]
    assert await history(store, BOB) == [(1, "bob-1")]


async def test_two_visitors_of_one_person_join_the_same_lead(store):
    await accept(store, page("phone-1", visitor="a-1"), page("laptop-1", visitor="a-2"))
    await accept(store, form("first-1", visitor="a-1"))
    await accept(store, form("second-1", visitor="a-2"))
    assert await history(store) == [(1, "phone-1"), (2, "first-1"), (3, "laptop-1"), (4, "second-1")]


async def test_a_vendors_own_id_names_a_visitor_too(store):
    await accept(store, page("unnamed-1", vendor_ids={"hubspot": "77"}))
    await accept(store, form("named-1", vendor_ids={"hubspot": "77"}))
    await accept(store, page("after-1", vendor_ids={"hubspot": "77"}))
    assert await history(store) == [(1, "unnamed-1"), (2, "named-1"), (3, "after-1")]


async def test_an_anonymous_id_cannot_pose_as_a_vendors_id(store):
    await accept(store, form("named-1", vendor_ids={"hubspot": "77"}))
    await accept(store, page("posing-1", visitor="hubspot:77"))
    assert await history(store) == [(1, "named-1")]


async def test_a_very_long_visitor_id_is_still_one_visitor(store):
    long = {"tracker": "x" * 255}
    await accept(store, page("unnamed-1", vendor_ids=long))
    await accept(store, form("named-1", vendor_ids=long))
    assert await history(store) == [(1, "unnamed-1"), (2, "named-1")]


async def test_a_batch_names_a_visitor_midway(store):
    await accept(
        store,
        page("before-1", visitor="a-81", at=NOON),
        form("named-1", visitor="a-81"),
        page("after-1", visitor="a-81", at=NOON - MINUTE),
    )
    events = await store.inbox.of(await lead_of(store))
    assert [(each.id, each.anonymous) for each in events] == [
        ("before-1", True),
        ("named-1", False),
        ("after-1", False),
    ]


async def test_an_event_without_its_own_time_happened_when_it_was_received(store):
    await accept(store, form("d-1", at=None), at=NOON + MINUTE)
    assert (await store.inbox.of(await lead_of(store)))[0].occurred_at == NOON + MINUTE


async def test_an_event_that_names_nobody_is_refused(store):
    with pytest.raises(ValueError, match="names neither"):
        await accept(store, form("good-1"), event("page_viewed", "d-1", facts={"page": "pricing"}))
    assert await store.leads.lead_id_of(ADA) is None


async def test_person_data_is_remembered_and_new_values_win(store):
    await accept(store, form("d-1", person={"first_name": "Ada", "company": "Old GmbH", "title": "CFO"}))
    await accept(store, form("d-2", person={"company": " New GmbH ", "title": "  "}))
    person = await store.leads.person(await lead_of(store))
    assert (person.email, person.first_name, person.company, person.title) == (ADA, "Ada", "New GmbH", "CFO")


async def test_what_a_visitor_said_about_themselves_is_remembered_once_they_are_named(store):
    await accept(store, page("d-1", visitor="a-81", person={"first_name": "Ada", "title": "Intern"}))
    await accept(store, form("d-2", visitor="a-81", person={"title": "CFO"}))
    person = await store.leads.person(await lead_of(store))
    assert (person.first_name, person.title) == ("Ada", "CFO")


async def test_a_character_that_postgresql_cannot_keep_is_left_out(store):
    said = event("form_submitted", "d-1", email=ADA, person={"first_name": "A\x00da"}, notes={"x": "a\x00b"})
    await accept(store, said, page("d-2", visitor="a\x0081"))
    assert (await store.leads.person(await lead_of(store))).first_name == "Ada"


async def test_notes_that_are_not_json_do_not_lose_the_event(store):
    await accept(store, form("d-1", notes={"budget": float("nan"), "all": [float("inf"), NOON]}))
    assert await history(store) == [(1, "d-1")]


async def test_every_event_of_a_known_title_carries_persona_and_seniority(store):
    await accept(store, form("d-1", person={"title": "CFO"}))
    await accept(store, page("d-2", email=ADA))
    for each in await store.inbox.of(await lead_of(store)):
        assert (each.where("persona"), each.where("seniority")) == ("cfo", "c_level")


async def test_a_persona_that_an_event_states_is_kept(store):
    await accept(store, form("d-1", person={"title": "CFO"}, facts={"persona": "founder"}))
    (only,) = await store.inbox.of(await lead_of(store))
    assert (only.where("persona"), only.where("seniority")) == ("founder", "c_level")


async def test_an_unknown_title_states_nothing(store):
    await accept(store, form("d-1", person={"title": "Juggler"}))
    (only,) = await store.inbox.of(await lead_of(store))
    assert only.where("persona") is None


async def test_facts_come_back_as_they_were_said(store):
    await accept(store, page("d-1", email=ADA, name="Case Study"))
    (only,) = await store.inbox.of(await lead_of(store))
    assert (only.type, only.where("page")) == (EventType.PAGE_VIEWED, "case_study")


@pytest.mark.parametrize("kind", ["unsubscribed", "email_bounced", "email_spam_reported"])
async def test_who_unsubscribes_bounces_or_complains_is_suppressed_at_once(store, kind):
    await accept(store, event(kind, "d-1", email=ADA))
    assert await store.suppressions.reason(ADA) == kind
    assert await store.suppressions.reason(BOB) is None


async def test_an_unsubscription_of_a_visitor_holds_once_they_are_named(store):
    await accept(store, event("unsubscribed", "d-1", vendor_ids={"mailer": "9"}))
    await accept(store, form("d-2", vendor_ids={"mailer": "9"}))
    assert await store.suppressions.reason(ADA) == "unsubscribed"
