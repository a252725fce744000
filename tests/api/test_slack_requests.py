"""Only Slack's own requests are believed, and its questions are answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from leadworkflows.api.requests import MAX_BODY
from tests.api.edge import problem
from tests.api.slacked import FORM, SECRET, Slacked, signed

VECTORS = json.loads((Path(__file__).parent / "vectors" / "slack.json").read_text())["vectors"]


def test_the_vectors_are_there():
    assert len(VECTORS) == 5
    assert {vector["expected"]["valid"] for vector in VECTORS} == {True, False}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
async def test_each_vector_is_judged_right(opened, store, settings, slack_side, vector):
    told = settings.model_copy(update={"slack_signing_secret": SecretStr(vector["secret"])})
    edge = await opened(store, told, slack=slack_side)
    edge.now = datetime.fromtimestamp(vector["now"], UTC)
    path = "interactions" if "payload=" in vector["raw_body"] else "commands"
    response = await edge.client.post(
        f"/slack/{path}", content=vector["raw_body"].encode(), headers=vector["headers"]
    )
    assert (response.status_code == 200) is vector["expected"]["valid"], response.text
    if not vector["expected"]["valid"]:
        problem(response, 401)


@pytest.mark.parametrize("path", ["interactions", "commands", "events"])
@pytest.mark.parametrize(
    "changes",
    [
        {"x-slack-signature": ""},
        {"x-slack-signature": "v0="},
        {"x-slack-signature": "v1=" + "0" * 64},
        {"x-slack-signature": "v0=" + "é" * 64},
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "now"},
        {"x-slack-request-timestamp": "1_768_469"},
        {"x-slack-request-timestamp": " 1768469400"},
        {"x-slack-request-timestamp": "-1768469400"},
        {"x-slack-request-timestamp": "9" * 12},
        {"x-slack-request-timestamp": "9" * 5000},
        {"x-slack-request-timestamp": "²"},
    ],
    ids=str,
)
async def test_headers_that_prove_nothing_are_a_401(slacked, path, changes):
    headers = {"content-type": FORM, **signed(b"text=x", slacked.edge.now), **changes}
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    response = await slacked.edge.client.post(f"/slack/{path}", content=b"text=x", headers=raw)
    problem(response, 401)


@pytest.mark.parametrize(("off", "status"), [(300, 200), (-300, 200), (301, 401), (-301, 401)])
async def test_a_signature_holds_five_minutes_in_both_directions(slacked, off, status):
    body = b"command=%2Flead&text="
    headers = {"content-type": FORM, **signed(body, slacked.edge.now + timedelta(seconds=off))}
    response = await slacked.edge.client.post("/slack/commands", content=body, headers=headers)
    assert response.status_code == status


async def test_a_body_that_is_no_text_is_refused(slacked):
    headers = {"content-type": FORM, **signed(b"x", slacked.edge.now)}
    problem(await slacked.edge.client.post("/slack/commands", content=b"\xff\xfe", headers=headers), 401)


async def test_without_a_signing_secret_the_answer_names_the_setting(edge):
    form = {"content-type": FORM}
    response = await edge.client.post("/slack/interactions", content=b"payload=", headers=form)
    assert "LEADWORKFLOWS_SLACK_SIGNING_SECRET" in problem(response, 401)["detail"]


async def test_a_process_without_slack_says_so(opened, store, slack_settings, slack):
    alone = Slacked(await opened(store, slack_settings), slack)
    problem(await alone.send("commands", b"command=%2Flead&text=x"), 503)


async def test_a_look_at_the_certificate_is_answered_unsigned(edge):
    response = await edge.client.post("/slack/commands", content=b"token=x&ssl_check=1")
    assert (response.status_code, response.content) == (200, b"")


async def test_the_address_proves_that_it_is_ours_by_echoing_the_challenge(slacked):
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    response = await slacked.send("events", body, "application/json")
    assert response.json() == {"challenge": "3eZbrw1aB"}
    other = json.dumps({"type": "event_callback", "event": {"type": "app_home_opened"}}).encode()
    assert (await slacked.send("events", other, "application/json")).status_code == 200


async def test_a_body_over_one_mebibyte_is_a_413(slacked):
    problem(await slacked.send("interactions", b"payload=" + b"x" * MAX_BODY), 413)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"payload=", 400),
        (b"payload=%5B%5D", 400),
        (b"payload=nonsense", 400),
        (b"payload=" + b"%5B" * 5000, 400),
        (b"a=b&" * 200, 400),
        (b"payload=%7B%7D", 200),
    ],
)
async def test_what_is_signed_and_odd_gets_a_clear_answer(slacked, body, status):
    response = await slacked.send("interactions", body)
    assert response.status_code == status
    if status != 200:
        problem(response, status)


async def test_another_content_type_is_a_415(slacked):
    problem(await slacked.send("interactions", b"{}", "application/json"), 415)


async def test_guesses_are_counted_by_address_and_shut_out_nobody_who_signs(
    opened, store, slack_settings, slack, slack_side
):
    told = slack_settings.model_copy(update={"rate_limit_failures": "2/minute"})
    slacked = Slacked(await opened(store, told, slack=slack_side), slack)
    body, forged = b"command=%2Flead&text=x", {"x-slack-signature": "v0=" + "0" * 64}
    answers = [await slacked.send("commands", body, **forged) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert (await slacked.send("commands", body)).status_code == 200


async def test_the_secret_is_read_without_what_was_pasted_around_it(
    opened, store, settings, slack, slack_side
):
    told = settings.model_copy(update={"slack_signing_secret": SecretStr(f" {SECRET}\n")})
    slacked = Slacked(await opened(store, told, slack=slack_side), slack)
    assert (await slacked.send("commands", b"command=%2Flead&text=x")).status_code == 200
