from __future__ import annotations

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import InboundEvent, PayloadRejected
from leadworkflows.sources.hubspot import HubSpotSource
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.rejections import FieldsRejected
from tests.sources.inbound import inbound
from tests.sources.mutants import json_of, leaves

FILE = json.loads((Path(__file__).parent / "vectors/hubspot.json").read_text("utf-8"))
PAYLOADS = {sample["id"]: json.loads(sample["raw_body"]) for sample in FILE["payload_samples"]}
CONTACT, KEYS = PAYLOADS["hs-workflow-contact"], PAYLOADS["hs-workflow-custom-body"]
OCCURRED = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def translate(body, url="/webhooks/hubspot", **options):
    return HubSpotSource(SourceOptions(**options)).translate(inbound(body, url=url))


def change(**changed):
    stated = {
        "eventId": 1, "subscriptionId": 7, "portalId": 62515, "appId": 5, "occurredAt": 1768469400000,
        "subscriptionType": "contact.propertyChange", "attemptNumber": 0, "objectId": 123,
    }  # fmt: skip
    return {name: value for name, value in {**stated, **changed}.items() if value is not None}


def changed_property(name, value, **options):
    (event,) = translate([change(propertyName=name, propertyValue=value)], **options)
    return event


def contact(**changed):
    return {**copy.deepcopy(CONTACT), **changed}


def submission(**changed):
    return [{**CONTACT["form-submissions"][0], **changed}]


def rejected(body, **options):
    with pytest.raises(PayloadRejected) as caught:
        translate(body, **options)
    return caught.value


# CRM subscriptions


def test_the_documented_batch_is_read_by_either_name_of_its_type():
    changed, created = translate(PAYLOADS["hs-crm-batch-docs"])
    assert changed.identity.vendor_ids == {"hubspot": "33-1246965"}
    assert created.identity.vendor_ids == {"hubspot": "33-1246978"}
    assert {changed.type, created.type} == {EventType.FACTS_UPDATED}
    assert changed.notes["lifecyclestage"] == "subscriber"
    assert changed.occurred_at == datetime(2016, 5, 2, 19, 11, 47, 945_000, tzinfo=UTC)


def test_a_contact_of_the_generic_subscriptions_is_a_contact():
    (event,) = translate(PAYLOADS["hs-object-creation"])
    assert event.identity.vendor_ids == {"hubspot": "62515-123"}
    company = {**PAYLOADS["hs-object-creation"][0], "objectTypeId": "0-2"}
    assert translate([company]) == []


def test_a_repetition_has_the_same_id_and_another_change_another_one():
    retried = PAYLOADS["hs-retry-same-event"]
    (again,), (first,) = translate(retried), translate([{**retried[0], "attemptNumber": 0}])
    assert again.delivery_id == first.delivery_id
    others = [{"eventId": 2}, {"objectId": 124}, {"portalId": 1}, {"occurredAt": 1768469400001}]
    ids = {event.delivery_id for stated in [{}, *others] for event in translate([change(**stated)])}
    ids |= {event.delivery_id for event in translate([change(subscriptionType="contact.creation")])}
    assert len(ids) == 6


@pytest.mark.parametrize(
    "kind",
    [
        "contact.deletion",
        "contact.privacyDeletion",
        "contact.associationChange",
        "contact.somethingNew",
        "deal.creation",
        "company.propertyChange",
        "conversation.newMessage",
        "object.deletion",
    ],
)
def test_what_is_not_about_a_living_contact_is_no_event(kind):
    assert translate([change(subscriptionType=kind)]) == []


def test_a_privacy_deletion_is_no_event():
    assert translate(PAYLOADS["hs-privacy-deletion"]) == []


@pytest.mark.parametrize(
    ("name", "value", "where", "expected"),
    [
        ("firstname", "Ada", "person.first_name", "Ada"),
        ("lastname", "Lovelace", "person.last_name", "Lovelace"),
        ("jobtitle", "CFO", "person.title", "CFO"),
        ("company", "Example GmbH", "person.company", "Example GmbH"),
        ("phone", "+49 30 901820", "person.phone", "+4930901820"),
        ("mobilephone", "+49 30 901820", "person.phone", "+4930901820"),
        ("industry", "COMPUTER_SOFTWARE", "facts.industry", "software"),
        ("numberofemployees", "180", "facts.employees", 180),
        ("country", "Germany", "facts.country", "DE"),
        (
            "hs_timezone",
            "america_slash_port_hyphen_au_hyphen_prince",
            "facts.time_zone",
            "America/Port-au-Prince",
        ),
        ("hs_timezone", "Europe/Berlin", "facts.time_zone", "Europe/Berlin"),
        ("hs_analytics_source", "PAID_SEARCH", "facts.channel", "paid_search"),
        ("company_size", "51-200", "facts.employees", 51),
        ("email", "Ada@Example.com", "identity.email", "ada@example.com"),
    ],
)
def test_a_changed_property_says_something_of_the_contact(name, value, where, expected):
    event = changed_property(name, value)
    part, _, field = where.partition(".")
    assert getattr(getattr(event, part), field) == expected
    assert event.identity.vendor_ids == {"hubspot": "62515-123"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lifecyclestage", "lead"),
        ("email_opt_in", "true"),
        ("email", "not an address"),
        ("country", "Atlantis"),
        ("numberofemployees", "many"),
    ],
)
def test_what_is_no_fact_is_a_note(name, value):
    event = changed_property(name, value)
    assert value in event.notes.values()
    assert event.identity.email is None
    assert not event.facts.model_dump(exclude_none=True)


@pytest.mark.parametrize("name", ["hs_email_domain", "hs_email_optout", "hs_lead_status"])
def test_what_hubspot_computes_itself_is_not_kept(name):
    event = changed_property(name, "x")
    assert name not in event.notes
    assert event.identity.email is None


def test_a_property_that_was_emptied_says_nothing():
    event = changed_property("email", "")
    assert event.identity.email is None


def test_a_property_of_ones_own_counts_as_the_settings_say():
    event = changed_property("team_members", "51-200", fields={"Team members": "employees"})
    assert event.facts.employees == 51
    assert changed_property("email", "ada@example.com", fields={"email": "ignore"}).identity.email is None


def test_a_merge_names_the_survivor_and_everyone_else():
    merge = change(
        subscriptionType="contact.merge", objectId=500, primaryObjectId=123, mergedObjectIds=[124, 125],
        newObjectId=500, numberOfPropertiesMoved=3,
    )  # fmt: skip
    (event,) = translate([merge])
    assert event.type is EventType.FACTS_UPDATED
    assert event.identity.vendor_ids == {"hubspot": "62515-500"}
    assert event.identity.merged_vendor_ids == (
        "hubspot:62515-123",
        "hubspot:62515-124",
        "hubspot:62515-125",
    )


def test_a_merge_without_a_new_contact_leaves_the_primary_one():
    merge = change(subscriptionType="contact.merge", primaryObjectId=123, mergedObjectIds=[124])
    (event,) = translate([merge])
    assert event.identity.vendor_ids == {"hubspot": "62515-123"}
    assert event.identity.merged_vendor_ids == ("hubspot:62515-124",)


@pytest.mark.parametrize("merged", [None, [], [123], "124", [124, "x"], [None]])
def test_a_merge_that_names_nobody_else_is_refused(merged):
    merge = change(subscriptionType="contact.merge", primaryObjectId=123, mergedObjectIds=merged)
    assert rejected([merge]).field == "[0].mergedObjectIds"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"portalId": None}, "[0].portalId"),
        ({"portalId": True}, "[0].portalId"),
        ({"objectId": "abc"}, "[0].objectId"),
        ({"objectId": 0}, "[0].objectId"),
        ({"objectId": 10**30}, "[0].objectId"),
        ({"objectId": 1.5}, "[0].objectId"),
        ({"eventId": None}, "[0].eventId"),
        ({"eventId": {"a": 1}}, "[0].eventId"),
        ({"occurredAt": None}, "[0].occurredAt"),
        ({"occurredAt": "soon"}, "[0].occurredAt"),
        ({"occurredAt": 1}, "[0].occurredAt"),
        ({"occurredAt": 10**17}, "[0].occurredAt"),
        ({"subscriptionType": None}, "[0].subscriptionType"),
        ({"subscriptionType": ["contact.creation"]}, "[0].subscriptionType"),
    ],
)
def test_a_change_that_cannot_be_read_names_its_field(wrong, field):
    assert rejected([change(**wrong)]).field == field


def test_one_wrong_change_does_not_hold_up_the_others_and_is_not_forgotten():
    right = [change(objectId=number) for number in range(1, 100)]
    events = translate([*right[:50], change(objectId="x"), *right[50:], "text"])
    assert len(events) == 99
    assert events[0].notes["not read"] == ["[50].objectId is missing or no number", "[100] is not an object"]
    assert all("not read" not in event.notes for event in events[1:])


def test_where_nothing_can_be_read_every_problem_is_named():
    found = rejected([change(objectId="x"), change(subscriptionType="deal.creation"), None])
    assert isinstance(found, FieldsRejected)
    assert [problem.field for problem in found.problems] == ["[0].objectId", "[2]"]


def test_more_changes_than_hubspot_ever_sends_are_refused():
    assert "1000 changes" in rejected([change()] * 1001).problem


def test_an_empty_array_is_no_event_and_a_single_change_may_come_alone():
    assert translate([]) == []
    (event,) = translate(change(subscriptionType="contact.restore"))
    assert event.identity.vendor_ids == {"hubspot": "62515-123"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"null", b"3", b'"text"', b"{'example_field':'x'}"])
def test_what_is_no_json_of_hubspot_is_refused_as_the_body(body):
    assert rejected(body).field == "body"


# Workflows


def test_a_contact_with_a_form_is_the_request_that_the_form_is_for():
    (event,) = translate(CONTACT)
    assert event.type is EventType.DEMO_REQUESTED
    assert event.delivery_id == "62515:3234574:1768469400000:1d379075-bc57-4d45-80d2-5004e6ad9c44"
    assert event.occurred_at == OCCURRED
    assert event.identity.email == "ada@example.com"
    assert event.identity.vendor_ids == {"hubspot": "62515-3234574"}
    assert event.identity.anonymous_id == "8a706adf34a5ee0d0134a5f44e4a01c8"
    assert event.identity.merged_vendor_ids == ()
    assert event.person.model_dump(exclude_none=True) == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "company": "Example GmbH",
    }
    assert event.facts.model_dump()["form"] == "demo"
    assert event.notes == {"lifecyclestage": "lead"}


DEMO_FORM = CONTACT["form-submissions"][0]["form-id"]


@pytest.mark.parametrize(
    ("options", "submitted", "query", "expected", "form"),
    [
        ({"forms": {DEMO_FORM: "quote"}}, {}, "", EventType.QUOTE_REQUESTED, "quote"),
        ({"forms": {"demo REQUEST": "newsletter"}}, {}, "", EventType.FORM_SUBMITTED, "newsletter"),
        ({"forms": {"/demo": "sales"}}, {}, "", EventType.SALES_CONTACTED, "sales"),
        ({"forms": {DEMO_FORM: "quote"}}, {}, "?intent=demo", EventType.DEMO_REQUESTED, "demo"),
        ({}, {"title": "Quote"}, "?intent=%20", EventType.QUOTE_REQUESTED, "quote"),
        ({}, {"title": "Form 7"}, "", EventType.DEMO_REQUESTED, "demo"),
        ({}, {"title": "", "page-title": "", "page-url": "https://e.com/get-a-quote"}, "",
         EventType.QUOTE_REQUESTED, "quote"),
        ({}, {"title": "Survey", "page-title": "", "page-url": "https://["}, "",
         EventType.FORM_SUBMITTED, None),
        ({"forms": {DEMO_FORM: "form_submitted"}}, {}, "", EventType.FORM_SUBMITTED, None),
        ({"intent": "contact"}, {}, "", EventType.FORM_SUBMITTED, "contact"),
    ],
)  # fmt: skip
def test_the_address_comes_before_the_setting_before_the_title(options, submitted, query, expected, form):
    (event,) = translate(
        contact(**{"form-submissions": submission(**submitted)}), f"/webhooks/hubspot{query}", **options
    )
    assert event.type is expected
    assert event.facts.model_dump()["form"] == form


def test_the_latest_form_counts():
    forms = [
        *submission(timestamp=1768469500000, title="Quote", **{"page-title": ""}),
        *submission(),
        *submission(timestamp="later", title="Newsletter"),
    ]
    (event,) = translate(contact(**{"form-submissions": forms}))
    assert event.type is EventType.QUOTE_REQUESTED
    assert event.occurred_at == OCCURRED + timedelta(seconds=100)


def test_a_contact_without_a_form_changed_unless_the_address_says_more():
    bare = contact(**{"form-submissions": []})
    (event,) = translate(bare)
    assert event.type is EventType.FACTS_UPDATED
    assert event.occurred_at is None
    (told,) = translate(bare, "/webhooks/hubspot?intent=demo")
    assert told.type is EventType.DEMO_REQUESTED
    assert len({event.delivery_id, told.delivery_id, translate(bare)[0].delivery_id}) == 2
    bare["properties"]["lastmodifieddate"] = {"value": "1768469400001"}
    assert translate(bare)[0].delivery_id != event.delivery_id


def test_an_address_is_found_among_the_contacts_identities_the_primary_one_first():
    names = [
        {"type": "EMAIL", "value": "old@example.com"},
        {"type": "EMAIL", "value": "new@example.com", "is-primary": True},
    ]
    profiles = [{"vid": 1, "identities": names}]
    (event,) = translate(contact(properties={}, **{"identity-profiles": profiles}))
    assert event.identity.email == "new@example.com"
    assert event.identity.anonymous_id is None
    assert event.facts.free_email is False


def test_a_contact_that_others_were_merged_into_names_them():
    (event,) = translate(contact(**{"vid": 1, "canonical-vid": 2, "merged-vids": [1, 3, 2, "x", None]}))
    assert event.identity.vendor_ids == {"hubspot": "62515-2"}
    assert event.identity.merged_vendor_ids == ("hubspot:62515-1", "hubspot:62515-3")


def test_a_contact_without_an_address_goes_by_its_number():
    (event,) = translate(contact(properties={}, **{"identity-profiles": []}))
    assert (event.identity.email, event.identity.vendor_ids) == (None, {"hubspot": "62515-3234574"})


def test_a_contact_that_names_nobody_is_refused():
    nobody = contact(
        properties={"email": {"value": "no address"}}, **{"identity-profiles": [], "portal-id": None}
    )
    assert rejected(nobody).field == "properties.email"


def test_campaign_and_source_are_read_the_campaign_first():
    source = {
        "hs_analytics_source": {"value": "SOCIAL_MEDIA"},
        "hs_analytics_source_data_1": {"value": "LinkedIn"},
    }
    email = {"email": {"value": "ada@example.com"}}
    (event,) = translate(contact(properties={**email, **source}))
    assert event.facts.channel == "linkedin"
    utm = {"utm_source": {"value": "newsletter"}, "utm_campaign": {"value": "Spring"}}
    (event,) = translate(contact(properties={**email, **source, **utm}))
    assert (event.facts.channel, event.facts.campaign) == ("newsletter", "spring")


def test_a_stated_budget_counts_with_the_form():
    properties = {**CONTACT["properties"], "budget": {"value": "20,000"}}
    (event,) = translate(contact(properties=properties))
    assert event.facts.model_dump()["states_budget"] is True


def test_a_body_of_ones_own_is_read_by_its_keys():
    (event,) = translate(KEYS)
    assert event.type is EventType.FACTS_UPDATED
    assert event.identity.email == "ada@example.com"
    assert (event.person.first_name, event.person.company) == ("Ada", "Example GmbH")
    assert event.delivery_id is None
    assert event.dedupe_window is not None
    assert event.dedupe_window >= timedelta(days=3)


def test_a_body_of_ones_own_is_one_delivery_for_each_content_and_address():
    hashes = [
        translate(KEYS)[0].content_hash,
        translate({**KEYS, "company": "Other"})[0].content_hash,
        translate(KEYS, "/webhooks/hubspot?intent=demo")[0].content_hash,
    ]
    assert len(set(hashes)) == 3
    assert translate(KEYS)[0].content_hash == hashes[0]


def test_a_body_that_says_when_is_unique_for_ever():
    dated = {**KEYS, "recent_conversion_date": 1768469400000, "recent_conversion_event_name": "Shop: Quote"}
    (event,) = translate(dated)
    assert event.delivery_id == "ada@example.com:1768469400000:"
    assert event.content_hash is None
    assert event.type is EventType.QUOTE_REQUESTED
    assert event.occurred_at == OCCURRED
    (named,) = translate({**KEYS, "submission": "s-1"}, id_field="submission")
    assert named.delivery_id == "ada@example.com:s-1:"


def test_two_visitors_at_the_same_moment_are_two_deliveries():
    at = {"recent_conversion_date": 1768469400000}
    found = [translate({"anonymous_id": visitor, **at})[0].delivery_id for visitor in ("a-81", "a-82")]
    assert found == ["a-81:1768469400000:", "a-82:1768469400000:"]


def test_a_body_of_ones_own_may_say_what_it_is_for():
    assert translate({**KEYS, "intent": "demo"})[0].type is EventType.DEMO_REQUESTED
    told = translate({**KEYS, "form_id": "f-1"}, forms={"f-1": "quote"})
    assert told[0].type is EventType.QUOTE_REQUESTED
    assert translate(KEYS, "/webhooks/hubspot?intent=sales")[0].type is EventType.SALES_CONTACTED


def test_a_number_names_a_contact_only_with_its_portal():
    (event,) = translate({"hs_object_id": "3234574", "portal_id": 62515})
    assert event.identity.vendor_ids == {"hubspot": "62515-3234574"}
    assert rejected({"hs_object_id": 3234574}).field == "email"
    assert rejected({}).field == "email"


def test_keys_may_be_spelled_as_people_do():
    (event,) = translate({"E-Mail": "ada@example.com", "First name": "Ada", "Company size": "51-200"})
    assert event.person.first_name == "Ada"
    assert event.facts.employees == 51


# Whatever comes


FIELDS = """
subscriptionType eventType portalId objectId eventId occurredAt propertyName propertyValue mergedObjectIds
primaryObjectId newObjectId vid canonical-vid portal-id properties email value form-submissions timestamp
title page-url identity-profiles identities type merged-vids hs_timezone country intent
"""
NAMES = st.sampled_from(FIELDS.split())
WORDS = ["contact.creation", "contact.merge", "EMAIL", "a@example.com", "https://[", "9" * 400]
JSON = json_of(leaves([*WORDS, 1768469400000, 62515]), NAMES, members=4, most=12)
SAMPLES = st.sampled_from([*PAYLOADS.values(), [change()], change(subscriptionType="contact.merge")])


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from places(inner, (*path, name))


@st.composite
def mutated(draw):
    found = copy.deepcopy(draw(SAMPLES))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(found))))
        if not path:
            continue
        *above, last = path
        inner = found
        for name in above:
            inner = inner[name]
        inner[last] = draw(JSON)
    return found


@given(JSON | mutated())
def test_any_json_is_understood_or_rejected(body):
    with suppress(PayloadRejected):
        for event in translate(json.dumps(body).encode()):
            assert isinstance(event, InboundEvent)
            identity = event.identity
            assert identity.email or identity.anonymous_id or identity.vendor_ids
            assert event.delivery_id or event.content_hash
            assert InboundEvent.model_validate_json(event.model_dump_json()).identity == identity


def test_the_sample_is_a_contact_that_asked_for_a_demo():
    body = (Path(__file__).parents[2] / "src/leadworkflows/sources/samples/hubspot.json").read_bytes()
    (event,) = translate(body)
    assert event.type is EventType.DEMO_REQUESTED
    assert event.person.title == "CFO"
    facts = event.facts
    assert (facts.industry, facts.employees, facts.country) == ("finance", 180, "DE")
    assert (facts.time_zone, facts.channel) == ("Europe/Berlin", "linkedin")
