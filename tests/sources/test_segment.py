from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows import sources
from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import PayloadRejected, SignatureRejected
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.segment import SegmentSource
from tests.sources.inbound import NOW, inbound, of_vector, vectors
from tests.sources.mutants import JSON_VALUES, mutants, sample_of

VECTORS = {vector["id"]: vector for vector in vectors("segment")}
SAMPLE = sample_of("segment")
BATCH = VECTORS["seg-batch-first-element-only"]
KINDS = ("identify", "track", "page", "screen", "group", "alias")


def verify(headers, secret="abc123", body=b"{}"):
    SegmentSource().verify(inbound(body, headers), secret, NOW)


def sign(body, secret="abc123"):
    return SegmentSource().sign(body, secret, NOW, "https://leads.example.com/")


def translate(message, **options):
    return SegmentSource.configured(SourceOptions(**options)).translate(inbound(message))


def call(kind, **more):
    return {"type": kind, "messageId": "m1", "userId": "u-1", "timestamp": "2026-03-02T09:30:00Z", **more}


def one(kind, settings=None, **more):
    (event,) = translate(call(kind, **more), **(settings or {}))
    return event


def stated(event):
    return event.facts.model_dump(exclude_none=True, exclude_defaults=True)


# Signatures


@pytest.mark.parametrize("vector", VECTORS.values(), ids=lambda vector: vector["id"])
def test_every_vector_gives_what_it_says(vector):
    assert vector["expected"]["valid"]
    sources.get("segment").verify(of_vector(vector), vector["secret"], NOW)


@pytest.mark.parametrize("vector", VECTORS.values(), ids=lambda vector: vector["id"])
def test_no_vector_is_valid_with_another_secret_or_another_first_call(vector):
    with pytest.raises(SignatureRejected):
        SegmentSource().verify(of_vector(vector), vector["secret"] + "x", NOW)
    changed = {**vector, "raw_body": vector["raw_body"].replace('":', '": ', 1)}
    with pytest.raises(SignatureRejected):
        SegmentSource().verify(of_vector(changed), vector["secret"], NOW)


@pytest.mark.parametrize("body", [b'{"a":1}', b'[{"a":"\xc3\xa9"}]', b'[{"a":1.50},{"b":2}]', b"[", b"[]"])
def test_what_is_signed_verifies(body):
    verify(sign(body), body=body)


def test_the_signature_covers_a_batchs_first_call_in_the_bytes_that_were_sent():
    first = b'{"n":1.0e2,"10":1,"2":"\xe2\x80\xa8\\u0041"}'
    verify({"x-signature": sign(first)["x-signature"]}, body=b"[" + first + b',{"b":1}]')


def test_the_case_of_the_hex_counts_for_nothing():
    verify({"x-signature": sign(b"{}")["x-signature"].upper()})


def test_a_missing_header_is_named():
    with pytest.raises(SignatureRejected, match="x-signature is missing"):
        verify({})


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"[" + b"9" * 5_000, b"[\xff", b'[{"a":', b"[]", b"[,", b"["]
)
@pytest.mark.parametrize("signature", ["", "Ä", "0" * 40, "f" * 100_000])
def test_a_signature_that_does_not_fit_is_rejected_whatever_the_body(signature, body):
    with pytest.raises(SignatureRejected):
        verify({"x-signature": signature}, body=body)


@given(st.fixed_dictionaries({}, optional={"x-signature": st.text()}), st.text(), st.binary())
def test_whatever_the_header_holds_it_is_a_rejected_signature(headers, secret, body):
    with pytest.raises(SignatureRejected):
        verify(headers, secret, body)


# Batches


def test_a_batch_is_refused_because_only_its_first_call_is_signed():
    with pytest.raises(PayloadRejected, match="switch batching off") as caught:
        SegmentSource().translate(of_vector(BATCH))
    assert caught.value.field == "body"


def test_a_batch_of_one_is_wholly_signed_and_understood():
    (event,) = translate([call("identify")])
    assert event.delivery_id == "m1"


@pytest.mark.parametrize("body", [[], [1], 7, None, "x"])
def test_what_is_no_call_is_refused(body):
    with pytest.raises(PayloadRejected):
        translate(body)


# People


def test_the_documented_identify_tells_of_a_person():
    (event,) = SegmentSource().translate(of_vector(VECTORS["seg-identify"]))
    assert event.type is EventType.FACTS_UPDATED
    assert event.delivery_id == "022bb90c-bbac-11e4-8dfc-aa07a5b093db"
    assert event.occurred_at == datetime(2015, 2, 23, 22, 28, 55, 111_000, tzinfo=UTC)
    assert event.identity.email == "peter@example.com"
    assert event.identity.anonymous_id == "507f191e810c19729de860ea"
    assert event.identity.vendor_ids == {"segment": "97980cfea0067"}
    assert (event.person.first_name, event.person.last_name) == ("Peter", "Gibbons")
    assert event.facts.country == "US"
    assert event.notes == {"plan": "premium", "logins": "5"}


@pytest.mark.parametrize(
    "traits",
    [
        {"firstName": "Ada", "lastName": "Lovelace", "jobTitle": "CFO", "companySize": "51-200"},
        {"first_name": "Ada", "last_name": "Lovelace", "title": "CFO", "company_size": "51-200"},
        {"name": "Ada Lovelace", "title": "CFO", "company": {"employee_count": 51}},
    ],
)
def test_traits_are_read_in_either_spelling(traits):
    event = one("identify", traits=traits)
    assert event.person.model_dump(exclude_none=True) == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "title": "CFO",
    }
    assert event.facts.employees == 51


def test_a_company_may_be_an_object_or_a_name():
    assert one("identify", traits={"company": "Example GmbH"}).person.company == "Example GmbH"
    event = one("identify", traits={"company": {"name": "Example GmbH", "industry": "Fintech", "plan": "x"}})
    assert (event.person.company, event.facts.industry) == ("Example GmbH", "fintech")


def test_a_group_tells_of_the_company_and_not_of_the_person():
    traits = {"name": "Example GmbH", "industry": "Technology", "employees": 329, "email": "info@example.com"}
    event = one("group", groupId="g-1", traits={**traits, "phone": "+49 30 901820"})
    assert event.type is EventType.FACTS_UPDATED
    assert event.person.model_dump(exclude_none=True) == {"company": "Example GmbH"}
    assert (event.facts.employees, event.facts.industry) == (329, "technology")
    assert event.identity.email is None


@pytest.mark.parametrize("place", ["traits", "properties", "context"])
def test_an_address_is_found_in_every_documented_place(place):
    said = {"email": "Ada@Example.com"}
    event = one("page", **{place: {"traits": said} if place == "context" else said})
    assert event.identity.email == "ada@example.com"


def test_a_user_id_that_is_an_address_is_an_address_and_no_id():
    event = one("identify", userId="Ada@Example.com")
    assert event.identity.email == "ada@example.com"
    assert event.identity.vendor_ids == {}


@pytest.mark.parametrize("user", ["undefined", "null", "guest", "anonymous", "0", True, "", "x" * 256])
def test_an_id_that_names_nobody_makes_no_lead_of_them_all(user):
    event = one("page", userId=user, anonymousId="a-81")
    assert event.identity.vendor_ids == {}
    assert event.identity.anonymous_id == "a-81"


def test_a_call_that_names_nobody_is_refused():
    with pytest.raises(PayloadRejected) as caught:
        translate(call("page", userId=None))
    assert caught.value.field == "userId"


def test_a_broken_address_loses_nobody_whom_an_id_names():
    event = one("identify", traits={"email": "ada@@example"})
    assert event.identity.email is None
    assert event.identity.vendor_ids == {"segment": "u-1"}


def test_a_trait_about_an_address_is_no_address():
    traits = {"emailVerified": True, "email_opt_in": "yes", "email": "ada@example.com"}
    assert one("identify", traits=traits).identity.email == "ada@example.com"


def test_what_no_rule_asks_for_is_not_kept():
    event = one("identify", traits={"birthday": "1815-12-10", "gender": "f", "age": 36, "avatar": "x"})
    assert event.notes == {}


def test_the_context_tells_campaign_channel_and_time_zone():
    campaign = {"source": "linkedin", "medium": "cpc", "name": "Spring 2026"}
    event = one("page", context={"campaign": campaign, "timezone": "Europe/Berlin"})
    assert (event.facts.channel, event.facts.campaign) == ("linkedin", "spring_2026")
    assert event.facts.time_zone == "Europe/Berlin"


# One person under two ids


def test_an_alias_makes_two_ids_one_person():
    event = one("alias", previousId="u-0")
    assert event.type is EventType.FACTS_UPDATED
    assert event.identity.vendor_ids == {"segment": "u-1"}
    assert event.identity.merged_vendor_ids == ("segment:u-0",)
    assert event.identity.anonymous_id == "u-0"


def test_an_alias_of_an_address_names_the_person():
    event = one("alias", previousId="ada@example.com")
    assert event.identity.email == "ada@example.com"
    assert event.identity.vendor_ids == {"segment": "u-1"}
    assert event.identity.merged_vendor_ids == ()


def test_an_alias_to_an_address_keeps_the_id():
    event = one("alias", userId="ada@example.com", previousId="u-0")
    assert (event.identity.email, event.identity.vendor_ids) == ("ada@example.com", {"segment": "u-0"})
    assert event.identity.merged_vendor_ids == ()


@pytest.mark.parametrize(
    ("user", "previous"), [("u-1", "u-1"), ("ada@example.com", "zoe@example.com"), ("x" * 300, "u-0")]
)
def test_an_alias_that_proves_nothing_is_no_event(user, previous):
    assert translate(call("alias", userId=user, previousId=previous)) == []


@pytest.mark.parametrize("missing", ["userId", "previousId"])
def test_an_alias_without_either_id_is_refused(missing):
    with pytest.raises(PayloadRejected) as caught:
        translate({**call("alias", previousId="u-0"), missing: None})
    assert caught.value.field == missing


# Pages


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ({"name": "Pricing"}, "pricing"),
        ({"properties": {"path": "/pricing"}}, "pricing"),
        ({"properties": {"path": "/en/plans/"}}, "pricing"),
        ({"properties": {"path": "/case-studies/example-gmbh"}}, "case_study"),
        ({"properties": {"path": "/docs/api/leads"}}, "documentation"),
        ({"properties": {"path": "/blog/pricing"}}, "blog"),
        ({"properties": {"path": "/compare/us-and-them"}}, "comparison"),
        ({"properties": {"path": "/Product"}}, "product"),
        ({"properties": {"path": "/"}}, "home"),
        ({"properties": {"url": "https://docs.example.com/x"}}, "documentation"),
        ({"properties": {"url": "https://www.example.com/pricing?email=ada@example.com"}}, "pricing"),
        ({"context": {"page": {"path": "/pricing"}}}, "pricing"),
        ({"properties": {"path": "/users/ada@example.com"}}, "other"),
        ({"properties": {"path": "/ada-lovelace"}}, "other"),
        ({"properties": {"url": "https://["}}, "other"),
        ({}, "other"),
    ],
)
def test_a_page_is_known_by_its_name_or_address(page, word):
    event = one("page", **page)
    assert (event.type, event.facts.page) == (EventType.PAGE_VIEWED, word)


def test_a_screen_is_a_page():
    assert one("screen", name="Pricing").facts.page == "pricing"


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ({"properties": {"path": "/Preise/Unternehmen/"}}, "pricing"),
        ({"properties": {"path": "/preise/vergleich"}}, "comparison"),
        ({"properties": {"path": "/preisebuch"}}, "other"),
        ({"name": "watch_the tour"}, "product_video"),
    ],
)
def test_the_settings_name_pages_by_name_or_by_path_with_all_below(page, word):
    pages = {"/preise": "pricing", "/preise/vergleich": "comparison", "Watch the tour": "Product video"}
    assert one("page", {"pages": pages}, **page).facts.page == word


def test_a_pages_title_is_nobodys_job():
    assert one("page", properties={"title": "CFO", "name": "Ada"}).person.model_dump(exclude_none=True) == {}


# What people do


@pytest.mark.parametrize(
    ("name", "expected", "facts"),
    [
        ("Demo Requested", EventType.DEMO_REQUESTED, {"form": "demo"}),
        ("demo_requested", EventType.DEMO_REQUESTED, {"form": "demo"}),
        ("Requested a Demo", EventType.DEMO_REQUESTED, {"form": "demo"}),
        ("Quote Requested", EventType.QUOTE_REQUESTED, {"form": "quote"}),
        ("Contacted Sales", EventType.SALES_CONTACTED, {"form": "sales"}),
        ("Signed Up", EventType.TRIAL_STARTED, {}),
        ("trialStarted", EventType.TRIAL_STARTED, {}),
        ("Newsletter Subscribed", EventType.NEWSLETTER_SUBSCRIBED, {}),
        ("Webinar Registered", EventType.WEBINAR_REGISTERED, {}),
        ("Whitepaper Downloaded", EventType.CONTENT_DOWNLOADED, {"asset": "whitepaper"}),
        ("Downloaded the case study", EventType.CONTENT_DOWNLOADED, {"asset": "case_study"}),
        ("Content Downloaded", EventType.CONTENT_DOWNLOADED, {"asset": "other"}),
        ("Form Submitted", EventType.FORM_SUBMITTED, {}),
        ("Contact Form Submitted", EventType.FORM_SUBMITTED, {"form": "contact"}),
    ],
)
def test_a_name_that_says_what_happened_needs_no_setting(name, expected, facts):
    event = one("track", event=name)
    assert (event.type, stated(event)) == (expected, facts)


@pytest.mark.parametrize(
    "name", ["Course Clicked", "Demo Video Skipped", "Not Signed Up", "Invoice Downloaded", "", None, 7]
)
def test_a_name_that_says_nothing_to_us_is_no_event(name):
    assert translate(call("track", event=name)) == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("demo", EventType.DEMO_REQUESTED),
        ("trial_started", EventType.TRIAL_STARTED),
        ("webinar_attended", EventType.WEBINAR_ATTENDED),
        ("contact", EventType.FORM_SUBMITTED),
    ],
)
def test_the_settings_say_what_an_event_means(word, expected):
    assert one("track", {"events": {"course clicked": word}}, event="Course Clicked").type is expected


def test_the_settings_come_before_what_a_name_seems_to_say():
    assert one("track", {"events": {"Signed Up": "newsletter"}}, event="Signed Up").facts.form == "newsletter"


def test_a_mapped_event_takes_its_facts_from_the_properties():
    settings = {"events": {"Followed": "social_engaged", "Got it": "content_downloaded"}}
    event = one("track", settings, event="Followed", properties={"network": "LinkedIn", "act": 7})
    assert stated(event) == {"network": "linkedin"}
    event = one("track", settings, event="Followed", properties={"network": "x", "industry": "Our own"})
    assert event.facts.industry is None
    event = one("track", settings, event="Got it", properties={"assetType": "White Paper"})
    assert stated(event) == {"asset": "whitepaper"}


def test_a_mapped_event_without_what_it_needs_is_refused_by_the_propertys_name():
    with pytest.raises(PayloadRejected) as caught:
        one("track", {"events": {"Followed": "social_engaged"}}, event="Followed")
    assert caught.value.field == "properties.network"


def test_a_submitted_form_is_what_the_settings_or_its_properties_say():
    settings = {"forms": {"f-7": "quote"}}
    event = one("track", settings, event="Form Submitted", properties={"formId": "f-7"})
    assert event.type is EventType.QUOTE_REQUESTED
    event = one("track", event="Form Submitted", properties={"form_name": "Book a demo"})
    assert event.type is EventType.DEMO_REQUESTED


def test_the_answers_in_the_properties_are_read():
    said = {"email": "ada@example.com", "company": "Example GmbH", "budget": "50k", "title": "Book a demo"}
    event = one("track", event="Demo Requested", properties=said)
    assert event.identity.email == "ada@example.com"
    assert event.person.model_dump(exclude_none=True) == {"company": "Example GmbH"}
    assert event.facts.states_budget is True


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (call("identify", messageId=None), "messageId"),
        (call("identify", timestamp="soon"), "timestamp"),
        (call(None), "type"),
    ],
)
def test_what_cannot_be_read_is_named(message, field):
    with pytest.raises(PayloadRejected) as caught:
        translate(message)
    assert caught.value.field == field


def test_a_call_of_another_type_is_no_event():
    assert translate(call("delete")) == []


@given(
    JSON_VALUES
    | mutants(SAMPLE)
    | st.builds(
        lambda kind, body: {**body, "type": kind, "previousId": "u-0"},
        st.sampled_from(KINDS),
        mutants(SAMPLE).filter(lambda body: isinstance(body, dict)),
    )
)
def test_any_body_is_understood_or_rejected(body):
    options = {"events": {"Demo Requested": "social_engaged"}, "pages": {"/": "home"}}
    try:
        events = translate(json.dumps(body).encode(), **options)
    except PayloadRejected:
        return
    assert all(event.delivery_id for event in events)


def test_an_address_in_the_place_of_an_id_tells_of_its_provider_too():
    assert one("identify", userId="ada@gmail.com").facts.free_email is True
    assert one("identify", userId="u-1", traits={"email": "not@one@gmail.com"}).facts.free_email is None
