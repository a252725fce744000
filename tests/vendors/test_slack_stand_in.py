"""The stand-in is only worth something if it refuses what Slack refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.vendors.blockkit import walk
from tests.vendors.slack import Channel, Member, SlackStandIn

VECTORS = json.loads((Path(__file__).parent / "vectors/out_slack_blockkit.json").read_text())
SECTION: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


def blocks_of(case):
    return case["blocks"] if isinstance(case["blocks"], list) else [SECTION] * 51


def button(**changes):
    text = {"type": "plain_text", "text": "Go"}
    return {"type": "actions", "elements": [{"type": "button", "text": text, **changes}]}


def call(slack, method, token="xoxb-test", **arguments):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.post(f"{slack.url}/api/{method}", json=arguments, headers=headers).json()


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["id"])
def test_every_recorded_card_is_judged_as_slack_judges_it(case):
    with SlackStandIn() as slack:
        answer = call(slack, "chat.postMessage", channel="#sales", text="x", blocks=blocks_of(case))
    assert answer["ok"] is case["expected"]["valid"], answer
    if not answer["ok"]:
        assert answer["error"] == "invalid_blocks"


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "/blocks/0/text"),
        ({"type": "header", "text": {"type": "plain_text", "text": " "}}, "/blocks/0/text/text"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "/blocks/0/text/text"),
        ({"type": "section", "fields": [SECTION["text"]] * 11}, "/blocks/0/fields"),
        ({"type": "section", "fields": []}, "/blocks/0/fields"),
        ({"type": "context", "elements": [SECTION["text"]] * 11}, "/blocks/0/elements"),
        ({"type": "section", "text": {**SECTION["text"], "emoji": True}}, "/blocks/0/text/emoji"),
        (button(action_id="a" * 256), "/blocks/0/elements/0/action_id"),
        (button(text={"type": "plain_text", "text": "b" * 76}), "/blocks/0/elements/0/text/text"),
        (button(url="javascript:alert(1)"), "/blocks/0/elements/0/url"),
        (button(style="big"), "/blocks/0/elements/0/style"),
        ({"type": "marquee"}, "/blocks/0/type"),
    ],
)
def test_what_the_documents_forbid_is_named_by_its_pointer(block, pointer):
    assert pointer in [where for where, _problem in walk([block])]


def test_two_blocks_with_one_id_are_refused():
    assert walk([{**SECTION, "block_id": "a"}, {**SECTION, "block_id": "a"}])


def test_twelve_thousand_characters_are_the_most():
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}
    with SlackStandIn() as slack:
        fits = call(slack, "chat.postMessage", channel="#sales", blocks=[long] * 4)
        over = call(slack, "chat.postMessage", channel="#sales", blocks=[long] * 5)
    assert (fits["ok"], over.get("error")) == (True, "msg_blocks_too_long")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "#private", "text": "x"}, "not_in_channel"),
        ({"channel": "#old", "text": "x"}, "is_archived"),
        ({"channel": "#sales"}, "no_text"),
        ({"channel": "#sales", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "#sales", "text": "x", "metadata": {"key": "k"}}, "invalid_metadata_format"),
        ({"channel": "#sales", "text": "x", "token": None}, "not_authed"),
        ({"channel": "#sales", "text": "x", "token": "xoxb-other"}, "invalid_auth"),
    ],
)
def test_a_post_that_slack_refuses_is_refused_with_its_code(arguments, error):
    channels = [
        Channel("C0SALES00", "sales"),
        Channel("C0PRIVATE", "private", member=False),
        Channel("C0OLD0000", "old", archived=True),
    ]
    with SlackStandIn(channels=channels) as slack:
        answer = call(slack, "chat.postMessage", **arguments)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert not slack.accepted


def test_history_takes_an_id_and_shows_metadata_only_when_asked():
    metadata = {"event_type": "leadworkflows_action", "event_payload": {"key": "k"}}
    with SlackStandIn() as slack:
        call(slack, "chat.postMessage", channel="#sales", text="x", metadata=metadata)
        by_name = call(slack, "conversations.history", channel="#sales")
        bare = call(slack, "conversations.history", channel="C0SALES00")
        full = call(slack, "conversations.history", channel="C0SALES00", include_all_metadata=True)
    assert by_name["error"] == "channel_not_found"
    assert "metadata" not in bare["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


def test_the_token_can_be_tested():
    with SlackStandIn() as slack:
        assert call(slack, "auth.test")["ok"]
        assert call(slack, "auth.test", token="xoxb-other")["error"] == "invalid_auth"


def test_a_token_says_what_it_may():
    with SlackStandIn(scopes="chat:write") as slack:
        answer = httpx.post(f"{slack.url}/api/auth.test", headers={"Authorization": "Bearer xoxb-test"})
    assert answer.headers["x-oauth-scopes"] == "chat:write"


def test_only_the_apps_own_messages_can_be_changed_and_only_by_the_channels_id():
    with SlackStandIn() as slack:
        ts = call(slack, "chat.postMessage", channel="#sales", text="x")["ts"]
        change = {"ts": ts, "text": "y"}
        assert call(slack, "chat.update", channel="#sales", **change)["error"] == "channel_not_found"
        assert call(slack, "chat.update", channel="C0SALES00", ts="1.0", text="y")["error"] == (
            "message_not_found"
        )
        assert call(slack, "chat.update", channel="C0SALES00", **change)["ok"]
        slack.accepted[0]["user"] = "U0SOMEBODY"
        assert call(slack, "chat.update", channel="C0SALES00", **change)["error"] == "cant_update_message"


def test_people_are_known_by_their_member_id_and_written_to_in_their_own_conversation():
    with SlackStandIn(people=[Member("U0ADA0000"), Member("U0GONE000", deactivated=True)]) as slack:
        assert call(slack, "users.info", user="U0ADA0000")["user"]["id"] == "U0ADA0000"
        assert call(slack, "users.info", user="U0NOBODY0")["error"] == "user_not_found"
        opened = call(slack, "conversations.open", users="U0ADA0000")["channel"]["id"]
        assert call(slack, "chat.postMessage", channel="U0ADA0000", text="x")["channel"] == opened
        assert call(slack, "conversations.open", users="U0NOBODY0")["error"] == "user_not_found"
        assert call(slack, "chat.postMessage", channel="U0NOBODY0", text="x")["error"] == "channel_not_found"
        assert call(slack, "chat.postMessage", channel="U0GONE000", text="x")["error"] == "user_disabled"


def test_a_channel_is_looked_up_by_its_id_alone():
    with SlackStandIn(channels=[Channel("C0OLD0000", "old", archived=True, member=False)]) as slack:
        told = call(slack, "conversations.info", channel="C0OLD0000")["channel"]
        assert (told["name"], told["is_archived"], told["is_member"]) == ("old", True, False)
        assert call(slack, "conversations.info", channel="#old")["error"] == "channel_not_found"
        assert call(slack, "conversations.list", exclude_archived=True)["channels"] == []


def test_a_file_is_shown_only_once_all_its_bytes_are_there_and_in_a_thread_that_exists():
    with SlackStandIn() as slack:
        posted = call(slack, "chat.postMessage", channel="#sales", text="x")
        asked = call(slack, "files.getUploadURLExternal", filename="a.csv", length=3)
        files = [{"id": asked["file_id"], "title": "a"}]
        into = {"files": files, "channel_id": "C0SALES00"}
        early = call(slack, "files.completeUploadExternal", **into)
        short = httpx.post(asked["upload_url"], content=b"ab").status_code
        whole = httpx.post(asked["upload_url"], content=b"abc").status_code
        by_name = call(slack, "files.completeUploadExternal", **{**into, "channel_id": "#sales"})
        nowhere = call(slack, "files.completeUploadExternal", **into, thread_ts="1.0")
        shown = call(slack, "files.completeUploadExternal", **into, thread_ts=posted["ts"])
    assert (early["error"], short, whole) == ("file_not_found", 400, 200)
    assert (by_name["error"], nowhere["error"]) == ("channel_not_found", "thread_not_found")
    assert shown["ok"]
    assert [each["content"] for each in slack.files.shown] == [b"abc"]
