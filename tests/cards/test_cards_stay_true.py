"""What Slack shows of a lead is true, whoever moved it, and told with as few calls as there can be."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from leadworkflows.domain.decisions import EntryKind
from leadworkflows.store.cards import LEASE
from leadworkflows.store.models import PersonRow
from tests.activities.conftest import Performer
from tests.cards.conftest import MANAGER, OWNER, Desk, Telling
from tests.vendors.server import Answer, Hang, ResetAfterAccepting
from tests.vendors.slack import SlackStandIn

TWO_SECONDS, A_MINUTE = timedelta(seconds=2), timedelta(minutes=1)


def buttons(message) -> list[str]:
    """The commands that a message offers."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [each["action_id"] for row in rows for each in row if "value" in each]


def saying(code: str) -> Answer:
    return Answer(200, {"Content-Type": "application/json"}, f'{{"ok":false,"error":"{code}"}}'.encode())


async def test_a_card_changes_where_it_stands_as_the_lead_moves(desk: Desk, slack: SlackStandIn):
    await desk.move(EntryKind.OWNER, owner="grace")
    await desk.refresh()
    [message] = slack.accepted
    assert OWNER in json.dumps(message["blocks"])
    assert [each["ts"] for each in slack.updates] == [message["ts"]]


async def test_many_moves_are_one_update(desk: Desk, slack: SlackStandIn):
    for stage in ("sal", "sql", "recycled", "mql", "sal"):
        await desk.move(stage=stage, owner="grace")
    await desk.refresh()
    assert len(slack.updates) == 1


async def test_what_changes_nothing_that_is_shown_is_not_sent(desk: Desk, slack: SlackStandIn):
    await desk.move(owner="grace")
    await desk.refresh()
    await desk.move(EntryKind.CLOCK, owner="grace")
    assert await desk.refresh(TWO_SECONDS) == 1
    assert len(slack.updates) == 1


async def test_a_move_that_shows_nothing_new_still_renews_what_the_buttons_refer_to(
    desk: Desk, slack: SlackStandIn
):
    await desk.move(owner="grace", moved=2)
    await desk.refresh()
    await desk.move(owner="grace", moved=3)
    await desk.refresh(TWO_SECONDS)
    assert '"seen":3' in json.dumps(slack.updates[-1]["blocks"]).replace("\\", "").replace(" ", "")


async def test_a_card_is_changed_at_most_every_two_seconds(desk: Desk, slack: SlackStandIn):
    await desk.move(owner="grace")
    await desk.refresh()
    await desk.move(owner="konrad")
    assert (await desk.refresh(), len(slack.updates)) == (0, 1)
    assert (await desk.refresh(TWO_SECONDS), len(slack.updates)) == (1, 2)
    assert MANAGER in json.dumps(slack.accepted[0]["blocks"])


async def test_the_newest_card_carries_the_buttons_and_the_older_one_says_so(
    desk: Desk, performer: Performer, slack: SlackStandIn
):
    assert buttons(slack.accepted[0])
    performer.now = datetime.now(UTC) + TWO_SECONDS
    await performer.perform("slack.alert", key="lead:1:again:1", channel="#sales")
    await desk.refresh(A_MINUTE)
    older, newer = slack.accepted
    assert (buttons(older), bool(buttons(newer))) == ([], True)


async def test_an_older_card_is_left_as_it_is_from_then_on(
    desk: Desk, performer: Performer, slack: SlackStandIn
):
    performer.now = datetime.now(UTC) + TWO_SECONDS
    await performer.perform("slack.alert", key="lead:1:again:1", channel="#sales")
    await desk.refresh(A_MINUTE)
    slack.updates.clear()
    await desk.move(owner="grace")
    await desk.refresh(A_MINUTE)
    assert [each["ts"] for each in slack.updates] == [slack.accepted[1]["ts"]]


async def test_a_reminder_in_a_direct_message_is_kept_true_too(
    desk: Desk, performer: Performer, slack: SlackStandIn
):
    await desk.move(owner="grace")
    await performer.perform("slack.remind", key="lead:1:sla:50", channel="#sales")
    await performer.perform("slack.escalate", key="lead:1:sla:100", channel="#sales")
    assert [each["channel"] for each in slack.accepted[1:]] == [OWNER, MANAGER]
    await desk.move(stage="disqualified", owner="grace")
    await desk.refresh()
    assert {each["channel"] for each in slack.updates} == {"C0SALES00", f"D{OWNER[1:]}", f"D{MANAGER[1:]}"}


async def test_cards_wait_for_as_long_as_slack_asks(desk: Desk, slack: SlackStandIn):
    await desk.move(owner="grace")
    slack.fail(Answer(429, {"Retry-After": "30"}, b'{"ok":false,"error":"ratelimited"}'))
    await desk.refresh()
    assert await desk.refresh(timedelta(seconds=29)) == 0
    await desk.refresh(timedelta(seconds=2))
    assert len(slack.updates) == 1


@pytest.mark.parametrize(
    "fault",
    [Answer(503), Hang(), ResetAfterAccepting(), saying("internal_error")],
    ids=["503", "hang", "reset", "internal_error"],
)
async def test_an_outage_only_delays_a_card(desk: Desk, slack: SlackStandIn, fault):
    await desk.move(owner="grace")
    slack.fail(fault)
    await desk.refresh()
    await desk.refresh(A_MINUTE)
    assert OWNER in json.dumps(slack.accepted[0]["blocks"])
    assert await desk.problems() == [None]


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_card_that_cannot_be_changed_is_left_with_the_reason(desk: Desk, slack: SlackStandIn, code):
    await desk.move(owner="grace")
    slack.fail(saying(code))
    await desk.refresh()
    await desk.move(owner="konrad")
    assert await desk.refresh(A_MINUTE) == 0
    assert [code in str(problem) for problem in await desk.problems()] == [True]


async def test_a_card_waits_for_what_a_person_can_mend(desk: Desk, slack: SlackStandIn):
    await desk.move(owner="grace")
    slack.fail(saying("not_in_channel"))
    await desk.refresh()
    assert ["invite the app" in str(problem) for problem in await desk.problems()] == [True]
    await desk.refresh(5 * A_MINUTE)
    assert (len(slack.updates), await desk.problems()) == (1, [None])


async def test_a_card_that_slack_made_wait_often_still_waits_for_what_a_person_can_mend(
    desk: Desk, slack: SlackStandIn
):
    await desk.move(owner="grace")
    for _ in range(12):
        slack.fail(Answer(429, {"Retry-After": "1"}, b'{"ok":false,"error":"ratelimited"}'))
        await desk.refresh(5 * A_MINUTE)
    slack.fail(saying("not_in_channel"))
    await desk.refresh(5 * A_MINUTE)
    await desk.refresh(5 * A_MINUTE)
    assert (len(slack.updates), await desk.problems()) == (1, [None])


async def test_what_a_dead_process_had_taken_another_tells(desk: Desk, slack: SlackStandIn):
    await desk.move(owner="grace")
    now = datetime.now(UTC) + A_MINUTE
    assert len(await desk.store.cards.take("dead", 10, now, LEASE)) == 1
    assert await desk.cards().refresh_due(now + LEASE - A_MINUTE / 60) == 0
    assert await desk.cards().refresh_due(now + LEASE) == 1
    assert len(slack.updates) == 1


async def test_who_waits_is_woken_by_a_record_in_the_same_process(desk: Desk, slack: SlackStandIn):
    cards, poster = desk.cards(), desk.poster
    assert isinstance(poster, Telling)
    desk.now += A_MINUTE
    running = asyncio.create_task(cards.run())
    await desk.move(owner="grace")
    cards.notify()
    async with asyncio.timeout(10):
        await poster.changed.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(slack.updates) == 1


async def test_an_erased_person_is_on_no_card_that_is_sent(desk: Desk, slack: SlackStandIn):
    await desk.move(owner="grace")
    async with desk.store.database.writing() as connection:
        await connection.execute(delete(PersonRow))
    await desk.refresh()
    assert (slack.updates, await desk.problems()) == ([], ["the person is no longer on record"])


async def test_without_a_token_the_card_in_the_outbox_is_kept_true(outbox: Performer):
    desk = Desk(outbox.store, outbox.slack, outbox.lead_id)
    await desk.move()
    await outbox.perform("slack.alert", key="k")
    await desk.move(owner="grace")
    await desk.refresh()
    [kept] = await outbox.store.outbox.of(outbox.lead_id)
    assert OWNER in json.dumps(kept.blocks)


async def test_a_card_that_was_drawn_before_its_release_was_on_record_is_drawn_again(
    desk: Desk, performer: Performer, slack: SlackStandIn
):
    await desk.move(owner="grace")
    await desk.refresh()
    decided = {"revision": desk.revision + 1, "clock": "first_contact", "due_at": "2026-03-02T09:00:00Z"}
    performer.facts = {**decided, "owner": "grace"}
    performer.now = datetime.now(UTC) + TWO_SECONDS
    await performer.perform("slack.alert", key="lead:1:last", channel="#sales", template="unanswered")
    await desk.move(EntryKind.OWNER, owner=None)  # recorded after the card went out, at the same revision
    await desk.refresh(A_MINUTE)
    last = slack.accepted[-1]
    assert ("claim" in buttons(last), OWNER in json.dumps(last["blocks"])) == (True, False)


async def test_a_card_of_an_action_that_is_newer_than_the_record_shows_the_actions_own_owner(
    desk: Desk, performer: Performer, slack: SlackStandIn
):
    await desk.move(owner="grace")
    performer.facts = {"revision": desk.revision + 1, "owner": "konrad"}
    await performer.perform("slack.alert", key="lead:1:newer", channel="#sales")
    assert MANAGER in json.dumps(slack.accepted[-1]["blocks"])


async def test_a_card_of_an_action_that_waited_shows_what_is_on_record_by_now(
    desk: Desk, performer: Performer, slack: SlackStandIn
):
    performer.facts = {"revision": 1, "owner": "konrad"}
    await desk.move(owner="grace")
    await performer.perform("slack.alert", key="lead:1:older", channel="#sales")
    assert OWNER in json.dumps(slack.accepted[-1]["blocks"])


async def test_every_card_is_looked_at_once_more_after_it_was_posted(desk: Desk):
    assert await desk.refresh(TWO_SECONDS) == 1
    assert await desk.refresh(A_MINUTE) == 0
