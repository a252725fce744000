from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import PayloadRejected, SignatureRejected
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.typeform import TypeformSource
from tests.sources.inbound import NOW, inbound, of_vector, typeform_headers, vectors

VECTORS = {vector["id"]: vector for vector in vectors("typeform")}
DOCUMENTED = VECTORS["tf-docs-payload"]
DEMO = VECTORS["tf-replay"]


def verify(headers, secret="typeform-secret", body=b"{}"):
    TypeformSource().verify(inbound(body, headers), secret, NOW)


def translate(payload, forms=None, **options):
    return TypeformSource(SourceOptions(forms=forms or {}, **options)).translate(inbound(payload))


def payload_of(vector):
    return json.loads(vector["raw_body"])


def changed(vector, **response):
    payload = copy.deepcopy(payload_of(vector))
    payload["form_response"].update(response)
    return payload


@pytest.mark.parametrize("vector", VECTORS.values(), ids=lambda vector: vector["id"])
def test_every_vector_gives_what_it_says(vector):
    assert vector["expected"]["valid"]
    TypeformSource().verify(of_vector(vector), vector["secret"], NOW)


@pytest.mark.parametrize("vector", VECTORS.values(), ids=lambda vector: vector["id"])
def test_no_vector_is_valid_with_another_secret_or_body(vector):
    with pytest.raises(SignatureRejected):
        TypeformSource().verify(of_vector(vector), vector["secret"] + "x", NOW)
    longer = {**vector, "raw_body": vector["raw_body"] + "\n"}
    with pytest.raises(SignatureRejected):
        TypeformSource().verify(of_vector(longer), vector["secret"], NOW)


def test_a_signature_needs_its_prefix():
    bare = typeform_headers(b"{}")["typeform-signature"].removeprefix("sha256=")
    with pytest.raises(SignatureRejected):
        verify({"typeform-signature": bare})


@given(
    st.fixed_dictionaries({}, optional={"typeform-signature": st.text() | st.text().map("sha256={}".format)}),
    st.text(),
    st.binary(),
)
def test_whatever_the_header_holds_it_is_a_rejected_signature(headers, secret, body):
    with pytest.raises(SignatureRejected):
        verify(headers, secret, body)


def test_a_response_to_a_demo_form_is_a_demo_request():
    (event,) = translate(payload_of(DEMO))
    assert event.type is EventType.DEMO_REQUESTED
    assert event.occurred_at == datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    assert event.delivery_id == "u6nXL7k4"
    assert event.identity.email == "zoe@example.com"
    assert event.person.model_dump(exclude_none=True) == {
        "first_name": "Zoë",
        "company": "Müller & Söhne",
        "phone": "+4915112345678",
    }
    assert event.facts.model_dump(exclude_none=True, exclude_defaults=True) == {
        "employees": 51,
        "channel": "linkedin",
        "campaign": "q1",
        "form": "demo",
        "free_email": False,
    }


def test_answers_without_a_reference_are_joined_to_the_fields_by_id():
    (event,) = translate(payload_of(DOCUMENTED))
    assert event.type is EventType.FORM_SUBMITTED
    assert event.identity.email == "laura@example.com"
    assert event.person.first_name == "Laura"
    assert "London, Sydney" in event.notes.values()


def test_what_a_person_wrote_freely_stays_in_the_notes():
    (event,) = translate(payload_of(DOCUMENTED))
    assert any("really cold" in note or "cold right now" in note for note in event.notes.values())
    assert "cold" not in event.facts.model_dump_json()


@pytest.mark.parametrize(
    ("forms", "hidden", "title", "expected", "form"),
    [
        ({"dEmO42": "quote"}, {"intent": "demo"}, "Book a demo", EventType.QUOTE_REQUESTED, "quote"),
        ({"dEmO42": "newsletter"}, {}, "Book a demo", EventType.FORM_SUBMITTED, "newsletter"),
        ({"dEmO42": "webinar_registered"}, {}, "Book a demo", EventType.WEBINAR_REGISTERED, None),
        ({"other": "quote"}, {"intent": "demo"}, "Request a quote", EventType.DEMO_REQUESTED, "demo"),
        ({}, {"intent": "???"}, "Request a quote", EventType.QUOTE_REQUESTED, "quote"),
        ({}, {}, "Contact us", EventType.FORM_SUBMITTED, "contact"),
        ({}, {}, "Talk to our sales team", EventType.SALES_CONTACTED, "sales"),
        ({}, {}, "Customer survey", EventType.FORM_SUBMITTED, None),
        ({}, {}, "Democracy at work", EventType.FORM_SUBMITTED, None),
    ],
)
def test_the_setting_comes_before_the_hidden_field_before_the_title(forms, hidden, title, expected, form):
    (event,) = translate(changed(DEMO, hidden=hidden, definition={"title": title, "fields": []}), forms)
    assert event.type is expected
    assert getattr(event.facts, "form", None) == form


def test_a_hidden_address_names_a_visitor_who_gave_none():
    (event,) = translate(
        changed(DEMO, answers=[], hidden={"email": "Zoe@Example.com", "anonymous_id": "a-1"})
    )
    assert event.identity.email == "zoe@example.com"
    assert event.identity.anonymous_id == "a-1"


def test_a_response_that_names_nobody_is_refused():
    with pytest.raises(PayloadRejected, match="names nobody"):
        translate(changed(DEMO, answers=[], hidden={}))


def test_a_partial_response_is_no_event():
    assert translate({**payload_of(DEMO), "event_type": "form_response_partial"}) == []


def test_without_a_token_the_events_id_names_the_delivery():
    (event,) = translate(changed(DEMO, token=None))
    assert event.delivery_id == "01HXAMPLE0000000000000000"


def test_a_delivery_that_nothing_names_is_refused():
    payload = changed(DEMO, token="")
    del payload["event_id"]
    with pytest.raises(PayloadRejected) as caught:
        translate(payload)
    assert caught.value.field == "form_response.token"


@pytest.mark.parametrize("when", ["soon", "2026-01-15T09:30:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_cannot_be_is_refused(when):
    with pytest.raises(PayloadRejected) as caught:
        translate(changed(DEMO, submitted_at=when))
    assert caught.value.field == "form_response.submitted_at"


def test_a_budget_in_a_yes_no_question_is_stated():
    fields = [{"id": "b", "title": "Do you have a budget?"}, {"id": "e", "title": "E-mail"}]
    answers = [
        {"type": "boolean", "boolean": True, "field": {"id": "b"}},
        {"type": "email", "email": "z@example.com", "field": {"id": "e"}},
    ]
    (event,) = translate(changed(DEMO, answers=answers, definition={"title": "Contact", "fields": fields}))
    assert event.facts.states_budget is True


@pytest.mark.parametrize("label", ["What brings you here?", "WHY_HERE", "why here"])
def test_a_question_is_what_the_settings_map_its_title_or_reference_to(label):
    fields = [{"id": "w", "title": "What brings you here?", "ref": "why_here"}]
    answers = [
        {"type": "text", "text": "Fintech", "field": {"id": "w"}},
        {"type": "email", "email": "zoe@example.com", "field": {"id": "e"}},
    ]
    payload = changed(DEMO, answers=answers, definition={"title": "Survey", "fields": fields})
    (event,) = translate(payload, fields={label: "industry"})
    assert event.facts.industry == "fintech"
    (unmapped,) = translate(payload)
    assert unmapped.facts.industry is None
    assert unmapped.notes == {"why_here": "Fintech"}


@pytest.mark.parametrize("named", ["customer survey", "Customer Survey"])
def test_a_form_may_be_set_by_its_name(named):
    payload = changed(DEMO, hidden={}, definition={"title": "Customer survey", "fields": []})
    (event,) = translate(payload, {named: "quote"})
    assert event.type is EventType.QUOTE_REQUESTED


def test_a_default_intent_comes_before_the_title_and_after_the_hidden_field():
    titled = changed(DEMO, hidden={}, definition={"title": "Contact us", "fields": []})
    (event,) = translate(titled, intent="demo")
    assert event.type is EventType.DEMO_REQUESTED
    stated = changed(DEMO, hidden={"intent": "quote"}, definition={"title": "Contact us", "fields": []})
    (event,) = translate(stated, intent="demo")
    assert event.type is EventType.QUOTE_REQUESTED


def test_the_source_signs_as_it_verifies():
    body = DEMO["raw_body"].encode()
    headers = TypeformSource().sign(body, "a secret", NOW, "https://leads.example.com/webhooks/typeform")
    TypeformSource().verify(inbound(body, headers), "a secret", NOW)
    with pytest.raises(SignatureRejected):
        TypeformSource().verify(inbound(body, headers), "another", NOW)
