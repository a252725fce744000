from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows import sources
from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import PayloadRejected, SignatureRejected
from leadworkflows.sources.sendgrid import SendGridEventsSource
from tests.sources.inbound import NOW, inbound, of_vector, vectors
from tests.sources.mutants import JSON_VALUES, mutants, sample_of

VECTORS = {vector["id"]: vector for vector in vectors("sendgrid_events")}
SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
BODY = b'[{"email":"ada@example.com"}]\r\n'
KEY = "lead:50f6:nurture.finance.1:1"
PRIVATE = ec.generate_private_key(ec.SECP256R1())


def private_pem(key=PRIVATE, form=PrivateFormat.PKCS8):
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def private_der(key=PRIVATE):
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def public_der(key=PRIVATE):
    raw = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(raw).decode()


def public_pem(key=PRIVATE):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


PUBLIC = public_der()


def sign(body=BODY, at=NOW, secret=None):
    return SendGridEventsSource().sign(body, secret or private_pem(), at, "https://leads.example.com/")


def verify(headers, secret=PUBLIC, body=BODY, now=NOW):
    SendGridEventsSource().verify(inbound(body, headers), secret, now)


def translate(*events):
    return SendGridEventsSource().translate(inbound(list(events)))


def happening(event="open", **more):
    known = {"email": "ada@example.com", "timestamp": 1772443800, "sg_message_id": "m.recvd-1.0"}
    return {**known, "event": event, "sg_event_id": "e1", **more}


def type_of(*args, **more):
    events = translate(happening(*args, **more))
    return events[0].type if events else None


# Signatures


@pytest.mark.parametrize("vector", VECTORS.values(), ids=lambda vector: vector["id"])
def test_every_vector_gives_what_it_says(vector):
    stamp = vector["headers"]["X-Twilio-Email-Event-Webhook-Timestamp"]
    now = datetime.fromtimestamp(int(stamp), UTC) if stamp.isdigit() else NOW
    try:
        sources.get("sendgrid").verify(of_vector(vector), vector["public_key"], now)
    except SignatureRejected:
        assert not vector["expected"]["valid"]
    else:
        assert vector["expected"]["valid"]


def test_every_vector_that_is_valid_is_not_without_its_line_ends():
    vector = VECTORS["sg-official-single"]
    shorter = {**vector, "raw_body": vector["raw_body"].rstrip("\r\n")}
    with pytest.raises(SignatureRejected, match="does not fit"):
        SendGridEventsSource().verify(
            of_vector(shorter), vector["public_key"], datetime.fromtimestamp(1600112502, UTC)
        )


@pytest.mark.parametrize("public", [PUBLIC, public_pem(), public_pem().replace("\n", "\\n"), f" {PUBLIC}\n"])
@pytest.mark.parametrize("private", [private_pem(), private_der()])
def test_what_is_signed_verifies_with_each_spelling_of_the_public_key(private, public):
    verify(sign(secret=private), public)


@pytest.mark.parametrize("minutes", [-11, 11, -60 * 24 * 365, 60 * 24 * 365])
def test_a_replay_from_the_past_or_the_future_is_refused(minutes):
    with pytest.raises(SignatureRejected, match="more than ten minutes"):
        verify(sign(at=NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize("minutes", [-9, 9])
def test_ten_minutes_are_tolerated_both_ways(minutes):
    verify(sign(at=NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("", "no public key"),
        ("not base64!", "no public key"),
        ("Ä", "no public key"),
        (base64.b64encode(b"not DER").decode(), "no public key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public key"),
        ("SG.abc.def", "API key of SendGrid"),
        (private_pem(), "private key"),
        (private_der(), "no public key"),
        (public_der(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        (public_der(ed25519.Ed25519PrivateKey.generate()), "P-256"),
    ],
    ids=[
        "empty",
        "no base64",
        "no ASCII",
        "no DER",
        "no PEM",
        "API key",
        "private PEM",
        "private DER",
        "another curve",
        "Ed25519",
    ],
)
def test_a_setting_that_is_no_verification_key_is_explained(secret, says):
    with pytest.raises(SignatureRejected, match=says) as caught:
        verify(sign(), secret)
    assert not secret or secret not in str(caught.value)


def test_what_another_key_signed_is_refused():
    with pytest.raises(SignatureRejected, match="does not fit"):
        verify(sign(secret=private_pem(ec.generate_private_key(ec.SECP256R1()))))


@pytest.mark.parametrize("secret", ["", "nonsense", PUBLIC, public_pem(), "Ä"])
def test_nothing_can_be_signed_without_a_private_key(secret):
    with pytest.raises(ValueError, match="private key"):
        SendGridEventsSource().sign(BODY, secret, NOW, "")


@pytest.mark.parametrize(
    "stamp",
    ["", " ", "soon", "-1", "+1772443800", "1772443800.0", "1e9", "01772443800", "١٧٧٢٤٤٣٨٠٠", "9" * 400],
)
def test_a_timestamp_that_is_no_plain_number_is_a_rejected_signature(stamp):
    with pytest.raises(SignatureRejected):
        verify({**sign(), TIMESTAMP: stamp})


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "=",
        "!",
        "Ä",
        "AAAA",
        "A" * 100_000,
        "MEUCIQ==",
        base64.b64encode(b"\x30\x06\x02\x01\x00").decode(),
    ],
)
def test_a_signature_that_is_no_signature_is_rejected(signature):
    with pytest.raises(SignatureRejected):
        verify({**sign(), SIGNATURE: signature})


@pytest.mark.parametrize("missing", [SIGNATURE, TIMESTAMP])
def test_a_missing_header_is_named(missing):
    headers = sign()
    del headers[missing]
    with pytest.raises(SignatureRejected, match=missing):
        verify(headers)


@given(st.text(), st.text() | st.just(str(int(NOW.timestamp()))), st.text() | st.just(PUBLIC), st.binary())
def test_whatever_the_headers_and_the_key_hold_it_is_a_rejected_signature(signature, stamp, secret, body):
    with pytest.raises(SignatureRejected):
        verify({SIGNATURE: signature, TIMESTAMP: stamp}, secret, body)


# What became of our mails


@pytest.mark.parametrize(
    ("event", "more", "expected"),
    [
        ("delivered", {}, EventType.EMAIL_DELIVERED),
        ("open", {}, EventType.EMAIL_OPENED),
        ("open", {"sg_machine_open": False}, EventType.EMAIL_OPENED),
        ("open", {"sg_machine_open": True}, EventType.EMAIL_OPENED),
        ("click", {"url": "https://example.com/roi"}, EventType.EMAIL_CLICKED),
        ("click", {"url": "https://leads.example.com/unsubscribe/abc"}, None),
        ("click", {"url": "https://leads.example.com/preferences/abc"}, None),
        ("spamreport", {}, EventType.EMAIL_SPAM_REPORTED),
        ("unsubscribe", {}, EventType.UNSUBSCRIBED),
        ("group_unsubscribe", {"asm_group_id": 7}, EventType.UNSUBSCRIBED),
        ("group_resubscribe", {"asm_group_id": 7}, None),
        ("processed", {}, None),
        ("deferred", {}, None),
        ("something_new", {}, None),
        ("bounce", {"type": "bounce"}, EventType.EMAIL_BOUNCED),
        ("bounce", {}, EventType.EMAIL_BOUNCED),
        ("bounce", {"type": "blocked"}, None),
        ("dropped", {"reason": "Bounced Address"}, EventType.EMAIL_BOUNCED),
        ("dropped", {"reason": "Invalid"}, EventType.EMAIL_BOUNCED),
        ("dropped", {"reason": "Unsubscribed Address"}, EventType.UNSUBSCRIBED),
        ("dropped", {"reason": "Spam Reporting Address"}, EventType.EMAIL_SPAM_REPORTED),
        ("dropped", {"reason": "Spam Content (if Spam Checker app is enabled)"}, None),
        ("dropped", {"reason": "Recipient List over Package Quota"}, None),
        ("dropped", {}, None),
    ],
)
def test_each_event_of_a_mail_is_what_it_says_of_the_lead(event, more, expected):
    assert type_of(event, **more) is expected


def test_a_mail_of_ours_names_its_content_and_the_effect_that_sent_it():
    (event,) = translate(happening("open", message_key=KEY, content="roi-study", lead_id="50f6"))
    assert event.facts.key == KEY
    assert event.facts.content == "roi_study"
    assert event.identity.email == "ada@example.com"
    assert event.occurred_at == NOW


def test_arguments_of_other_senders_reach_no_facts():
    (event,) = translate(happening("open", message_key="ada@example.com", content="Dear Ada, your invoice"))
    assert event.facts.model_dump(exclude_defaults=True) == {}


def test_the_vectors_drop_ends_the_contact_with_its_reason_in_the_notes():
    request = of_vector(VECTORS["sg-official-single"])
    (event,) = SendGridEventsSource().translate(request)
    assert event.type is EventType.EMAIL_BOUNCED
    assert event.notes == {"reason": "Bounced Address"}


def test_a_full_mailbox_does_not_end_the_contact():
    assert SendGridEventsSource().translate(of_vector(VECTORS["sg-official-multi"])) == []


# Repetitions


def ids(*events):
    return [event.delivery_id for event in translate(*events)]


def test_a_repetition_with_another_event_id_is_the_same_delivery():
    first, second = ids(happening("open", sg_event_id="a"), happening("open", sg_event_id="b"))
    assert first == second


def test_a_late_event_without_a_message_id_goes_by_our_own_key():
    late = happening("bounce", message_key=KEY, sg_message_id=None)
    assert ids(late, {**late, "sg_event_id": "other"}) == [f"{KEY}:bounce:1772443800"] * 2


def test_other_mails_other_seconds_other_events_and_other_links_are_other_deliveries():
    told_apart = ids(
        happening("open"),
        happening("open", sg_message_id="m.recvd-1.1"),
        happening("open", timestamp=1772443801),
        happening("delivered"),
        happening("click", url="https://example.com/a"),
        happening("click", url="https://example.com/b"),
        happening("open", message_key=KEY),
        happening("open", sg_message_id=None),
    )
    assert len(set(told_apart)) == 8


def test_a_key_that_another_sender_gives_all_its_mails_makes_them_not_one():
    one, other = (
        happening("open", message_key="spring", sg_message_id=mail, email=f"{mail}@example.com")
        for mail in ("ada", "bob")
    )
    assert len(set(ids(one, other))) == 2
    assert all(event.facts.key is None for event in translate(one, other))


def test_an_event_that_nothing_names_is_refused():
    with pytest.raises(PayloadRejected, match="sg_event_id"):
        translate({"email": "ada@example.com", "event": "open"})


# What cannot be read


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (17, "[1]"),
        (happening("open", email="no address"), "[1].email"),
        (happening("open", timestamp="yesterday"), "[1].timestamp"),
        (happening("open", timestamp=10**30), "[1].timestamp"),
        (happening("open", timestamp=True), "[1].timestamp"),
        (happening(None), "[1].event"),
    ],
)
def test_one_event_that_cannot_be_read_costs_none_of_the_others(broken, field):
    opened, clicked = translate(happening("open"), broken, happening("click"))
    assert (opened.type, clicked.type) == (EventType.EMAIL_OPENED, EventType.EMAIL_CLICKED)
    assert opened.notes["left out"][0].startswith(f"{field} ")
    assert "left out" not in clicked.notes


def test_a_batch_of_which_nothing_can_be_taken_is_refused():
    with pytest.raises(PayloadRejected) as caught:
        translate(happening("processed"), happening("open", email="no address"))
    assert caught.value.field == "[1].email"
    assert "no address" not in str(caught.value)


@pytest.mark.parametrize("body", [b"{}", b"17", b"null", b'"x"', b"", b"[", b"\xff"])
def test_what_is_no_list_is_refused(body):
    with pytest.raises(PayloadRejected):
        SendGridEventsSource().translate(inbound(body))


@given(st.lists(JSON_VALUES | mutants(sample_of("sendgrid")[1])) | JSON_VALUES)
def test_any_batch_is_understood_or_rejected(batch):
    try:
        events = SendGridEventsSource().translate(inbound(json.dumps(batch).encode()))
    except PayloadRejected:
        return
    assert all(event.delivery_id and event.identity.email for event in events)
