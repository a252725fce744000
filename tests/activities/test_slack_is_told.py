from __future__ import annotations

from datetime import timedelta

import pytest

from leadworkflows.domain.decisions import Outcome
from leadworkflows.slack.web import SlackWebPoster
from tests.activities.conftest import TIMEOUT_S
from tests.vendors.server import Answer, Hang, ResetAfterAccepting, ResetBeforeReading
from tests.vendors.slack import Channel

KEY = "lead:1:test:1"


def saying(code: str, status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, f'{{"ok":false,"error":"{code}"}}'.encode())


async def alert(performer, **params):
    return await performer.perform("slack.alert", **params)


async def test_an_alert_that_slack_posts_is_confirmed_with_channel_and_time(performer, slack, store):
    result = await alert(performer, channel="#sales", template="hot-lead")
    effect = await store.effects.get(KEY)
    assert result.outcome is Outcome.CONFIRMED
    assert effect.vendor_id == f"C0SALES00:{slack.accepted[0]['ts']}"
    assert slack.keys() == [KEY]


@pytest.mark.parametrize("fault", [Hang(accept=True), ResetAfterAccepting()], ids=["hangs", "resets"])
async def test_an_alert_posted_without_an_answer_is_found_in_the_history(performer, slack, fault):
    slack.fail(fault)
    result = await alert(performer)
    assert slack.keys() == [KEY]
    assert result.outcome is Outcome.CONFIRMED
    assert "found" in result.detail
    assert "may have been performed twice" not in result.detail


@pytest.mark.parametrize("fault", [Hang(), ResetBeforeReading()], ids=["hangs", "resets"])
async def test_an_alert_that_is_not_in_the_history_is_posted(performer, slack, fault):
    slack.fail(fault)
    result = await alert(performer)
    assert (slack.keys(), result.outcome) == ([KEY], Outcome.CONFIRMED)
    assert "may have been performed twice" not in result.detail


@pytest.mark.parametrize("code", ["internal_error", "fatal_error"])
async def test_an_error_after_which_slack_may_have_posted_is_looked_up(performer, slack, code):
    slack.fail(saying(code))
    assert (await alert(performer)).outcome is Outcome.CONFIRMED
    assert [call.path.rpartition("/")[2] for call in slack.calls] == [
        "chat.postMessage",
        "conversations.list",
        "conversations.history",
        "chat.postMessage",
    ]


async def test_where_the_history_is_closed_a_second_alert_is_better_than_none(performer, slack):
    slack.fail(ResetAfterAccepting(), saying("missing_scope"))
    result = await alert(performer)
    assert slack.keys() == [KEY, KEY]
    assert result.outcome is Outcome.CONFIRMED
    assert "may have been performed twice" in result.detail


async def test_a_private_channel_that_the_app_cannot_list_gets_a_second_alert(performer, slack):
    slack.fail(ResetAfterAccepting(), Answer(200, {}, b'{"ok":true,"channels":[]}'))
    result = await alert(performer)
    assert len(slack.keys()) == 2
    assert "may have been performed twice" in result.detail


async def test_doubt_survives_an_outage_that_follows_it(performer, slack):
    slack.fail(ResetAfterAccepting(), saying("missing_scope"), Answer(503))
    result = await alert(performer)
    assert slack.keys() == [KEY]
    assert "found" in result.detail


async def test_an_outage_while_asking_is_waited_for(performer, slack):
    slack.fail(ResetAfterAccepting(), Answer(500), ResetBeforeReading())
    result = await alert(performer, attempts=6)
    assert slack.keys() == [KEY]
    assert result.outcome is Outcome.CONFIRMED


async def test_an_alert_in_a_busy_channel_is_found_on_a_later_page(performer, slack):
    slack.fail(ResetAfterAccepting())
    with pytest.raises(AssertionError):
        await performer.perform("slack.alert", attempts=1)
    noise = {"channel_id": "C0SALES00", "ts": f"{performer.now.timestamp() + 60:.6f}", "text": "x"}
    slack.accepted.extend([noise] * 1500)
    result = await alert(performer)
    assert "found" in result.detail
    assert len(slack.accepted) == 1501


async def test_a_channel_given_by_its_id_needs_no_list(performer, slack):
    slack.fail(ResetAfterAccepting())
    await alert(performer, channel="C0SALES00")
    assert [call.path.rpartition("/")[2] for call in slack.calls] == [
        "chat.postMessage",
        "conversations.history",
    ]


async def test_a_rate_limit_waits_as_long_as_slack_says(performer, slack):
    slack.fail(Answer(429, {"Retry-After": "42"}, b'{"ok":false,"error":"ratelimited"}'))
    result = await alert(performer)
    assert performer.raised[0].next_retry_delay == timedelta(seconds=42)
    assert (slack.keys(), result.outcome) == ([KEY], Outcome.CONFIRMED)


async def test_slack_sdk_repeats_nothing_by_itself(performer, slack):
    slack.fail(Answer(429, {"Retry-After": "1"}), ResetBeforeReading(), Answer(500))
    for calls in (1, 1, 2):  # a reset before reading is no call that was read
        with pytest.raises(AssertionError):
            await performer.perform("slack.alert", attempts=1, key=f"k{len(performer.raised)}")
        assert len(slack.calls) == calls


@pytest.mark.parametrize(
    "fault", [Answer(500), Answer(503), saying("service_unavailable"), saying("a_new_code")]
)
async def test_a_passing_error_is_tried_again(performer, slack, fault):
    slack.fail(fault)
    assert (await alert(performer)).outcome is Outcome.CONFIRMED
    assert performer.raised[0].type == "VendorUnavailable"
    assert slack.keys() == [KEY]


@pytest.mark.parametrize(
    ("channel", "token", "says"),
    [
        ("#nowhere", "xoxb-test", "channel_not_found; correct the channel's name"),
        ("#private", "xoxb-test", "not_in_channel; invite the app"),
        ("#old", "xoxb-test", "is_archived"),
        ("#sales", "xoxb-other", "invalid_auth; check LEADWORKFLOWS_SLACK_BOT_TOKEN"),
    ],
)
async def test_what_a_person_can_mend_waits_and_says_how(performer, slack, store, channel, token, says):
    slack.channels += [
        Channel("C0PRIVATE", "private", member=False),
        Channel("C0OLD0000", "old", archived=True),
    ]
    performer.slack = SlackWebPoster(token, f"{slack.url}/api", TIMEOUT_S)
    with pytest.raises(AssertionError, match="not settled in 1 attempts"):
        await alert(performer, channel=channel, attempts=1)
    [raised] = performer.raised
    [stuck] = await store.effects.stuck()
    assert (raised.type, raised.next_retry_delay) == ("VendorBlocked", timedelta(minutes=5))
    assert (stuck.key, stuck.status) == (KEY, "stuck")
    assert says in stuck.detail
    assert len(slack.calls) == 1


async def test_what_was_mended_is_performed_once_and_is_stuck_no_more(performer, slack, store):
    slack.channels = []
    with pytest.raises(AssertionError):
        await alert(performer, attempts=2)
    slack.channels = [Channel("C0SALES00", "sales")]
    assert (await alert(performer)).outcome is Outcome.CONFIRMED
    assert slack.keys() == [KEY]
    assert await store.effects.stuck() == []


async def test_a_doubt_outlasts_what_a_person_must_mend(performer, slack, store):
    """The history cannot be read and then the channel is gone: the first attempt may still have posted."""
    slack.fail(ResetAfterAccepting(), saying("missing_scope"), saying("not_in_channel"))
    with pytest.raises(AssertionError):
        await alert(performer, attempts=2)
    [stuck] = await store.effects.stuck()
    assert stuck.status == "reserved"
    assert "not_in_channel; invite the app" in stuck.detail
    assert "found" in (await alert(performer)).detail
    assert slack.keys() == [KEY]


async def test_a_card_that_slack_will_never_take_fails_and_is_not_tried_again(performer, slack):
    slack.fail(saying("invalid_blocks"))
    result = await alert(performer)
    assert (result.outcome, len(slack.calls)) == (Outcome.FAILED, 1)
    assert "the card's template is wrong" in result.detail


async def test_an_answer_that_is_not_slacks_decides_nothing(performer, slack):
    slack.fail(Answer(200, {"Content-Type": "text/html"}, b"<h1>Sign in, ada@example.com</h1>"))
    result = await alert(performer)
    assert (slack.keys(), result.outcome) == ([KEY], Outcome.CONFIRMED)
    assert "ada" not in str(performer.raised[0])


@pytest.mark.parametrize("name", ["slack.remind", "slack.escalate", "route.reassign"])
async def test_every_rung_of_the_ladder_posts_its_card(performer, slack, name):
    assert (await performer.perform(name, channel="#sales")).outcome is Outcome.CONFIRMED
    assert "Ada Lovelace" in slack.accepted[0]["blocks"][0]["text"]["text"]


async def test_a_suppressed_address_does_not_keep_sales_from_being_told(performer, slack, store):
    await store.suppressions.add("ada@example.com", "unsubscribed", performer.now)
    assert (await alert(performer)).outcome is Outcome.CONFIRMED
