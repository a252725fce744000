from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows import sources
from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import PayloadRejected, SignatureRejected
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.webflow import WebflowSource
from tests.sources.inbound import NOW, inbound, of_vector, vectors
from tests.sources.mutants import JSON_VALUES, mutants, sample_of

(VECTOR,) = vectors("webflow")
AT = datetime.fromtimestamp(VECTOR["now_ms"] / 1000, UTC)
SIGNATURE, TIMESTAMP = "x-webflow-signature", "x-webflow-timestamp"
SECRET = "webflow-secret"
SAMPLE = sample_of("webflow")


def sign(body=b"{}", at=NOW):
    return WebflowSource().sign(body, SECRET, at, "https://leads.example.com/")


def verify(headers, secret=SECRET, body=b"{}", now=NOW):
    WebflowSource().verify(inbound(body, headers), secret, now)


def translate(payload, **options):
    return WebflowSource.configured(SourceOptions(**options)).translate(inbound(payload))


def changed(**payload):
    body = copy.deepcopy(SAMPLE)
    body["payload"].update(payload)
    return body


# Signatures


def test_the_vector_gives_what_it_says():
    assert VECTOR["expected"]["valid"]
    sources.get("webflow").verify(of_vector(VECTOR), VECTOR["secret"], AT)


def test_the_vector_is_not_valid_with_another_secret_body_or_time():
    with pytest.raises(SignatureRejected):
        verify(VECTOR["headers"], VECTOR["secret"] + "x", VECTOR["raw_body"].encode(), AT)
    with pytest.raises(SignatureRejected):
        WebflowSource().verify(
            of_vector({**VECTOR, "raw_body": VECTOR["raw_body"] + "\n"}), VECTOR["secret"], AT
        )
    later = {**VECTOR["headers"], "x-webflow-timestamp": "1722370035278"}
    with pytest.raises(SignatureRejected, match="does not fit"):
        WebflowSource().verify(of_vector({**VECTOR, "headers": later}), VECTOR["secret"], AT)


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 365, 60 * 24 * 365])
def test_a_replay_from_the_past_or_the_future_is_refused(minutes):
    with pytest.raises(SignatureRejected, match="more than five minutes"):
        verify(sign(at=NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize("minutes", [-4, 4])
def test_five_minutes_are_tolerated_both_ways(minutes):
    verify(sign(at=NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "stamp", ["", "soon", "-1", "+1772443800000", "1772443800000.0", "1e12", "١٧٧٢٤٤٣٨٠٠٠٠٠", "9" * 400]
)
def test_a_timestamp_that_is_no_plain_number_is_a_rejected_signature(stamp):
    with pytest.raises(SignatureRejected):
        verify({**sign(), TIMESTAMP: stamp})


def test_a_timestamp_in_seconds_is_refused_although_it_is_signed():
    stamp = str(int(NOW.timestamp()))
    with pytest.raises(SignatureRejected, match="away from now"):
        verify({**sign(at=datetime.fromtimestamp(int(stamp) / 1000, UTC)), TIMESTAMP: stamp})


@pytest.mark.parametrize("missing", [SIGNATURE, TIMESTAMP])
def test_a_missing_header_is_named(missing):
    headers = sign()
    del headers[missing]
    with pytest.raises(SignatureRejected, match=missing):
        verify(headers)


@given(st.text(), st.text() | st.just(str(int(NOW.timestamp()) * 1000)), st.text(), st.binary())
def test_whatever_the_headers_hold_it_is_a_rejected_signature(signature, stamp, secret, body):
    with pytest.raises(SignatureRejected):
        verify({SIGNATURE: signature, TIMESTAMP: stamp}, secret, body)


# Submissions


def test_a_submitted_demo_form_is_a_demo_request():
    (event,) = translate(SAMPLE)
    assert event.type is EventType.DEMO_REQUESTED
    assert event.delivery_id == "69a55b18df3949bfc6752327"
    assert event.occurred_at == datetime(2026, 3, 2, 9, 30, 0, 117_000, tzinfo=UTC)
    assert event.identity.email == "ada@example.com"
    assert (event.person.first_name, event.person.company, event.person.title) == (
        "Ada",
        "Example GmbH",
        "CFO",
    )
    assert (event.facts.employees, event.facts.country, event.facts.channel) == (51, "DE", "linkedin")


def test_the_documented_submission_is_a_contact():
    (event,) = WebflowSource().translate(of_vector(VECTOR))
    assert (event.type, event.facts.model_dump()["form"]) == (EventType.FORM_SUBMITTED, "contact")
    assert event.identity.email == "zaphod@heartofgold.ai"
    assert (event.person.phone or "").endswith("5550000000")


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ({"65429eadebe8a9f3a30f62d0": "quote"}, EventType.QUOTE_REQUESTED),
        ({"book a DEMO": "newsletter_subscribed"}, EventType.NEWSLETTER_SUBSCRIBED),
        ({"another": "quote"}, EventType.DEMO_REQUESTED),
    ],
)
def test_the_setting_knows_a_form_by_id_or_name(forms, expected):
    (event,) = translate(SAMPLE, forms=forms)
    assert event.type is expected


def test_a_hidden_field_says_what_an_unnamed_form_is_for():
    (event,) = translate(changed(name="Email Form", data={"Email": "ada@example.com", "intent": "quote"}))
    assert event.type is EventType.QUOTE_REQUESTED


def test_an_unmapped_form_still_becomes_a_lead():
    (event,) = translate(changed(name="Email Form 2", data={"Email 2": "ada@example.com", "Colour": "blue"}))
    assert (event.type, event.facts.form) == (EventType.FORM_SUBMITTED, None)
    assert event.notes == {"Colour": "blue"}


def test_a_field_whose_name_says_nothing_is_read_as_the_setting_says():
    (event,) = translate(
        changed(data={"Field 7": "ada@example.com", "Team": "60"}),
        fields={"field 7": "email", "Team": "employees"},
    )
    assert (event.identity.email, event.facts.employees) == ("ada@example.com", 60)


def test_a_submission_that_names_nobody_is_refused():
    with pytest.raises(PayloadRejected, match="names nobody") as caught:
        translate(changed(data={"Name": "Ada"}))
    assert caught.value.field == "payload.data"


@pytest.mark.parametrize("trigger", ["site_publish", "ecomm_new_order", "collection_item_created"])
def test_another_trigger_is_no_event(trigger):
    assert translate({"triggerType": trigger, "payload": {}}) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "triggerType"),
        ({"triggerType": "form_submission"}, "payload"),
        ({"triggerType": "form_submission", "payload": [1]}, "payload"),
        (changed(submittedAt="soon"), "payload.submittedAt"),
        ([SAMPLE], "body"),
    ],
)
def test_what_cannot_be_read_is_named(body, field):
    with pytest.raises(PayloadRejected) as caught:
        translate(body)
    assert caught.value.field == field


OLD = {"name": "Contact", "site": "65427cf4", "data": {"Email": "ada@example.com"}}


def test_a_submission_of_the_first_api_is_understood():
    (event,) = translate({**OLD, "d": "2026-03-02T09:30:00.117Z", "_id": "6321ca84df3949bfc6752327"})
    assert event.delivery_id == "6321ca84df3949bfc6752327"
    assert event.occurred_at == datetime(2026, 3, 2, 9, 30, 0, 117_000, tzinfo=UTC)


def test_without_an_id_a_dated_body_is_one_delivery_for_ever():
    first, again, later = (translate({**OLD, "d": f"2026-03-02T09:30:0{second}Z"})[0] for second in (0, 0, 1))
    assert first.delivery_id == again.delivery_id != later.delivery_id


def test_without_id_and_date_the_same_body_is_one_submission_within_the_window():
    (event,) = translate(OLD, dedupe_window=60)
    assert event.delivery_id is None
    assert event.content_hash
    assert event.dedupe_window == timedelta(minutes=1)


@given(JSON_VALUES | mutants(SAMPLE) | mutants({**OLD, "d": "2026-03-02T09:30:00Z", "_id": "6321"}))
def test_any_body_is_understood_or_rejected(body):
    try:
        events = translate(json.dumps(body).encode())
    except PayloadRejected:
        return
    assert all(event.delivery_id or event.content_hash for event in events)
