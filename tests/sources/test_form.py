from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import PayloadRejected, SignatureRejected
from leadworkflows.sources.form import FormSource
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.rejections import BodyUnreadable
from tests.sources.inbound import NOW, inbound

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
FIELDS = {
    "email": "Ada@Example.com",
    "name": "Ada King Lovelace",
    "job_title": "CFO",
    "company": "Example GmbH",
    "phone": "+49 30 1234",
    "industry": "Financial Services",
    "employees": "1,000+",
    "country": "Germany",
    "budget": "50k EUR",
    "message": "Please call me",
    "form": "contact",
    "utm_source": "LinkedIn",
}


def translate(fields, options=None, headers=None):
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    return FormSource(options).translate(inbound(body, headers or URLENCODED))


def multipart(fields):
    parts = [
        f'--frontier\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + "--frontier--\r\n").encode()


MULTIPART = {"Content-Type": "multipart/form-data; boundary=frontier"}


def verify(url="/webhooks/form", headers=None, secret="token-1"):
    FormSource().verify(inbound(b"", headers, url), secret, NOW)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/webhooks/form?token=token-1", {}),
        ("/webhooks/form", {"Authorization": "Bearer token-1"}),
        ("/webhooks/form", {"Authorization": "bearer  token-1"}),
        ("/webhooks/form", {"X-API-Key": "token-1"}),
    ],
)
def test_a_key_may_come_in_the_address_or_a_header(url, headers):
    verify(url, headers)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/webhooks/form", {}),
        ("/webhooks/form?token=", {}),
        ("/webhooks/form?token=token-2", {}),
        ("/webhooks/form?Token=token-1", {}),
        ("/webhooks/form", {"Authorization": "Basic token-1"}),
        ("/webhooks/form", {"X-API-Key": "token-1x"}),
    ],
)
def test_any_other_key_is_refused(url, headers):
    with pytest.raises(SignatureRejected):
        verify(url, headers)


@given(
    st.dictionaries(st.sampled_from(["authorization", "x-api-key"]), st.text()),
    st.text(),
    st.text(min_size=1),
)
def test_whatever_a_request_holds_a_wrong_key_is_a_rejected_signature(headers, query, secret):
    try:
        verify(f"/webhooks/form?{query}", headers, f"unguessable-{secret}")
    except SignatureRejected:
        return
    pytest.fail("accepted a key that nobody sent")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (urlencode(FIELDS).encode(), URLENCODED),
        (multipart(FIELDS), MULTIPART),
        (__import__("json").dumps(FIELDS).encode(), {"Content-Type": "application/json; charset=utf-8"}),
    ],
    ids=["urlencoded", "multipart", "json"],
)
def test_a_form_says_the_same_in_each_encoding(body, headers):
    (event,) = translate(body, headers=headers)
    assert event.type is EventType.FORM_SUBMITTED
    assert event.identity.email == "ada@example.com"
    assert event.person.model_dump() == {
        "first_name": "Ada",
        "last_name": "King Lovelace",
        "title": "CFO",
        "company": "Example GmbH",
        "phone": "+49301234",
    }
    assert event.facts.model_dump(exclude_none=True) == {
        "form": "contact",
        "states_budget": True,
        "industry": "finance",
        "employees": 1000,
        "country": "DE",
        "channel": "linkedin",
        "free_email": False,
    }
    assert event.notes == {"message": "Please call me", "budget": "50k EUR"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"intent": "demo"}, EventType.DEMO_REQUESTED),
        ({"intent": "quote", "form": "contact"}, EventType.QUOTE_REQUESTED),
        ({"form": "Book a demo"}, EventType.DEMO_REQUESTED),
        ({"form": "newsletter"}, EventType.FORM_SUBMITTED),
        ({}, EventType.FORM_SUBMITTED),
        ({"intent": "deal_won"}, EventType.FORM_SUBMITTED),
    ],
)
def test_what_a_form_is_for_is_its_intent(said, expected):
    (event,) = translate({"email": "ada@example.com", **said})
    assert event.type is expected


def test_the_same_content_is_known_by_its_hash_within_the_window():
    (first,) = translate({"email": "ada@example.com", "message": "one"})
    (again,) = translate({"message": "one", "email": "ada@example.com"})
    (other,) = translate({"email": "ada@example.com", "message": "two"})
    assert first.delivery_id is None
    assert first.dedupe_window == timedelta(minutes=10)
    assert first.content_hash == again.content_hash != other.content_hash


def test_a_field_that_the_user_names_makes_a_post_unique():
    options = SourceOptions(id_field="submission")
    (event,) = translate({"email": "ada@example.com", "submission": "s-1"}, options)
    assert (event.delivery_id, event.content_hash) == ("s-1", None)


def test_who_fills_the_honeypot_leaves_nothing():
    assert translate({"email": "bot@example.com", "_gotcha": "x"}) == []
    assert len(translate({"email": "ada@example.com", "_gotcha": ""})) == 1
    assert translate({"email": "bot@example.com", "fax": "1"}, SourceOptions(honeypot="fax")) == []


def test_an_anonymous_visitor_is_enough():
    (event,) = translate({"anonymous_id": "a-81", "form": "poll"})
    assert event.identity.anonymous_id == "a-81"
    assert event.identity.email is None


@pytest.mark.parametrize("fields", [{"name": "Ada"}, {"email": "ada"}, {"email": ""}])
def test_a_form_without_an_address_is_refused_by_the_field(fields):
    with pytest.raises(PayloadRejected) as caught:
        translate(fields)
    assert caught.value.field == "email"


JSON = {"Content-Type": "application/json"}


def test_json_may_use_our_own_event_shape():
    body = {"type": "page_viewed", "identity": {"anonymous_id": "a-1"}, "facts": {"page": "pricing"}}
    (event,) = FormSource().translate(inbound(body, JSON))
    assert event.type is EventType.PAGE_VIEWED


def test_our_own_shape_without_an_id_is_told_apart_by_its_content_in_a_form():
    page = {"type": "page_viewed", "identity": {"anonymous_id": "a-1"}, "facts": {"page": "pricing"}}
    body = {"events": [page, {**page, "facts": {"page": "blog"}}, page, {**page, "id": "evt-1"}]}
    first, other, again, named = FormSource().translate(inbound(body, JSON))
    assert first.content_hash == again.content_hash != other.content_hash
    assert {event.dedupe_window for event in (first, other, again)} == {timedelta(minutes=10)}
    assert (named.delivery_id, named.content_hash, named.dedupe_window) == ("evt-1", None, None)


def test_an_industry_in_our_own_shape_stays_as_it_is_given():
    body = {"type": "facts_updated", "identity": {"anonymous_id": "a-1"}, "facts": {"industry": "Deep Sea"}}
    (event,) = FormSource().translate(inbound(body, JSON))
    assert event.facts.industry == "deep_sea"


@pytest.mark.parametrize("form", ["+49-151-23456789", "spring-20260302"])
def test_a_form_named_by_a_long_number_is_taken_without_its_name(form):
    (event,) = translate({"email": "ada@example.com", "form": form})
    assert event.facts.form is None


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_forms_public_token_cannot_report_what_sales_does(wrapped):
    event = {"type": "deal_won", "identity": {"email": "ada@example.com"}}
    with pytest.raises(PayloadRejected, match="cannot report deal_won"):
        FormSource().translate(inbound({"events": [event]} if wrapped else event, JSON))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\xff", URLENCODED),
        (b"&".join([b"a=1"] * 600), URLENCODED),
        (b"nothing", MULTIPART),
        (multipart(FIELDS), {"Content-Type": "multipart/form-data"}),
        (multipart(FIELDS)[:-30], MULTIPART),
        (b"[]", JSON),
        (b"a,b", {"Content-Type": "text/csv"}),
    ],
)
def test_a_broken_form_cannot_be_read(body, headers):
    with pytest.raises((BodyUnreadable, PayloadRejected)):
        translate(body, headers=headers)


def test_several_ticked_boxes_are_one_answer():
    (event,) = translate(b"email=ada@example.com&topics=a&topics=b")
    assert event.notes["topics"] == "a, b"


@pytest.mark.parametrize("name", ["events", "identity"])
def test_a_text_field_named_as_our_own_shape_is_an_answer(name):
    (event,) = translate({"email": "ada@example.com", name: "summer fair"})
    assert event.identity.email == "ada@example.com"
    assert event.notes == {name: "summer fair"}


def test_a_hidden_field_that_a_script_left_undefined_is_no_visitor():
    (event,) = translate({"email": "ada@example.com", "anonymous_id": "undefined"})
    assert event.identity.anonymous_id is None


OWN: dict[str, Any] = {
    "type": "page_viewed",
    "identity": {"email": "ada@example.com"},
    "facts": {"page": "pricing"},
}
CLAIMED = {**OWN, "identity": {**OWN["identity"], "vendor_ids": {"hubspot": "62515-123"}}}


@pytest.mark.parametrize(
    ("body", "field"),
    [(CLAIMED, "identity.vendor_ids"), ({"events": [OWN, CLAIMED]}, "events[1].identity.vendor_ids")],
)
def test_a_forms_public_token_cannot_claim_a_vendors_id_which_would_merge_leads(body, field):
    with pytest.raises(PayloadRejected, match="vendor's ids: post it to /api/v1/events") as caught:
        FormSource().translate(inbound(body, JSON))
    assert caught.value.field == field


def test_a_form_in_our_own_shape_cannot_name_ids_to_merge():
    body = {**OWN, "identity": {**OWN["identity"], "merged_vendor_ids": ["hubspot:62515-123"]}}
    (event,) = FormSource().translate(inbound(body, JSON))
    assert event.identity.merged_vendor_ids == ()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"form_id": "f-7"}, EventType.QUOTE_REQUESTED),
        ({"form": "Pricing Page", "intent": "contact"}, EventType.DEMO_REQUESTED),
        ({"form": "pricing_page"}, EventType.DEMO_REQUESTED),
        ({"intent": "buy"}, EventType.SALES_CONTACTED),
        ({"form_id": "f-8"}, EventType.FORM_SUBMITTED),
    ],
)
def test_what_is_set_for_a_form_comes_before_what_the_form_says(said, expected):
    options = SourceOptions(forms={"f-7": "quote", "pricing page": "demo", "buy": "sales"})
    (event,) = translate({"email": "ada@example.com", **said}, options)
    assert event.type is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, EventType.DEMO_REQUESTED),
        ({"intent": "quote"}, EventType.QUOTE_REQUESTED),
        ({"form": "+49-151-23456789"}, EventType.DEMO_REQUESTED),
    ],
)
def test_a_form_that_says_nothing_itself_is_what_its_source_is_for(said, expected):
    (event,) = translate({"email": "ada@example.com", **said}, SourceOptions(intent="demo"))
    assert event.type is expected


def test_fields_are_what_the_settings_map_them_to():
    options = SourceOptions(
        fields={"Your Team": "employees", "goal": "intent", "form": "company", "nps": "ignore"}
    )
    said = {
        "email": "ada@example.com",
        "your_team": "51-200",
        "GOAL": "quote",
        "form": "Example GmbH",
        "NPS": "9",
    }
    (event,) = translate(said, options)
    assert event.type is EventType.QUOTE_REQUESTED
    assert event.facts.employees == 51
    assert event.person.company == "Example GmbH"
    assert event.notes == {}


def test_the_source_signs_as_it_verifies():
    headers = FormSource().sign(b"email=ada@example.com", "token-1", NOW, "/webhooks/form")
    verify(headers=headers)
    assert len(FormSource().translate(inbound(b"email=ada@example.com", headers))) == 1


@pytest.mark.parametrize(
    "field", ["consent", "newsletter", "opt_in", "opt-in", "optIn", "gdpr", "marketing_consent", "Subscribe"]
)
@pytest.mark.parametrize("ticked", ["on", "1", "Yes", "true"])
def test_a_ticked_box_that_allows_mail_is_consent_beside_the_form(field, ticked):
    form, consent = translate(urlencode({**FIELDS, field: ticked}).encode(), headers=URLENCODED)
    assert (form.type, consent.type) == (EventType.FORM_SUBMITTED, EventType.CONSENT_GIVEN)
    assert consent.facts.model_dump(exclude_none=True) == {"basis": "form"}
    assert consent.identity == form.identity
    assert form.content_hash != consent.content_hash
    assert consent.dedupe_window == form.dedupe_window
    assert (form.notes[field], consent.notes) == (ticked, {})


@pytest.mark.parametrize("value", ["", "no", "off", "0", "false", "perhaps"])
def test_a_box_that_is_not_ticked_is_no_consent(value):
    (form,) = translate(urlencode({**FIELDS, "consent": value}).encode(), headers=URLENCODED)
    assert form.notes.get("consent", "") == value


@pytest.mark.parametrize("field", ["consent_text", "consent_given_by", "opt_in_reason", "newsletter_topic"])
def test_a_field_that_only_speaks_of_consent_is_none(field):
    (form,) = translate(urlencode({**FIELDS, field: "yes"}).encode(), headers=URLENCODED)
    assert form.notes[field] == "yes"


def test_nobody_agrees_to_mail_without_an_address():
    fields = {"anonymous_id": "visitor-81", "consent": "on"}
    (form,) = translate(urlencode(fields).encode(), headers=URLENCODED)
    assert form.identity.email is None
