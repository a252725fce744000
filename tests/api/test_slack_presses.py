"""Presses and forms: on disk before the answer, once each, and Slack itself is asked afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from leadworkflows.commands.pressed import Pressed
from leadworkflows.domain.facts import Level
from leadworkflows.store.errors import StoreUnavailable
from tests.api.edge import EVENT, fields
from tests.api.slacked import CARD_TS, CHANNEL, USER, Slacked, chosen, typed
from tests.vendors.server import Hang

LATER = timedelta(minutes=1)


@pytest.fixture
async def lead(slacked):
    await slacked.edge.events(EVENT)
    return await slacked.edge.lead_id()


async def kept(slacked):
    """What waits on disk, as it was pressed."""
    taken = await slacked.edge.store.presses.take(100, slacked.edge.now + LATER)
    return [Pressed.model_validate(press.body) for press in taken]


async def opened_form(slacked, command, lead):
    response = await slacked.interact(slacked.press(command, lead))
    await slacked.settled()
    assert (response.status_code, response.content) == (200, b"")
    return slacked.slack.views[-1]


@pytest.mark.parametrize("command", ["claim", "accept", "book_meeting", "log_contact", "reopen", "resume"])
async def test_a_press_is_on_disk_when_it_is_acknowledged(slacked, lead, command):
    payload = slacked.press(command, lead, seen=7)
    response = await slacked.interact(payload)
    assert (response.status_code, response.content) == (200, b"")
    ((pressed),) = await kept(slacked)
    assert (pressed.command, pressed.lead, pressed.seen, pressed.user) == (command, lead, 7, USER)
    assert (pressed.channel, pressed.response_url) == (CHANNEL, payload["response_url"])
    assert slacked.slack.calls == []


async def test_the_same_press_counts_once_and_another_is_another(slacked, lead):
    payload = slacked.press("claim", lead)
    answers = await asyncio.gather(*(slacked.interact(payload) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    await slacked.interact(slacked.press("claim", lead))
    await slacked.interact({**payload, "user": {"id": "U0BOB0002"}})
    assert len(await kept(slacked)) == 3


async def test_whoever_carries_presses_out_is_woken_once_it_is_on_disk(
    opened, store, slack_settings, slack_side, slack
):

    woken = []
    side = replace(slack_side, on_press=lambda: woken.append(1))
    slacked = Slacked(await opened(store, slack_settings, slack=side), slack)
    payload = slacked.press("claim", "0" * 32)
    await slacked.interact(payload)
    await slacked.interact(payload)
    assert woken == [1]


@pytest.mark.parametrize(
    "command", ["return", "disqualify", "lose", "qualify", "open_opportunity", "log_attempt", "win", "pause"]
)
async def test_a_button_that_needs_words_opens_its_form_and_is_no_command_yet(slacked, lead, command):
    view = await opened_form(slacked, command, lead)
    assert view["callback_id"] == command
    assert "Ada Lovelace" in str(view["blocks"])
    assert await kept(slacked) == []


async def test_the_same_press_opens_one_form(slacked, lead):
    payload = slacked.press("return", lead)
    for _ in range(2):
        await slacked.interact(payload)
        await slacked.settled()
    assert len(slacked.slack.views) == 1
    assert slacked.slack.answers == []


async def test_a_form_that_slack_does_not_open_is_told_to_the_presser_alone(slacked, lead):
    await slacked.interact(slacked.press("return", lead, trigger_id="expired"))
    await slacked.settled()
    ((answer),) = slacked.slack.answers
    assert (answer["text"], answer["response_type"]) == (
        "The form could not be opened. Press the button again.", "ephemeral",
    )  # fmt: skip


async def test_a_form_that_the_store_cannot_fill_is_told_to_the_presser_too(
    opened, store, slack_settings, slack_side, slack
):
    async def no_policy(_policy_id):
        raise StoreUnavailable("gone")

    side = replace(slack_side, policy_of=no_policy)
    slacked = Slacked(await opened(store, slack_settings, slack=side), slack)
    await slacked.edge.events(EVENT)
    await slacked.interact(slacked.press("return", await slacked.edge.lead_id()))
    await slacked.settled()
    assert [answer["text"] for answer in slack.answers] == [
        "The form could not be opened. Press the button again."
    ]


async def test_slack_that_says_nothing_delays_no_acknowledgement(slacked, lead):
    slacked.slack.fail(Hang())
    async with asyncio.timeout(3):
        response = await slacked.interact(slacked.press("return", lead))
    assert response.status_code == 200


async def test_a_lead_that_is_gone_is_said_to_be_gone(slacked, lead):
    await slacked.interact(slacked.press("return", "0" * 32))
    await slacked.settled()
    assert [answer["text"] for answer in slacked.slack.answers] == ["This lead is no longer here."]


async def test_a_form_that_is_sent_is_on_disk_with_its_reason_and_its_note(slacked, lead):
    view = await opened_form(slacked, "return", lead)
    filled = slacked.submit(view, {"reason": chosen("not_ready"), "note": typed("Ada calls back")})
    response = await slacked.interact(filled)
    assert response.json() == {"response_action": "clear"}
    await slacked.interact(filled)
    ((pressed),) = await kept(slacked)
    assert (pressed.command, pressed.lead, pressed.user, pressed.seen) == ("return", lead, USER, 1)
    assert (pressed.reason, pressed.note) == ("not_ready", "Ada calls back")
    assert (pressed.channel, pressed.response_url[:4]) == (CHANNEL, "http")
    assert "Ada" not in repr(pressed)


async def test_facts_of_a_form_are_recorded_facts(slacked, lead):
    view = await opened_form(slacked, "qualify", lead)
    await slacked.interact(
        slacked.submit(view, {"fact.budget": chosen("yes"), "fact.need": chosen("unknown")})
    )
    ((pressed),) = await kept(slacked)
    assert pressed.command == "record_facts"
    shape = pressed.shape("rep-7")
    assert Level(shape.facts["budget"]) is Level.YES


async def test_a_pause_until_an_instant_is_kept(slacked, lead):
    view = await opened_form(slacked, "pause", lead)
    in_an_hour = int((slacked.edge.now + timedelta(hours=1)).timestamp())
    await slacked.interact(slacked.submit(view, {"until": {"selected_date_time": in_an_hour}}))
    ((pressed),) = await kept(slacked)
    assert pressed.facts == {"until": "2026-03-02T10:31:00Z"}


@pytest.mark.parametrize(
    ("command", "answers", "block"),
    [
        ("return", {}, "reason"),
        ("return", {"reason": chosen("made_up")}, "reason"),
        ("lose", {"reason": typed("?!")}, "reason"),
        ("pause", {"until": {"selected_date_time": 1}}, "until"),
    ],
)
async def test_what_is_to_be_corrected_is_said_beside_its_field(slacked, lead, command, answers, block):
    view = await opened_form(slacked, command, lead)
    answer = (await slacked.interact(slacked.submit(view, answers))).json()
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == [block]
    assert await kept(slacked) == []


@pytest.mark.parametrize("action", ["open_in_temporal", "find_on_linkedin", "of_another_app"])
async def test_a_link_or_another_apps_button_leaves_nothing_to_do(slacked, lead, action):
    payload = slacked.press(action, lead)
    payload["actions"][0]["value"] = "whatever"
    assert (await slacked.interact(payload)).status_code == 200
    assert await kept(slacked) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"user": {}}, "payload.user.id"),
        ({"user": {"id": "ada@example.com"}}, "payload.user.id"),
        ({"user": None}, "payload.user.id"),
        ({"actions": [{"action_id": "claim", "value": "lead_01"}]}, "payload.actions.value"),
        ({"actions": [{"action_id": "claim"}]}, "payload.actions.value"),
        ({"type": "view_submission"}, "payload.view"),
        ({"type": "view_submission", "view": {"private_metadata": "{}"}}, "payload.view"),
    ],
    ids=str,
)
async def test_what_slack_would_never_send_is_named(slacked, lead, changes, field):
    assert fields(await slacked.interact(slacked.press("claim", lead, **changes))) == {field}


@pytest.mark.parametrize(
    "changes",
    [{"actions": None}, {"actions": [None, 7]}, {"type": "view_closed"}, {"type": "shortcut"}, {"type": 7}],
    ids=str,
)
async def test_what_asks_for_nothing_is_acknowledged(slacked, lead, changes):
    assert (await slacked.interact(slacked.press("claim", lead, **changes))).status_code == 200
    assert await kept(slacked) == []


async def test_a_press_that_cannot_be_stored_is_not_acknowledged(slacked, lead):
    async with slacked.edge.store.database.writing() as connection:
        await connection.execute(text("DROP TABLE presses"))
    assert (await slacked.interact(slacked.press("claim", lead))).status_code == 503


async def test_the_card_that_a_form_belongs_to_is_remembered(slacked, lead):
    view = await opened_form(slacked, "win", lead)
    assert CARD_TS in view["private_metadata"]
