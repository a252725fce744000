from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from leadworkflows.activities.sendgrid import SendGridSender
from leadworkflows.domain.decisions import Outcome
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import EmailFacts
from leadworkflows.sources.base import Identity, InboundEvent
from tests.activities.conftest import TIMEOUT_S
from tests.vendors.sendgrid import too_many
from tests.vendors.server import Answer, Hang, ResetAfterAccepting, ResetBeforeReading

KEY = "lead:1:test:1"
PERSONAL = ("ada", "lovelace", "example gmbh", "1234567")


async def reported(store, source="sendgrid"):
    """SendGrid's event webhook tells that the mail was delivered."""
    facts = EmailFacts(key=KEY, content="demo-confirmation")
    ada = Identity(email="ada@example.com")
    told = InboundEvent(delivery_id=f"{KEY}:d", type=EventType.EMAIL_DELIVERED, identity=ada, facts=facts)
    await store.inbox.accept(source, [told], datetime.now(UTC), classify=lambda _title: {})


async def send(performer):
    return await performer.perform("email.send", content="demo-confirmation")


async def test_a_mail_that_sendgrid_takes_is_confirmed_with_its_id(performer, sendgrid, store):
    result = await send(performer)
    effect = await store.effects.get(KEY)
    assert result.outcome is Outcome.CONFIRMED
    assert effect.status == "confirmed"
    assert effect.vendor_id
    assert sendgrid.keys() == [KEY]


async def test_the_mail_carries_its_key_its_lead_and_the_one_click_link(performer, sendgrid, ada):
    await send(performer)
    mail = sendgrid.accepted[0]
    one = mail["personalizations"][0]
    assert one["to"] == [{"email": "ada@example.com", "name": "Ada Lovelace"}]
    assert one["custom_args"] == {"message_key": KEY, "lead_id": ada, "content": "demo-confirmation"}
    assert one["headers"]["List-Unsubscribe"] == "<https://leads.example.com/unsubscribe/opaque>"
    assert mail["categories"] == ["confirmation", "demo-confirmation"]
    assert "Hello Ada" in mail["content"][0]["value"]


async def test_a_link_without_tls_stays_out_of_the_headers(performer, sendgrid):
    performer.unsubscribe = "http://localhost:8080/unsubscribe/opaque"
    await send(performer)
    assert "headers" not in sendgrid.accepted[0]["personalizations"][0]
    assert performer.unsubscribe in sendgrid.accepted[0]["content"][0]["value"]


async def test_asking_again_gives_the_first_result_without_a_call(performer, sendgrid):
    first = await send(performer)
    assert await send(performer) == first
    assert len(sendgrid.calls) == 1


async def test_a_throttled_mail_waits_until_the_second_that_sendgrid_names(performer, sendgrid):
    opens = datetime.now(UTC) + timedelta(seconds=90)
    sendgrid.fail(too_many(int(opens.timestamp())))
    result = await send(performer)
    assert result.outcome is Outcome.CONFIRMED
    assert timedelta(seconds=80) < performer.raised[0].next_retry_delay <= timedelta(seconds=91)
    assert sendgrid.keys() == [KEY]


@pytest.mark.parametrize(
    ("reset", "delay"),
    [("0", 1), ("soon", 30), (None, 30), ("99999999999999999999", 30), ("99999999999", 3600)],
)
async def test_an_odd_reset_header_still_gives_a_sensible_delay(performer, sendgrid, reset, delay):
    sendgrid.fail(Answer(429, {} if reset is None else {"X-RateLimit-Reset": reset}))
    await send(performer)
    assert performer.raised[0].next_retry_delay == timedelta(seconds=delay)


async def test_a_server_error_is_tried_again(performer, sendgrid):
    sendgrid.fail(Answer(500), Answer(503))
    result = await send(performer)
    assert result.outcome is Outcome.CONFIRMED
    assert [error.type for error in performer.raised] == ["VendorUnavailable"] * 2
    assert sendgrid.keys() == [KEY]


async def test_a_throttled_or_failed_mail_is_released_for_the_next_attempt(performer, sendgrid):
    sendgrid.fail(Answer(500))
    with pytest.raises(AssertionError):
        await performer.perform("email.send", attempts=1, content="demo-confirmation")
    assert await performer.status() == "released"


@pytest.mark.parametrize("fault", [Hang(accept=True), ResetAfterAccepting()], ids=["hangs", "resets"])
async def test_a_mail_that_left_without_an_answer_is_not_sent_again(performer, sendgrid, fault):
    sendgrid.fail(fault)
    result = await send(performer)
    assert sendgrid.keys() == [KEY]
    assert len(sendgrid.calls) == 1
    assert result.outcome is Outcome.UNKNOWN
    assert "did not answer" in result.detail
    assert "not repeated" in result.detail


async def test_a_mail_that_may_have_left_is_rather_missed_than_sent_twice(performer, sendgrid):
    sendgrid.fail(Hang())
    result = await send(performer)
    assert (sendgrid.keys(), result.outcome) == ([], Outcome.UNKNOWN)


async def test_a_connection_dropped_before_it_was_read_is_sorted_by_what_was_sent(performer, sendgrid):
    """Whether the reset comes during or after our sending is up to the network; both are told apart."""
    sendgrid.fail(ResetBeforeReading())
    result = await send(performer)
    assert (result.outcome, performer.raised[0].type, sendgrid.keys()) in [
        (Outcome.CONFIRMED, "VendorUnavailable", [KEY]),
        (Outcome.UNKNOWN, "OutcomeUnknown", []),
    ]


async def test_a_gateway_that_gave_up_waiting_leaves_it_open_whether_the_mail_left(performer, sendgrid):
    sendgrid.fail(Answer(504))
    assert (await send(performer)).outcome is Outcome.UNKNOWN


async def test_the_event_webhook_settles_what_the_lost_answer_left_open(performer, sendgrid, store):
    sendgrid.fail(ResetAfterAccepting())
    with pytest.raises(AssertionError):
        await performer.perform("email.send", attempts=1, content="demo-confirmation")
    await reported(store)
    result = await send(performer)
    assert result.outcome is Outcome.CONFIRMED
    assert result.detail == "SendGrid reported the mail by its event webhook"
    assert sendgrid.keys() == [KEY]


async def test_an_unknown_outcome_is_settled_when_the_event_webhook_tells_of_the_mail(
    performer, sendgrid, store
):
    sendgrid.fail(ResetAfterAccepting())
    assert (await send(performer)).outcome is Outcome.UNKNOWN
    assert [each.key for each in await store.effects.stuck()] == [KEY]
    await reported(store)
    assert await performer.status() == "confirmed"
    assert await store.effects.stuck() == []
    assert (await send(performer)).outcome is Outcome.CONFIRMED


@pytest.mark.parametrize("status", ["failed", "withheld"])
async def test_what_the_event_webhook_tells_changes_no_final_outcome(performer, store, status):
    await store.effects.reserve(KEY, performer.lead_id, "email.send", performer.now)
    await store.effects.settle(KEY, status, performer.now)
    await reported(store)
    assert await performer.status() == status


async def test_an_event_of_another_source_settles_nothing(performer, store):
    await store.effects.reserve(KEY, performer.lead_id, "email.send", performer.now)
    await reported(store, source="standard")
    assert await performer.status() == "reserved"


async def test_an_attempt_that_finds_a_reservation_asks_the_store_first(performer, sendgrid, store):
    """The event may be kept between the attempt's look at the reservation and its question."""

    async def left(key: str) -> bool:
        await reported(store)
        known: bool = await store.effects.left(key)
        return known

    performer.email = SendGridSender("SG.test", sendgrid.url, "sales@example.com", left=left)
    await store.effects.reserve(KEY, performer.lead_id, "email.send", performer.now)
    assert (await send(performer)).outcome is Outcome.CONFIRMED
    assert sendgrid.calls == []


async def test_a_crash_between_the_answer_and_the_confirmation_sends_nothing_twice(
    performer, sendgrid, store
):
    await store.effects.reserve(KEY, performer.lead_id, "email.send", performer.now)
    assert (await send(performer)).outcome is Outcome.UNKNOWN
    assert sendgrid.calls == []


async def test_an_address_where_nobody_listens_is_certainly_no_mail(performer, sendgrid):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        listening = performer.email
        performer.email = SendGridSender("SG.test", nobody, "sales@example.com", timeout_s=TIMEOUT_S)
        with pytest.raises(AssertionError):
            await performer.perform("email.send", attempts=1, content="demo-confirmation")
    assert "connection refused" in performer.raised[0].message
    performer.email = listening
    assert (await send(performer)).outcome is Outcome.CONFIRMED
    assert sendgrid.keys() == [KEY]


async def test_a_host_that_does_not_exist_is_certainly_no_mail(performer):
    performer.email = SendGridSender("SG.test", "http://sendgrid.invalid", "s@example.com", timeout_s=5)
    with pytest.raises(AssertionError):
        await performer.perform("email.send", attempts=1, content="demo-confirmation")
    assert performer.raised[0].type == "VendorUnavailable"
    assert await performer.status() == "released"


async def test_a_final_refusal_says_the_code_and_the_remedy(performer, sendgrid):
    performer.email = SendGridSender("SG.test", sendgrid.url, "no address", timeout_s=TIMEOUT_S)
    result = await send(performer)
    assert result.outcome is Outcome.FAILED
    assert "400 (from.email); correct what SendGrid names" in result.detail
    assert len(sendgrid.calls) == 1


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "401; check LEADWORKFLOWS_SENDGRID_API_KEY"),
        (403, "403; give the key the Mail Send permission"),
        (404, "404; check LEADWORKFLOWS_SENDGRID_BASE_URL"),
        (307, "307; check LEADWORKFLOWS_SENDGRID_BASE_URL"),
    ],
)
async def test_what_a_person_can_mend_leaves_the_mail_stuck_and_then_it_leaves(
    performer, sendgrid, store, status, says
):
    sendgrid.fail(Answer(status))
    with pytest.raises(AssertionError):
        await performer.perform("email.send", attempts=1, content="demo-confirmation")
    (stuck,) = await store.effects.stuck()
    assert (stuck.key, stuck.status) == (KEY, "stuck")
    assert says in stuck.detail
    assert performer.raised[0].next_retry_delay == timedelta(minutes=5)
    assert (await send(performer)).outcome is Outcome.CONFIRMED
    assert sendgrid.keys() == [KEY]


async def test_what_is_said_of_a_failure_names_nobody(performer, sendgrid):
    quoting = b'{"errors": [{"message": "ada@example.com is bad", "field": "ada@example.com"}]}'
    sendgrid.fail(Answer(500, {}, quoting), ResetAfterAccepting())
    unknown = await send(performer)
    sendgrid.fail(Answer(400, {}, quoting))
    refused = await performer.perform("email.send", key="lead:1:test:2", content="demo-confirmation")
    said = [unknown.detail, refused.detail, *(str(error) for error in performer.raised)]
    assert not [word for word in PERSONAL for line in said if word in line.lower()]


async def test_a_mail_to_a_suppressed_address_is_withheld(performer, sendgrid, store):
    await store.suppressions.add("ada@example.com", "unsubscribed", performer.now)
    result = await send(performer)
    assert result.outcome is Outcome.WITHHELD
    assert "unsubscribed" in result.detail
    assert sendgrid.calls == []


async def test_an_unsubscription_between_two_attempts_is_honoured(performer, sendgrid, store):
    sendgrid.fail(Answer(500))
    with pytest.raises(AssertionError):
        await performer.perform("email.send", attempts=1, content="demo-confirmation")
    await store.suppressions.add("ada@example.com", "unsubscribed", performer.now)
    assert (await send(performer)).outcome is Outcome.WITHHELD


async def test_a_lead_that_is_no_longer_on_record_gets_nothing(performer, sendgrid):
    performer.lead_id = "gone"
    assert (await send(performer)).outcome is Outcome.WITHHELD
    assert sendgrid.calls == []


async def test_a_content_that_does_not_exist_fails_and_says_so(performer):
    result = await performer.perform("email.send", content="no-such-thing")
    assert result.outcome is Outcome.FAILED
    assert "no-such-thing.md" in result.detail


@pytest.mark.parametrize("status", [200, 204])
async def test_an_answer_that_is_no_acceptance_names_the_base_url(performer, sendgrid, store, status):
    sendgrid.fail(Answer(status))
    await send(performer)
    effect = await store.effects.get(KEY)
    assert effect.status == "failed"
    assert "LEADWORKFLOWS_SENDGRID_BASE_URL" in effect.detail
