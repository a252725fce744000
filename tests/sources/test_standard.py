from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import PayloadRejected, SignatureRejected
from leadworkflows.sources.rejections import BodyUnreadable, FieldsRejected
from leadworkflows.sources.standard import StandardSource
from tests.sources.inbound import NOW, SECRET, inbound, of_vector, standard_headers, vectors

VECTORS = vectors("standard_webhooks")
BODY = b'{"a": 1}'
EVENT = {
    "type": "page_viewed",
    "occurred_at": "2026-03-02T10:30:00+01:00",
    "identity": {"email": "Ada@Example.com", "anonymous_id": "a-81"},
    "person": {"title": "CFO"},
    "facts": {"page": "Pricing", "industry": "fintech"},
}


def verify(headers, secret=SECRET, now=NOW, body=BODY, source=None):
    (source or StandardSource()).verify(inbound(body, headers), secret, now)


def refused(headers, secret=SECRET, now=NOW):
    with pytest.raises(SignatureRejected) as caught:
        verify(headers, secret, now)
    return str(caught.value)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_every_official_vector_gives_what_it_says(vector):
    source = StandardSource(header_prefix=vector.get("header_alias", "webhook"))
    now = datetime.fromtimestamp(vector["now"], tz=UTC)
    if vector["expected"]["valid"]:
        source.verify(of_vector(vector), vector["secret"], now)
    else:
        with pytest.raises(SignatureRejected):
            source.verify(of_vector(vector), vector["secret"], now)


@pytest.mark.parametrize("vector", [v for v in VECTORS if "header_alias" in v], ids=lambda v: v["id"])
def test_headers_of_svix_count_only_for_a_source_set_so(vector):
    now = datetime.fromtimestamp(vector["now"], tz=UTC)
    with pytest.raises(SignatureRejected, match="webhook-id"):
        StandardSource().verify(of_vector(vector), vector["secret"], now)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_clock_five_minutes_away_is_tolerated_both_ways(seconds):
    verify(standard_headers(BODY, at=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_a_clock_further_away_is_refused_both_ways(seconds):
    assert "five minutes" in refused(standard_headers(BODY, at=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("stamp", ["soon", "1.5", "-1", "0123", "1e9", "٣", "9" * 12, "9" * 40, "nan", "1_0"])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(stamp):
    refused(standard_headers(BODY) | {"webhook-timestamp": stamp})


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(name):
    headers = standard_headers(BODY)
    del headers[name]
    assert name in refused(headers)


def test_one_changed_byte_of_the_body_is_refused():
    with pytest.raises(SignatureRejected):
        verify(standard_headers(BODY), body=BODY + b" ")


def test_the_id_is_signed_too():
    refused(standard_headers(BODY) | {"webhook-id": "msg_2"})


def test_a_signature_of_another_version_does_not_count():
    headers = standard_headers(BODY)
    refused(headers | {"webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")})


def test_a_body_that_is_not_utf8_is_refused():
    with pytest.raises(SignatureRejected, match="UTF-8"):
        verify(standard_headers(b"\xff"), body=b"\xff")


def test_a_secret_pasted_with_its_version_is_explained_and_not_repeated():
    reason = refused(standard_headers(BODY), "v1," + SECRET)
    assert "keep only what follows" in reason
    assert SECRET not in reason


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "plain-text!"])
def test_a_secret_that_is_not_base64_is_explained(secret):
    assert "not base64" in refused(standard_headers(BODY), secret)


def test_a_secret_without_its_prefix_or_padding_is_understood():
    verify(standard_headers(BODY), SECRET.removeprefix("whsec_").rstrip("="))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "webhook-id": st.text(),
            "webhook-timestamp": st.text() | st.integers().map(str) | st.just(str(int(NOW.timestamp()))),
            "webhook-signature": st.text() | st.text().map(lambda text: f"v1,{text}"),
        },
    ),
    st.text() | st.just(SECRET),
    st.binary(),
)
def test_whatever_the_headers_hold_it_is_a_rejected_signature(headers, secret, body):
    with pytest.raises(SignatureRejected):
        verify(headers, secret, body=body)


def translate(body, headers=None):
    return StandardSource().translate(inbound(body, headers or {"webhook-id": "msg_1"}))


def test_the_body_is_one_event_of_ours():
    (event,) = translate(EVENT)
    assert event.type is EventType.PAGE_VIEWED
    assert event.occurred_at == NOW
    assert event.identity.email == "ada@example.com"
    assert event.identity.anonymous_id == "a-81"
    assert event.person.title == "CFO"
    assert event.facts.page == "pricing"
    assert event.delivery_id == "msg_1"


def test_the_envelope_of_the_specification_is_opened():
    data = {name: EVENT[name] for name in ("identity", "person", "facts")}
    envelope = {"type": EVENT["type"], "timestamp": EVENT["occurred_at"], "data": data}
    assert translate(envelope) == translate(EVENT)


def test_the_id_of_the_thing_in_an_envelope_is_not_the_events():
    data = {"id": "contact-1", "type": "contact", "identity": EVENT["identity"], "facts": EVENT["facts"]}
    envelope = {"type": EVENT["type"], "data": data}
    ids = [translate(envelope, {"webhook-id": name})[0].delivery_id for name in ("msg_1", "msg_2")]
    assert ids == ["msg_1", "msg_2"]


@pytest.mark.parametrize(
    "ids",
    [{f"v{n}": "1" for n in range(11)}, {"v" * 65: "1"}, {"crm": "1" * 256}],
    ids=["11", "name", "value"],
)
def test_ids_of_vendors_are_bounded(ids):
    with pytest.raises(FieldsRejected) as caught:
        translate({**EVENT, "identity": {"email": "ada@example.com", "vendor_ids": ids}})
    assert all(problem.field.startswith("identity.vendor_ids") for problem in caught.value.problems)


@pytest.mark.parametrize("none", ["undefined", "NULL", " None ", "NaN", "[object Object]"])
def test_what_a_script_writes_for_no_id_is_no_visitor(none):
    (event,) = translate({**EVENT, "identity": {"email": "ada@example.com", "anonymous_id": none}})
    assert event.identity.anonymous_id is None
    with pytest.raises(FieldsRejected):
        translate({**EVENT, "identity": {"anonymous_id": none}})


def test_an_events_own_id_comes_before_the_messages():
    (event,) = translate({**EVENT, "id": "evt-17"})
    assert event.delivery_id == "evt-17"


def test_several_events_are_told_apart_by_their_place():
    events = translate({"events": [EVENT, {**EVENT, "id": "evt-17"}, EVENT]})
    assert [event.delivery_id for event in events] == ["msg_1:0", "evt-17", "msg_1:2"]


def test_another_type_is_refused_with_those_that_are_known():
    with pytest.raises(FieldsRejected) as caught:
        translate({**EVENT, "type": "invoice.paid"})
    (problem,) = caught.value.problems
    assert problem.field == "type"
    assert "demo_requested" in problem.fix


def test_every_wrong_field_of_every_event_is_named():
    wrong = {**EVENT, "identity": {"email": "ada"}, "facts": {"page": "!", "employees": -1}}
    with pytest.raises(FieldsRejected) as caught:
        translate({"events": [EVENT, wrong, {}]})
    assert {problem.field for problem in caught.value.problems} == {
        "events[1].identity.email",
        "events[1].facts.page",
        "events[1].facts.employees",
        "events[2].type",
        "events[2].identity",
    }


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b"1", b'"\\ud800"', b"[" * 100_000, b'{"a": NaN}']
)
def test_a_body_that_is_no_json_object_cannot_be_read(body):
    with pytest.raises(BodyUnreadable):
        translate(body)


@pytest.mark.parametrize(
    "when",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-02",
        "2026-03-02T09:30:00",
        1772443800,
    ],
)
def test_a_time_that_cannot_be_is_refused(when):
    with pytest.raises(PayloadRejected) as caught:
        translate({**EVENT, "occurred_at": when})
    assert caught.value.field == "occurred_at"


def test_a_meeting_at_the_end_of_time_is_refused_by_its_field():
    meeting = {**EVENT, "type": "meeting_booked", "facts": {"starts_at": "9999-12-31T23:59:59-14:00"}}
    with pytest.raises(FieldsRejected) as caught:
        translate(meeting)
    (problem,) = caught.value.problems
    assert problem.field == "facts.starts_at"
    assert "9999" in problem.fix


def test_an_industry_in_our_own_shape_stays_as_it_is_given():
    (event,) = translate({**EVENT, "facts": {"page": "pricing", "industry": "Deep Sea Mining"}})
    assert event.facts.industry == "deep_sea_mining"


def test_no_window_tells_signed_events_apart():
    assert {(e.content_hash, e.dedupe_window) for e in translate({"events": [EVENT, EVENT]})} == {
        (None, None)
    }


def test_an_event_about_nobody_is_refused():
    with pytest.raises(PayloadRejected) as caught:
        translate({**EVENT, "identity": {"email": " ", "vendor_ids": {"crm": ""}}})
    assert caught.value.field == "identity"


def test_a_nul_character_never_reaches_the_store():
    (event,) = translate({**EVENT, "person": {"company": "A\x00B"}})
    assert event.person.company == "AB"


def test_null_is_as_good_as_absent():
    nothing = {"id": None, "occurred_at": None, "person": None, "facts": None}
    identity = {"email": "ada@example.com", "anonymous_id": None, "vendor_ids": None}
    (event,) = translate({**nothing, "type": "demo_requested", "identity": identity})
    assert event.delivery_id == "msg_1"
    assert event.occurred_at is None


def told(**parts):
    (event,) = StandardSource().translate(inbound({**EVENT, **parts}))
    return event


def test_an_address_tells_whether_its_provider_is_free():
    assert told().facts.free_email is False
    assert told(identity={"email": "Ada@Gmail.com"}).facts.free_email is True
    assert told(identity={"anonymous_id": "a-81"}).facts.free_email is None


def test_what_the_sender_says_of_a_mailbox_counts():
    event = told(identity={"email": "ada@gmail.com"}, facts={"page": "pricing", "free_email": False})
    assert event.facts.free_email is False


@pytest.mark.parametrize(
    ("country", "known_as"), [({"country": "DE"}, "+493012345678"), ({}, "030 12345678")]
)
def test_a_phone_number_is_read_in_the_country_of_its_event(country, known_as):
    event = told(person={"phone": "030 12345678"}, facts={"page": "pricing", **country})
    assert event.person.phone == known_as


def test_what_a_script_writes_for_no_id_is_no_vendors_id():
    with pytest.raises(FieldsRejected, match="names nobody"):
        told(identity={"vendor_ids": {"crm": "undefined", "other": "0"}})
    assert told(identity={"vendor_ids": {"crm": " c-1 ", "x": "-"}}).identity.vendor_ids == {"crm": "c-1"}


def test_ids_to_merge_come_from_vendors_alone():
    event = told(identity={"email": "ada@example.com", "merged_vendor_ids": ["crm:2"]})
    assert event.identity.merged_vendor_ids == ()


@pytest.mark.parametrize("prefix", ["webhook", "svix"])
def test_the_source_signs_as_it_verifies(prefix):
    source = StandardSource(header_prefix=prefix)
    headers = source.sign(BODY, SECRET, NOW, "https://leads.example.com/webhooks/standard")
    assert headers.items() >= {"content-type": "application/json"}.items()
    verify(headers, source=source)
    with pytest.raises(SignatureRejected):
        verify(headers, source=source, body=BODY + b" ")


def test_nothing_is_signed_with_a_secret_that_is_none():
    with pytest.raises(ValueError, match="not base64"):
        StandardSource().sign(BODY, "!", NOW, "")


@pytest.mark.parametrize("number", [5, 1_768_469_400_000, -0.5, True])
def test_a_number_is_no_address_and_names_nobody(number):
    with pytest.raises(PayloadRejected) as caught:
        told(identity={"email": number, "anonymous_id": "a-81"})
    assert caught.value.field == "identity.email"


def test_a_zero_is_nobodys_id_written_as_a_number_either():
    assert told(identity={"email": "ada@example.com", "anonymous_id": 0}).identity.anonymous_id is None


@pytest.mark.parametrize("name", ["ada@example.com", "", "a:b", "x" * 65, "anonymous", "email", "crm\n"])
def test_a_vendor_is_named_by_a_word_that_means_nothing_else_and_no_answer_repeats_it(name):
    with pytest.raises(FieldsRejected) as caught:
        told(identity={"vendor_ids": {"crm": "7", name: "ada@example.com"}})
    assert [problem.field for problem in caught.value.problems] == ["identity.vendor_ids"]
    assert "ada" not in caught.value.problems[0].fix
