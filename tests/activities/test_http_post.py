from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from leadworkflows.activities.http_post import HttpParams, HttpPost, message_id
from leadworkflows.cli.policy_check import check_policy
from leadworkflows.domain.decisions import Outcome
from leadworkflows.outgoing.client import OutgoingClient
from leadworkflows.policies.loader import DEFAULT_POLICY, PolicyRejected
from tests.vendors.receiver import SECRET, Receiver
from tests.vendors.server import Answer, Hang, ResetAfterAccepting

PATIENCE_S = 2.0
"""Long enough for a busy machine to answer; a receiver that hangs is waited for as long."""

ID = message_id("lead:1:test:1")


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture
async def posting(performer, receiver):
    """Private addresses are allowed: the receiver listens on this machine."""
    client = OutgoingClient(allow_private=True, timeout_s=PATIENCE_S)
    given = {"outgoing": client, "http_secrets": {"default": SECRET}}
    performer.more["http.post"] = lambda services: HttpPost(replace(services, **given))
    yield performer
    await client.aclose()


async def post(performer, receiver, attempts=4, **params):
    return await performer.perform("http.post", attempts, url=f"{receiver.url}/leads", **params)


async def test_a_signed_post_arrives_once_with_an_id_of_its_own(posting, receiver):
    result = await post(posting, receiver)
    assert result.outcome is Outcome.CONFIRMED
    assert list(receiver.deliveries) == [ID]
    assert await post(posting, receiver) == result
    assert len(receiver.calls) == 1


def test_an_id_holds_no_full_stop_which_the_signature_uses_between_its_parts():
    keys = ["lead:1:sql.1.http.post:1", "lead:1:sql.1.http.post:2", "lead:1:again.münchen.1:1"]
    ids = [message_id(key) for key in keys]
    assert len(set(ids)) == 3
    assert not [each for each in ids if "." in each or not each.isascii()]


async def test_the_body_says_what_happened_and_how_the_lead_stands(posting, receiver, store, ada):
    score = {"total": 60, "fit": 20, "contributions": []}
    await store.timeline.record(
        ada, [], {"lead_id": ada, "stage": "mql", "score": score, "segment": "smb"}, 3
    )
    posting.facts = {"score": 72}
    await post(posting, receiver)
    (body,) = receiver.accepted
    assert body["type"] == "lead.sql"
    assert body["timestamp"] == posting.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert body["data"]["lead_id"] == ada
    assert (body["data"]["stage"], body["data"]["segment"]) == ("sql", "smb")
    assert body["data"]["score"] == {"total": 72, "fit": 20, "contributions": []}


async def test_nobody_is_named_unless_the_policy_asks_for_it(posting, receiver):
    await post(posting, receiver)
    said = receiver.calls[0].body.decode().lower()
    assert not [word for word in ("ada@", "lovelace", "example gmbh", "1234567") if word in said]
    await post(posting, receiver, key="lead:1:test:2", include_person=True)
    assert receiver.accepted[1]["data"]["person"] == {
        "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace", "title": "CFO",
        "company": "Example GmbH", "phone": "+49 30 1234567",
    }  # fmt: skip


async def test_type_and_headers_are_as_the_policy_says(posting, receiver):
    await post(posting, receiver, type="deal.won", headers={"X-Team": "emea"})
    assert receiver.accepted[0]["type"] == "deal.won"
    assert receiver.calls[0].headers["x-team"] == "emea"


@pytest.mark.parametrize(
    "fault", [Answer(500), Answer(503), Answer(408), Answer(409), Answer(425), Hang(accept=True),
              ResetAfterAccepting()], ids=lambda fault: str(fault)[:10]
)  # fmt: skip
async def test_a_post_that_may_have_failed_is_repeated_under_the_same_id(posting, receiver, fault):
    receiver.fail(fault)
    assert (await post(posting, receiver)).outcome is Outcome.CONFIRMED
    assert list(receiver.deliveries) == [ID]
    assert {call.headers["webhook-id"] for call in receiver.calls} == {ID}
    assert len(receiver.calls) == 2


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (Answer(429, {"Retry-After": "30"}), 30),
        (Answer(429), 60),
        (Answer(429, {"Retry-After": "999999"}), 3600),
        (Answer(503, {"Retry-After": "5"}), 5),
        (Answer(429, {"Retry-After": "0"}), 1),
    ],
)
async def test_a_receiver_that_asks_to_wait_is_left_in_peace(posting, receiver, fault, waits):
    receiver.fail(fault)
    assert (await post(posting, receiver)).outcome is Outcome.CONFIRMED
    assert posting.raised[0].next_retry_delay == timedelta(seconds=waits)


@pytest.mark.parametrize(
    ("status", "says"),
    [(410, "take the action out of the policy"), (401, "the secret"), (404, "correct the address"),
     (301, "redirects are not followed"), (422, "receiver's log")],
)  # fmt: skip
async def test_a_final_answer_ends_it_with_the_remedy(posting, receiver, status, says):
    receiver.fail(Answer(status, {"Location": "http://example.com/"}))
    result = await post(posting, receiver)
    assert result.outcome is Outcome.FAILED
    assert says in result.detail
    assert len(receiver.calls) == 1


async def test_a_secret_that_nobody_set_is_stuck_and_names_the_setting(posting, receiver):
    with pytest.raises(AssertionError):
        await post(posting, receiver, attempts=1, secret="billing")
    assert posting.raised[0].type == "VendorBlocked"
    assert "LEADWORKFLOWS_HTTP_SECRETS__BILLING" in posting.raised[0].message
    assert receiver.calls == []


async def test_a_private_address_is_refused_unless_it_is_allowed(posting, receiver):
    guarded = OutgoingClient()
    given = {"outgoing": guarded, "http_secrets": {"default": SECRET}}
    posting.more["http.post"] = lambda services: HttpPost(replace(services, **given))
    with pytest.raises(AssertionError):
        await posting.perform("http.post", 1, url=receiver.url.replace("http:", "https:"))
    await guarded.aclose()
    assert posting.raised[0].type == "VendorBlocked"
    assert "LEADWORKFLOWS_ALLOW_PRIVATE_ADDRESSES" in posting.raised[0].message
    assert receiver.calls == []


async def test_another_secret_is_not_taken_by_the_receiver(posting, receiver):
    receiver.secret = "whsec_" + "QUJD" * 8
    assert (await post(posting, receiver)).outcome is Outcome.FAILED
    assert receiver.accepted == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "leads"},
        {"url": "https://ada:hush@example.com/"},
        {"headers": {"Host": "example.org"}},
        {"headers": {"Webhook-Signature": "v1,abc"}},
        {"headers": {"Authorization": "Bearer hush"}},
        {"headers": {"X-Team": "a\r\nb: c"}},
        {"headers": {"X Team": "a"}},
        {"secret": "Default"},
        {"type": "lead sql"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_policy_that_could_not_be_posted_is_refused(wrong):
    with pytest.raises(ValidationError):
        HttpParams.model_validate({"url": "https://example.com/leads", **wrong})


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ("{url: example.com/leads}", "expected an address such as https://"),
        ('{url: "https://example.com/", headers: {Host: example.org}}', "the header Host"),
        ("{secret: default}", "url"),
    ],
)
def test_the_check_of_a_policy_names_the_action_and_the_fix(tmp_path, params, says):
    file = tmp_path / "policy.yaml"
    written = 'slack.alert: {channel: "#sales", template: new-mql}'
    text = DEFAULT_POLICY.read_text()
    assert written in text
    file.write_text(text.replace(written, f"http.post: {params}"))
    with pytest.raises(PolicyRejected) as caught:
        check_policy(file)
    assert says in str(caught.value)
    assert "on" in str(caught.value)
