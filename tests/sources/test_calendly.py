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
from leadworkflows.sources.base import InboundEvent, PayloadRejected, SignatureRejected
from leadworkflows.sources.calendly import HEADER, CalendlySource
from leadworkflows.sources.options import SourceOptions
from tests.sources.inbound import NOW, inbound, of_vector, vectors
from tests.sources.mutants import json_of, leaves

VECTORS = vectors("calendly")
(BOOKED,) = (json.loads(vector["raw_body"]) for vector in VECTORS)
SAMPLES = Path(__file__).parents[2] / "src/leadworkflows/sources/samples"
ROUTED = {
    "event": "routing_form_submission.created",
    "created_at": "2026-03-02T09:30:00.000000Z",
    "payload": {
        "uri": "https://api.calendly.com/routing_form_submissions/AAAA",
        "routing_form": "https://api.calendly.com/routing_forms/BBBB",
        "questions_and_answers": [
            {"question_uuid": "q1", "question": "Your e-mail", "answer": "ada@example.com"},
            {"question_uuid": "q2", "question": "Company size", "answer": "51-200"},
        ],
        "tracking": {"utm_source": "linkedin"},
        "result": {"type": "event_type", "value": "https://api.calendly.com/event_types/CCCC"},
        "submitter": None,
    },
}
SECRET = "calendly-test-signing-key-0001"
every_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])


def signed(body=b"{}", at=NOW, secret=SECRET):
    return CalendlySource().sign(body, secret, at, "https://leads.example.com/webhooks/calendly")


def refused(headers, body=b"{}", secret=SECRET, now=NOW):
    with pytest.raises(SignatureRejected) as caught:
        CalendlySource().verify(inbound(body, headers), secret, now)
    return str(caught.value)


def translate(body, **options):
    return CalendlySource(SourceOptions(**options)).translate(inbound(body))


def rejected(body, **options):
    with pytest.raises(PayloadRejected) as caught:
        translate(body, **options)
    return caught.value


def booked(event="invitee.created", **payload):
    body = copy.deepcopy(BOOKED)
    body["event"] = event
    body["payload"].update(payload)
    return body


def meeting(**changed):
    return {**BOOKED["payload"]["scheduled_event"], **changed}


# Signatures


@every_vector
@pytest.mark.parametrize("seconds", [0, 179, -179])
def test_every_vector_gives_what_it_says(vector, seconds):
    assert vector["expected"]["valid"]
    now = datetime.fromtimestamp(vector["now"] + seconds, tz=UTC)
    CalendlySource().verify(of_vector(vector), vector["secret"], now)


@every_vector
def test_no_vector_is_valid_with_another_secret_body_or_time(vector):
    now = datetime.fromtimestamp(vector["now"], tz=UTC)
    body = vector["raw_body"].encode()
    refused(vector["headers"], body, vector["secret"] + "x", now)
    refused(vector["headers"], body + b"\n", vector["secret"], now)
    later = vector["headers"]["Calendly-Webhook-Signature"].replace("t=1768469400", "t=1768469401")
    refused({HEADER: later}, body, vector["secret"], now)


@pytest.mark.parametrize("seconds", [181, -181, 86_400, -86_400])
def test_a_replay_from_the_past_or_the_future_is_refused(seconds):
    assert "three minutes" in refused(signed(at=NOW + timedelta(seconds=seconds)))


def test_one_of_several_signatures_is_enough_in_any_case_and_order():
    time, fits = signed()[HEADER].split(",")
    for value in (
        f"{time},v1=00,{fits}",
        f"{fits.upper().replace('V1', 'v1')},{time}",
        f"{time}, {fits},v0=1",
    ):
        CalendlySource().verify(inbound(b"{}", {HEADER: value}), SECRET, NOW)


STAMP = str(int(NOW.timestamp()))
MALFORMED = [
    "", " ", ",", "=", "é", "\udcff", "t=", "v1=", "t=,v1=", "t=1", f"t={STAMP}", "v1=00", f"t={STAMP},v1=",
    f"t={STAMP},v1=é", f"t={STAMP},v2=00", f"t={'9' * 5000},v1=00", "t=-1,v1=00", "t=1e9,v1=00", "t=٣٣,v1=00",
    "t=NaN,v1=00", f"t={STAMP}.0,v1=00", "t=0,v1=00", f"t={STAMP}:v1=00", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("wrong", MALFORMED, ids=lambda wrong: ascii(wrong)[:24])
def test_a_malformed_header_is_a_rejected_signature(wrong):
    refused({HEADER: wrong})


def test_two_times_or_another_version_are_rejected():
    time, fits = signed()[HEADER].split(",")
    refused({HEADER: f"{time},{time},{fits}"})
    refused({HEADER: f"{time},{fits.replace('v1', 'v2')}"})
    refused({})


@given(
    st.text() | st.text().map("t={}".format) | st.text().map(f"t={STAMP},v1={{}}".format),
    st.text(),
    st.binary(),
)
def test_whatever_the_header_holds_it_is_a_rejected_signature(value, secret, body):
    refused({HEADER: value}, body, secret)


@given(st.binary(max_size=200), st.text(min_size=1))
def test_what_we_sign_verifies(body, secret):
    headers = signed(body, secret=secret)
    assert headers["content-type"] == "application/json"
    CalendlySource().verify(inbound(body, headers), secret, NOW)


# Meetings


def test_a_booking_is_a_meeting_with_its_time():
    (event,) = translate(BOOKED)
    assert event.type is EventType.MEETING_BOOKED
    assert event.facts.model_dump()["starts_at"] == datetime(2019, 8, 24, 14, 15, 22, 123456, tzinfo=UTC)
    assert event.facts.time_zone == "America/New_York"
    assert event.identity.email == "test@example.com"
    assert (event.person.first_name, event.person.last_name) == ("John", "Doe")
    assert event.occurred_at == datetime(2020, 11, 23, 17, 51, 19, tzinfo=UTC)
    assert event.notes["meeting"] == "15 Minute Meeting"


def test_names_that_come_apart_count_before_the_whole_one():
    (event,) = translate(booked(first_name="Mary Ann", last_name="Evans", name="Mary Ann Evans"))
    assert (event.person.first_name, event.person.last_name) == ("Mary Ann", "Evans")


def test_answers_and_campaign_become_what_they_are_about():
    answers = [
        {"question": "Company", "answer": "Example GmbH"},
        {"question": "Your role", "answer": "CFO"},
        {"question": "Team", "answer": "51-200"},
        {"question": "What else?", "answer": "Nothing."},
        {"question": "E-mail of your boss", "answer": "boss@example.com"},
        "text",
        {"question": None, "answer": {}},
    ]
    tracking = {"utm_source": "LinkedIn", "utm_campaign": "Spring", "utm_medium": None}
    body = booked(questions_and_answers=answers, tracking=tracking, text_reminder_number="+49 30 901820")
    (event,) = translate(body, fields={"Team": "employees"})
    assert (event.person.company, event.person.title) == ("Example GmbH", "CFO")
    assert event.person.phone == "+4930901820"
    assert (event.facts.employees, event.facts.channel) == (51, "linkedin")
    assert event.facts.campaign == "spring"
    assert event.notes["What else?"] == "Nothing."
    assert event.identity.email == "test@example.com"


def test_a_repetition_has_the_same_id_and_another_happening_another_one():
    assert translate(BOOKED)[0].delivery_id == translate(BOOKED)[0].delivery_id
    others = [
        BOOKED,
        booked("invitee.canceled"),
        booked(uri="https://api.calendly.com/other"),
        {**BOOKED, "created_at": "2020-11-23T17:51:20Z"},
    ]
    assert len({translate(body)[0].delivery_id for body in others}) == 4


def test_a_cancelled_meeting_is_one_and_keeps_why():
    cancelled = booked("invitee.canceled", status="canceled", cancellation={"reason": "No time"})
    (event,) = translate(cancelled)
    assert event.type is EventType.MEETING_CANCELLED
    assert event.notes["cancelled because"] == "No time"


def test_a_meeting_that_is_moved_is_booked_anew_and_not_lost():
    assert translate(booked("invitee.canceled", rescheduled=True, new_invitee="https://x/2")) == []
    moved = booked(
        old_invitee="https://x/1", scheduled_event=meeting(start_time="2026-03-04T13:00:00.000000Z")
    )
    (event,) = translate(moved)
    assert event.type is EventType.MEETING_BOOKED
    assert event.facts.model_dump()["starts_at"] == datetime(2026, 3, 4, 13, tzinfo=UTC)
    assert event.notes["moved from"] == "https://x/1"


def test_who_does_not_come_was_tried_to_reach_and_who_came_after_all_was_reached():
    (missed,) = translate(booked("invitee_no_show.created"))
    assert missed.type is EventType.CONTACT_ATTEMPTED
    assert missed.facts.model_dump()["outcome"] == "no_show"
    (came,) = translate(booked("invitee_no_show.deleted"))
    assert came.type is EventType.CONTACT_MADE
    assert came.facts.model_dump()["outcome"] is None


@pytest.mark.parametrize(
    ("name", "means", "expected"),
    [
        ("15 minute meeting", "demo", EventType.DEMO_REQUESTED),
        ("15 Minute Meeting", "quote_requested", EventType.QUOTE_REQUESTED),
        ("GBGBDCAADAEDCRZ2", "demo", EventType.DEMO_REQUESTED),
        ("https://api.calendly.com/event_types/GBGBDCAADAEDCRZ2", "sales", EventType.SALES_CONTACTED),
        ("15 Minute Meeting", "meeting_booked", EventType.MEETING_BOOKED),
        ("Another meeting", "demo", EventType.MEETING_BOOKED),
    ],
)
def test_an_event_type_means_what_the_settings_say(name, means, expected):
    (event,) = translate(BOOKED, events={name: means})
    assert event.type is expected
    assert event.notes["meeting starts at"] == "2019-08-24T14:15:22.123456+00:00"
    (cancelled,) = translate(booked("invitee.canceled"), events={name: means})
    assert cancelled.type is EventType.MEETING_CANCELLED


def test_an_event_type_set_to_what_needs_more_facts_names_the_setting():
    found = rejected(BOOKED, events={"15 Minute Meeting": "page_viewed"})
    assert (found.field, "EVENTS" in found.problem) == ("payload.scheduled_event.name", True)


def test_a_routing_form_is_a_form_with_its_answers():
    (event,) = translate(ROUTED)
    assert event.type is EventType.FORM_SUBMITTED
    assert event.identity.email == "ada@example.com"
    assert (event.facts.employees, event.facts.channel) == (51, "linkedin")
    (mapped,) = translate(ROUTED, forms={"BBBB": "demo"})
    assert mapped.type is EventType.DEMO_REQUESTED


@pytest.mark.parametrize("kind", ["event_type.created", "event_type.deleted", "user.created", "x"])
def test_what_is_not_about_a_lead_is_no_event(kind):
    assert translate({**BOOKED, "event": kind}) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event"),
        ({"event": None}, "event"),
        ({"event": ["invitee.created"]}, "event"),
        ({"event": "invitee.created"}, "payload.uri"),
        ({"event": "invitee.created", "payload": []}, "payload.uri"),
        (booked(uri=""), "payload.uri"),
        ({**BOOKED, "created_at": None}, "created_at"),
        ({**BOOKED, "created_at": "soon"}, "created_at"),
        (booked(email=None), "payload.email"),
        (booked(email="nobody"), "payload.email"),
        (booked(scheduled_event=meeting(start_time="tomorrow")), "payload.scheduled_event.start_time"),
        (
            booked(scheduled_event=meeting(start_time="2026-03-02T09:30:00")),
            "payload.scheduled_event.start_time",
        ),
        (b"", "body"),
        (b"[]", "body"),
        (b"\xff", "body"),
    ],
)
def test_what_cannot_be_read_names_its_field(body, field):
    assert rejected(body).field == field


def test_a_meeting_without_a_time_is_a_meeting_all_the_same():
    (event,) = translate(booked(scheduled_event=None))
    assert (event.type, event.facts.model_dump()["starts_at"]) == (EventType.MEETING_BOOKED, None)


# Samples, and whatever comes


def test_the_sample_is_a_booking_that_says_much():
    (event,) = translate((SAMPLES / "calendly.json").read_bytes(), events={"Product demo": "demo"})
    assert event.type is EventType.DEMO_REQUESTED
    assert event.person.title == "CFO"
    assert event.facts.employees == 51


FIELDS = """
event payload created_at uri email name first_name timezone scheduled_event start_time questions_and_answers
question answer tracking utm_source rescheduled cancellation reason routing_form event_type
"""
NAMES = st.sampled_from(FIELDS.split())
WORDS = ["invitee.created", "invitee.canceled", "a@example.com", "2026-03-02T09:30:00Z", "9" * 400]
JSON = json_of(leaves(WORDS), NAMES, members=4, most=12)


@st.composite
def mutated(draw):
    """A genuine body with a part or two replaced."""
    body = copy.deepcopy(draw(st.sampled_from([BOOKED, ROUTED, booked("invitee.canceled")])))
    parts = [body, body["payload"], body["payload"]["tracking"], body["payload"].get("scheduled_event", body)]
    for _ in range(draw(st.integers(1, 2))):
        part = draw(st.sampled_from(parts))
        part[draw(st.sampled_from(sorted(part)))] = draw(JSON)
    return body


@given(JSON | mutated())
def test_any_json_is_understood_or_rejected(body):
    with suppress(PayloadRejected):
        for event in translate(json.dumps(body).encode()):
            assert event.delivery_id
            assert event.identity.email or event.identity.anonymous_id
            assert InboundEvent.model_validate_json(event.model_dump_json()).identity == event.identity
