from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows import sources
from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import PayloadRejected, SignatureRejected
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.tally import TallySource
from tests.sources.inbound import NOW, inbound, of_vector, vectors
from tests.sources.mutants import JSON_VALUES, mutants, sample_of

(VECTOR,) = vectors("tally")
SAMPLE = sample_of("tally")
EMAIL = {"key": "q1", "label": "E-mail", "type": "INPUT_EMAIL", "value": "ada@example.com"}
OPTIONS = [{"id": "o1", "text": "Berlin"}, {"id": "o2", "text": "Paris"}]


def verify(headers, secret="tally-secret", body=b"{}"):
    TallySource().verify(inbound(body, headers), secret, NOW)


def translate(payload, **options):
    return TallySource.configured(SourceOptions(**options)).translate(inbound(payload))


def changed(**data):
    body = copy.deepcopy(SAMPLE)
    body["data"].update(data)
    return body


def answered(*fields, **options):
    (event,) = translate(changed(fields=[EMAIL, *fields]), **options)
    return event


def field(label, kind, value, **more):
    return {"key": f"question_{label}", "label": label, "type": kind, "value": value, **more}


# Signatures


def test_the_vector_gives_what_it_says():
    assert VECTOR["expected"]["valid"]
    sources.get("tally").verify(of_vector(VECTOR), VECTOR["secret"], NOW)


def test_the_vector_is_not_valid_with_another_secret_or_body():
    with pytest.raises(SignatureRejected):
        TallySource().verify(of_vector(VECTOR), VECTOR["secret"] + "x", NOW)
    with pytest.raises(SignatureRejected):
        TallySource().verify(
            of_vector({**VECTOR, "raw_body": VECTOR["raw_body"] + "\n"}), VECTOR["secret"], NOW
        )


def test_what_is_signed_verifies():
    verify(TallySource().sign(b"{}", "tally-secret", NOW, "https://leads.example.com/"))


def test_a_missing_header_is_named():
    with pytest.raises(SignatureRejected, match="tally-signature is missing"):
        verify({})


@pytest.mark.parametrize("signature", ["", " ", "Ä", "=", "sha256=", "A" * 100_000, "t=1,v1=abc"])
def test_a_signature_that_is_no_signature_is_rejected(signature):
    with pytest.raises(SignatureRejected):
        verify({"tally-signature": signature})


@given(st.fixed_dictionaries({}, optional={"tally-signature": st.text()}), st.text(), st.binary())
def test_whatever_the_header_holds_it_is_a_rejected_signature(headers, secret, body):
    with pytest.raises(SignatureRejected):
        verify(headers, secret, body)


# Responses


def test_a_response_to_a_quote_form_is_a_quote_request():
    (event,) = translate(SAMPLE)
    assert event.type is EventType.QUOTE_REQUESTED
    assert event.occurred_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert event.identity.email == "ada@example.com"
    assert (event.person.first_name, event.person.last_name) == ("Ada", "Lovelace")
    assert (event.facts.employees, event.facts.states_budget, event.facts.channel) == (51, True, "linkedin")


def test_the_vectors_response_becomes_a_lead():
    (event,) = TallySource().translate(of_vector(VECTOR))
    assert event.identity.email == "john@example.com"
    assert event.person.last_name == "Doe"
    assert "Enterprise" in event.notes.values()


@pytest.mark.parametrize("kind", ["MULTIPLE_CHOICE", "DROPDOWN", "MULTI_SELECT", "CHECKBOXES", "RANKING"])
def test_chosen_options_are_read_by_their_texts(kind):
    event = answered(field("Offices", kind, ["o2", "o1"], options=OPTIONS))
    assert event.notes == {"Offices": "Paris, Berlin"}


def test_an_option_that_is_not_listed_keeps_what_was_sent():
    assert answered(field("Offices", "DROPDOWN", ["o9"], options=OPTIONS)).notes == {"Offices": "o9"}


def test_a_ticked_box_is_not_told_twice():
    event = answered(
        field("Offices", "CHECKBOXES", ["o1"], options=OPTIONS),
        field("Offices (Berlin)", "CHECKBOXES", True),
        field("Offices (Paris)", "CHECKBOXES", False),
    )
    assert event.notes == {"Offices": "Berlin"}


def test_a_matrix_is_read_row_by_row():
    rows, columns = [{"id": "r1", "text": "Price"}], [{"id": "c1", "text": "Important"}]
    event = answered(field("Rate", "MATRIX", {"r1": ["c1"]}, rows=rows, columns=columns))
    assert event.notes == {"Rate": "Price: Important"}


def test_files_are_left_out():
    assert answered(field("CV", "FILE_UPLOAD", [{"url": "https://example.com/cv.pdf"}])).notes == {}


def test_hidden_fields_are_answers_and_say_what_the_form_is_for():
    (event,) = translate(
        changed(
            formName="Hello",
            fields=[
                field("email", "HIDDEN_FIELDS", "Ada@Example.com"),
                field("intent", "HIDDEN_FIELDS", "demo"),
                field("utm_source", "HIDDEN_FIELDS", "newsletter"),
                field("anonymous_id", "HIDDEN_FIELDS", "a-81"),
            ],
        )
    )
    assert event.type is EventType.DEMO_REQUESTED
    assert (event.identity.email, event.identity.anonymous_id) == ("ada@example.com", "a-81")
    assert event.facts.channel == "newsletter"


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ({"mZA0Av": "demo"}, EventType.DEMO_REQUESTED),
        ({"request a quote": "sales"}, EventType.SALES_CONTACTED),
        ({"another": "demo"}, EventType.QUOTE_REQUESTED),
    ],
)
def test_the_setting_knows_a_form_by_id_or_name(forms, expected):
    (event,) = translate(SAMPLE, forms=forms)
    assert event.type is expected


def test_a_question_is_mapped_by_its_label_or_its_key():
    event = answered(
        field("Team", "INPUT_NUMBER", 60), field("x", "INPUT_TEXT", "Fintech"),
        fields={"team": "employees", "question_x": "industry"},
    )  # fmt: skip
    assert (event.facts.employees, event.facts.industry) == (60, "fintech")


def test_a_response_that_names_nobody_is_refused():
    with pytest.raises(PayloadRejected, match="names nobody"):
        translate(changed(fields=[field("Name", "INPUT_TEXT", "Ada")]))


def test_another_kind_of_event_is_no_event():
    assert translate({"eventType": "FORM_PUBLISHED", "data": {}}) == []


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "eventType"),
        ({"eventType": "FORM_RESPONSE"}, "data"),
        ({"eventType": "FORM_RESPONSE", "data": 7}, "data"),
        (changed(createdAt="soon"), "data.createdAt"),
        ([SAMPLE], "body"),
    ],
)
def test_what_cannot_be_read_is_named(body, at):
    with pytest.raises(PayloadRejected) as caught:
        translate(body)
    assert caught.value.field == at


# Repetitions


def test_an_event_sent_once_more_is_the_same_response():
    again = {**SAMPLE, "eventId": "another"}
    assert translate(SAMPLE)[0].delivery_id == translate(again)[0].delivery_id == "jaMb6Ka"


def test_without_a_response_id_the_events_id_names_the_delivery():
    (event,) = translate(changed(responseId=None, submissionId=None))
    assert event.delivery_id == SAMPLE["eventId"]


def test_a_delivery_that_nothing_names_is_refused():
    nameless = changed(responseId=None, submissionId="")
    del nameless["eventId"]
    with pytest.raises(PayloadRejected) as caught:
        translate(nameless)
    assert caught.value.field == "data.responseId"


@given(JSON_VALUES | mutants(SAMPLE) | st.lists(JSON_VALUES).map(lambda fields: changed(fields=fields)))
def test_any_body_is_understood_or_rejected(body):
    try:
        events = translate(json.dumps(body).encode())
    except PayloadRejected:
        return
    assert all(event.delivery_id for event in events)
