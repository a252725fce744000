"""What is said to Slack beside posting: changed messages, modals, whispers, and answers to presses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadworkflows.slack.message import OutboxSlackPoster, SlackMessage
from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.vendor import (
    OutcomeUnknown,
    Receipt,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)
from tests.activities.conftest import TIMEOUT_S
from tests.vendors.server import Answer, Hang, ResetBeforeReading
from tests.vendors.slack import Channel, Member, SlackStandIn

GRACE = "U0GRACE00"
VIEW = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Return the lead"},
    "submit": {"type": "plain_text", "text": "Return"},
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Why?"}}],
}
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "moved on"}}]


@pytest.fixture
def poster(slack: SlackStandIn) -> SlackWebPoster:
    slack.people.append(Member(GRACE))
    return SlackWebPoster("xoxb-test", f"{slack.url}/api/", TIMEOUT_S)


def message(channel: str = "#sales") -> SlackMessage:
    return SlackMessage(
        key="k", lead_id="1", channel=channel, template="hot-lead", text="new", blocks=[*BLOCKS]
    )


async def posted(poster: SlackWebPoster, channel: str = "#sales") -> tuple[str, str]:
    found, _, ts = str((await poster.post(message(channel))).vendor_id).partition(":")
    return found, ts


async def test_a_message_is_changed_where_it_stands(poster, slack):
    await poster.update(*await posted(poster), "changed", BLOCKS)
    assert [each["text"] for each in slack.accepted] == ["changed"]


async def test_a_direct_message_is_posted_changed_and_found_by_the_member_id(poster, slack):
    channel, ts = await posted(poster, GRACE)
    await poster.update(channel, ts, "changed", BLOCKS)
    again = SlackWebPoster("xoxb-test", f"{slack.url}/api/", TIMEOUT_S)
    found = await again.find("k", GRACE, slack_start(slack))
    assert isinstance(found, Receipt)
    assert (channel[0], found.vendor_id) == ("D", f"{channel}:{ts}")


def slack_start(slack):
    return datetime.fromtimestamp(float(slack.accepted[0]["ts"]), UTC) - timedelta(minutes=1)


@pytest.mark.parametrize("channel", ["C0SALES00", "#sales"])
async def test_a_message_that_is_gone_cannot_be_changed(poster, channel):
    refused = VendorRefused if channel.startswith("C") else VendorBlocked  # a name is no id
    with pytest.raises(refused):
        await poster.update(channel, "1.000000", "changed", BLOCKS)


async def test_a_modal_opens_once_for_a_press(poster, slack):
    trigger = slack.trigger()
    await poster.open_view(trigger, VIEW)
    assert slack.views == [VIEW]
    with pytest.raises(VendorRefused, match="exchanged_trigger_id; the press is too old"):
        await poster.open_view(trigger, VIEW)


async def test_a_modal_must_open_within_three_seconds(poster, slack):
    trigger, then = slack.trigger(), slack.presses.clock()
    slack.presses.clock = lambda: then + 3.5
    with pytest.raises(VendorRefused, match="expired_trigger_id"):
        await poster.open_view(trigger, VIEW)
    with pytest.raises(VendorRefused, match="invalid_trigger_id"):
        await poster.open_view("forged", VIEW)
    assert slack.views == []


async def test_a_modal_that_slack_refuses_is_our_fault_and_says_so(poster, slack):
    with pytest.raises(VendorRefused, match="template is wrong"):
        await poster.open_view(slack.trigger(), {**VIEW, "title": {"type": "plain_text", "text": "x" * 25}})


async def test_only_one_person_is_told(poster, slack):
    await poster.tell("C0SALES00", GRACE, "The lead has moved on since.")
    assert [(each["user"], each["text"]) for each in slack.whispers] == [
        (GRACE, "The lead has moved on since.")
    ]
    assert slack.accepted == []


async def test_who_left_the_channel_cannot_be_told(poster, slack):
    slack.channels.append(Channel("C0EMPTY00", "empty", people=frozenset()))
    with pytest.raises(VendorRefused, match="user_not_in_channel"):
        await poster.tell("C0EMPTY00", GRACE, "hello")


async def test_a_press_is_answered_five_times_and_no_more(poster, slack):
    url = slack.response_url()
    for _ in range(5):
        await poster.respond(url, "Done.")
    with pytest.raises(VendorRefused, match="used_url"):
        await poster.respond(url, "Done.")
    first = slack.answers[0]
    assert (first["text"], first["response_type"], first["replace_original"]) == ("Done.", "ephemeral", False)
    assert len(slack.answers) == 5


async def test_an_answer_may_take_the_place_of_what_was_pressed(poster, slack):
    await poster.respond(slack.response_url(), "Done.", replace=True)
    assert slack.answers[0]["replace_original"] is True


async def test_a_press_is_answered_within_half_an_hour(poster, slack):
    url, then = slack.response_url(), slack.presses.clock()
    slack.presses.clock = lambda: then + 1801
    with pytest.raises(VendorRefused, match="expired_url"):
        await poster.respond(url, "Done.")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/actions/T0/1/a",
        "http://hooks.slack.com/actions/T0/1/a",
        "https://hooks.slack.com.evil.example/actions/T0/1/a",
        "https://hooks.slack.com@evil.example/actions/T0/1/a",
        "https://hooks.slack.com\\@evil.example/actions/T0/1/a",
        "https://hooks.slack.com:8443/actions/T0/1/a",
        "https://evil.example/\nhttps://hooks.slack.com/",
        "file:///etc/passwd",
        "<other>/actions/T0/1/a",
        "",
    ],
)
async def test_a_forged_response_address_is_not_called(poster, slack, url):
    with SlackStandIn() as other, pytest.raises(VendorRefused, match="not Slack's"):
        await poster.respond(url.replace("<other>", other.url), "Ada Lovelace")
    assert (slack.calls, other.calls) == ([], [])


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Answer(429, {"Retry-After": "7"}), VendorThrottled),
        (Answer(500), VendorUnavailable),
        (ResetBeforeReading(), (OutcomeUnknown, VendorUnavailable)),
        (Hang(), OutcomeUnknown),
        (Answer(404, {}, b"<h1>Ada Lovelace</h1>"), VendorRefused),
    ],
    ids=["throttled", "500", "reset", "hangs", "html"],
)
async def test_what_goes_wrong_with_an_answer_is_sorted_and_quotes_nobody(poster, slack, fault, raised):
    url = slack.response_url()
    slack.fail(fault)
    with pytest.raises(raised) as told:
        await poster.respond(url, "Done.")
    assert "Ada" not in str(told.value)


async def test_without_a_token_everything_is_kept_in_the_outbox(store):
    poster = OutboxSlackPoster(store)
    await poster.post(message())
    await poster.update("#sales", "k", "changed", BLOCKS)
    await poster.open_view("t", VIEW)
    await poster.tell("#sales", GRACE, "moved on")
    await poster.respond("https://hooks.slack.com/secret", "done")
    kept = await store.outbox.all()
    assert [(each.template, each.text) for each in kept] == [
        ("hot-lead", "changed"),
        ("modal", "Return the lead"),
        ("told", "moved on"),
        ("answer", "done"),
    ]
    assert "secret" not in str([(each.key, each.to, each.channel, each.blocks) for each in kept])
    with pytest.raises(VendorRefused):
        await poster.update("#sales", "no such key", "changed", BLOCKS)
