"""A press is carried out once, or its presser hears why not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from leadworkflows import presses as loops
from leadworkflows.commands.carry_out import CommandDesk
from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.commands.pressed import Pressed
from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.teams import Rep, Roster
from leadworkflows.presses import GIVEN_UP_AFTER, Presses
from leadworkflows.store.presses import LEASE
from tests.store.given import NOON, lead_of
from tests.vendors.server import Answer

ADA, BOB = "U0PERSON01", "U0PERSON02"
MINUTE = timedelta(minutes=1)
ROSTER = Roster(reps={"rep-7": Rep(name="Ada", slack=ADA), "rep-9": Rep(name="Bo B. <x>")})


class Lead:
    """Stands where the lead's workflow does: answers, refuses, or cannot be reached."""

    def __init__(self):
        self.told, self.answer, self.attempts = [], None, 0

    async def send(self, lead_id, event):
        if self.answer:
            raise self.answer
        self.told.append(event)
        self.attempts += 1
        return {"lead_id": lead_id, "stage": "sal", "attempts": self.attempts}


@pytest.fixture
def workflow():
    return Lead()


@pytest.fixture
def presses(own_store, workflow, poster):
    async def roster():
        return ROSTER

    return Presses(own_store, CommandDesk(own_store, workflow.send), poster, roster, lambda: NOON)


@pytest.fixture
async def lead(own_store):
    return await lead_of(own_store)


@pytest.fixture
def press(own_store, slack, lead):
    async def keep(command, key="press-1", at=NOON, **given):
        said = {"user": ADA, "lead": lead, "channel": "C0SALES00", "response_url": slack.response_url()}
        pressed = Pressed.model_validate({**said, "command": command, **given})
        await own_store.presses.keep(key, pressed.model_dump(mode="json"), at)

    return keep


def entry(n, kind, what, **data):
    return TimelineEntry(n=n, at=NOON - 3 * MINUTE, kind=kind, what=what, policy="p-1", data=data)


def said(slack):
    return [answer["text"] for answer in slack.answers]


async def test_a_press_reaches_the_lead_as_the_reps_command_of_that_moment(presses, press, workflow, slack):
    await press("accept", seen=17)
    assert await presses.carry_out_due(NOON + MINUTE) == 1
    ((event),) = workflow.told
    assert (event.type, event.id, event.occurred_at) == ("lead_accepted", "press-1", NOON)
    assert (event.facts.by, event.facts.seen) == ("rep-7", 17)
    assert slack.calls == []
    assert await presses.carry_out_due(NOON + 60 * MINUTE) == 0


async def test_who_is_on_no_roster_goes_by_their_slack_id(presses, press, workflow):
    await press("claim", user=BOB)
    await presses.carry_out_due(NOON)
    assert workflow.told[0].facts.by == BOB


async def test_a_note_is_kept_with_the_lead_and_forgotten_with_the_press(
    presses, press, workflow, own_store, lead
):
    await press("return", reason="not_ready", note="Ada calls back")
    await presses.carry_out_due(NOON)
    assert [(note.by, note.text) for note in await own_store.notes.of(lead)] == [("rep-7", "Ada calls back")]
    assert "Ada calls" not in workflow.told[0].model_dump_json()
    assert await own_store.presses.take(10, NOON + 60 * MINUTE) == []


async def test_what_the_card_does_not_show_is_confirmed_and_nothing_else(presses, press, slack):
    for number, command in enumerate(["log_attempt", "log_attempt", "accept"]):
        await press(command, f"press-{number}", NOON + number * MINUTE)
    await presses.carry_out_due(NOON + 3 * MINUTE)
    assert sorted(said(slack)) == ["Attempt logged.", "Attempt logged: 2 so far."]


@pytest.mark.parametrize(
    ("command", "private", "told"),
    [
        ("book_meeting", False, "Meeting noted."),
        ("log_contact", False, "Contact noted."),
        ("book_meeting", True, "Meeting noted: it is SAL now."),
    ],
)
async def test_a_contact_is_confirmed_although_it_may_change_no_card(
    presses, press, slack, command, private, told
):
    await press(command, private=private)
    await presses.carry_out_due(NOON)
    assert said(slack) == [told]


async def test_on_a_card_that_only_they_see_every_press_is_confirmed(presses, press, slack):
    await press("accept", private=True)
    await presses.carry_out_due(NOON)
    assert said(slack) == ["Done: it is SAL now."]


async def test_presses_on_one_lead_go_in_the_order_in_which_they_came(presses, press, workflow):
    for number in (3, 1, 2):
        await press("log_contact", f"press-{number}", NOON + number * MINUTE)
    await presses.carry_out_due(NOON + 5 * MINUTE)
    assert [event.id for event in workflow.told] == ["press-1", "press-2", "press-3"]


async def test_a_refusal_is_told_to_the_presser_alone(presses, press, workflow, slack):
    workflow.answer = CommandRefused("Only an MQL can be accepted; this one is SAL")
    await press("accept")
    await presses.carry_out_due(NOON)
    ((answer),) = slack.answers
    assert answer["text"] == "Not done: Only an MQL can be accepted; this one is SAL."
    assert answer["response_type"] == "ephemeral"
    assert (slack.accepted, slack.whispers) == ([], [])


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (
            [
                entry(18, EntryKind.EVENT, "Accepted by rep-7", event_id="e-1", type="lead_accepted"),
                entry(19, EntryKind.STAGE, "MQL → SAL", event_id="e-1", to="sal"),
                entry(20, EntryKind.OWNER, "Owner: rep-7", owner="rep-7", how="accept"),
            ],
            f"Accepted by <@{ADA}> 3 minutes ago; it is SAL now.",
        ),
        (
            [
                entry(18, EntryKind.EVENT, "Returned by rep-7: not ready", event_id="e-1"),
                entry(19, EntryKind.STAGE, "MQL → Recycled", event_id="e-1", to="recycled"),
            ],
            f"Returned by <@{ADA}> 3 minutes ago: not ready; it is back with marketing now.",
        ),
        (
            [entry(18, EntryKind.OWNER, "Owner: rep-9", owner="rep-9", how="claim")],
            "Claimed by Bo B. &lt;x&gt; 3 minutes ago; it is MQL now.",
        ),
        (
            [entry(18, EntryKind.OWNER, f"Owner: {BOB}", owner=BOB, how="routing")],
            f"Given to <@{BOB}> 3 minutes ago; it is MQL now.",
        ),
        (
            [entry(18, EntryKind.OWNER, "Taken back from rep-7", owner=None, how="released")],
            f"Taken back from <@{ADA}> 3 minutes ago; it is MQL now.",
        ),
        (
            [entry(18, EntryKind.STAGE, "MQL → SQL", to="sql")],
            "MQL → SQL 3 minutes ago; it is SQL now.",
        ),
        (
            [
                entry(18, EntryKind.OWNER, "Owner: rep-7", owner="rep-7", how="claim"),
                entry(19, EntryKind.OWNER, "rep-9 was found too late", owner="rep-7", how="kept"),
            ],
            f"Claimed by <@{ADA}> 3 minutes ago; it is MQL now.",
        ),
    ],
    ids=["accepted", "returned", "claimed", "routed", "released", "moved", "kept"],
)
async def test_a_stale_press_hears_what_happened_meanwhile(
    presses, press, workflow, slack, own_store, lead, entries, told
):
    before = entry(17, EntryKind.STAGE, "Lead → MQL", to="mql")
    await own_store.timeline.record(lead, [before, *entries], {"stage": "sal"}, entries[-1].n)
    workflow.answer = CommandRefused("The lead has moved on since: it is SAL now, owned by rep-7")
    await press("return", seen=17, reason="not_ready")
    await presses.carry_out_due(NOON)
    assert said(slack) == [f"Not done: the lead has moved on since. {told}"]


async def test_what_is_not_on_record_yet_is_told_in_the_leads_own_words(presses, press, workflow, slack):
    workflow.answer = CommandRefused("rep-7 was quicker and owns the lead now")
    await press("claim", user=BOB, seen=17)
    await presses.carry_out_due(NOON)
    assert said(slack) == [f"Not done: <@{ADA}> was quicker and owns the lead now."]


async def test_a_lead_that_is_gone_is_said_to_be_gone(presses, press, slack):
    await press("accept", lead="0" * 32)
    await presses.carry_out_due(NOON)
    assert said(slack) == ["Not done: this lead is no longer here."]


async def test_where_the_response_address_is_used_up_the_channel_tells_them(presses, press, workflow, slack):
    workflow.answer = CommandRefused("Not now")
    slack.fail(Answer(404, {}, b'{"ok":false,"error":"expired_url"}'))
    await press("accept")
    await presses.carry_out_due(NOON)
    assert [(each["user"], each["text"]) for each in slack.whispers] == [(ADA, "Not done: Not now.")]


async def test_slack_that_tells_nobody_undoes_nothing(presses, press, workflow, slack):
    slack.fail(Answer(500), Answer(500))
    await press("log_attempt")
    assert await presses.carry_out_due(NOON) == 1
    assert await presses.carry_out_due(NOON + 60 * MINUTE) == 0
    assert len(workflow.told) == 1


async def test_while_temporal_is_away_a_press_is_tried_ever_more_seldom(presses, press, workflow, own_store):
    workflow.answer = CommandUnavailable("Temporal cannot be reached")
    await press("accept")
    now, pauses = NOON, []
    for _ in range(7):
        assert await presses.carry_out_due(now) == 0
        due = await own_store.presses.next_due()
        pauses.append((due - now).total_seconds())
        now = due
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    workflow.answer = None
    assert await presses.carry_out_due(now) == 1
    assert [event.occurred_at for event in workflow.told] == [NOON]


async def test_nothing_pressed_later_overtakes_what_could_not_be_carried_out(presses, press, workflow):
    await press("claim", "press-1", NOON)
    await press("accept", "press-2", NOON + MINUTE)
    workflow.answer = CommandUnavailable("Temporal cannot be reached")
    await presses.carry_out_due(NOON + MINUTE)
    workflow.answer = None
    await presses.carry_out_due(NOON + 2 * MINUTE)
    assert [event.id for event in workflow.told] == ["press-1", "press-2"]


async def test_after_half_an_hour_the_presser_is_told_that_it_was_not_done(
    presses, press, workflow, slack, own_store, lead
):
    await press("return", reason="not_ready", note="Ada calls back")
    workflow.answer = CommandUnavailable("Temporal cannot be reached")
    await presses.carry_out_due(NOON)
    assert said(slack) == []
    workflow.answer = None
    await presses.carry_out_due(NOON + GIVEN_UP_AFTER + MINUTE)
    ((text),) = said(slack)
    assert text.startswith("Not done: the lead could not be reached for half an hour.")
    assert workflow.told == []
    assert await own_store.notes.of(lead) == []


async def test_what_was_done_although_no_answer_came_is_not_called_undone(
    presses, press, workflow, slack, own_store, lead
):
    await press("return", reason="not_ready", note="Ada calls back")
    done = entry(1, EntryKind.EVENT, "Returned by rep-7: not ready", event_id="press-1")
    await own_store.timeline.record(lead, [done], {"stage": "recycled"}, 1)
    assert await presses.carry_out_due(NOON + GIVEN_UP_AFTER + MINUTE) == 1
    assert said(slack) == []


async def test_a_lead_that_never_answers_is_given_up_and_leaves_no_note(
    own_store, poster, press, slack, lead, monkeypatch
):
    monkeypatch.setattr(loops, "_CALL_S", 0.05)

    async def silent(_lead_id, _event):
        await asyncio.Event().wait()

    presses = Presses(own_store, CommandDesk(own_store, silent), poster)
    await press("return", reason="not_ready", note="Ada calls back")
    assert await presses.carry_out_due(NOON) == 0
    assert await presses.carry_out_due(NOON + GIVEN_UP_AFTER + MINUTE) == 1
    assert len(said(slack)) == 1
    assert await own_store.notes.of(lead) == []


async def test_a_surprise_with_one_press_holds_up_no_other_lead(presses, press, workflow, own_store):
    send = workflow.send

    async def odd(lead_id, event):
        if event.id == "press-1":
            raise KeyError("surprise")
        return await send(lead_id, event)

    presses._desk._send = odd
    await press("accept", "press-1")
    await press("accept", "press-2", lead=await lead_of(own_store, "bob@example.com"))
    assert await presses.carry_out_due(NOON) == 1
    assert [event.id for event in workflow.told] == ["press-2"]


async def test_what_another_version_wrote_is_set_aside(presses, own_store, workflow):
    await own_store.presses.keep("press-1", {"of": "the future"}, NOON)
    assert await presses.carry_out_due(NOON) == 1
    assert await own_store.presses.next_due() is None


async def test_a_loop_that_is_stopped_gives_its_presses_back_at_once(own_store, poster, press):
    reached, never = asyncio.Event(), asyncio.Event()

    async def hanging(lead_id, event):
        reached.set()
        await never.wait()

    await press("accept")
    presses = Presses(own_store, CommandDesk(own_store, hanging), poster, clock=lambda: NOON)
    running = asyncio.create_task(presses.run())
    await reached.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await own_store.presses.next_due() == NOON


async def test_what_a_dead_process_had_claimed_is_carried_out_by_another(presses, press, own_store, workflow):
    await press("accept")
    assert len(await own_store.presses.take(10, NOON)) == 1  # and then it dies
    assert await presses.carry_out_due(NOON + LEASE / 2) == 0
    assert await presses.carry_out_due(NOON + LEASE) == 1
    assert len(workflow.told) == 1


async def test_a_loop_that_runs_finds_what_is_pressed(own_store, poster, press, workflow):
    done = asyncio.Event()

    async def send(lead_id, event):
        done.set()
        return await workflow.send(lead_id, event)

    presses = Presses(own_store, CommandDesk(own_store, send), poster, clock=lambda: NOON)
    running = asyncio.create_task(presses.run())
    await press("accept")
    presses.notify()
    async with asyncio.timeout(10):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Slow:
    """Slack, while it takes its time to pass on what a presser is told."""

    def __init__(self):
        self.asked, self.goes_on, self.told = asyncio.Event(), asyncio.Event(), []

    async def respond(self, _response_url, text, *, replace=False):
        self.told.append(text)
        self.asked.set()
        await self.goes_on.wait()


async def test_what_was_refused_is_not_done_after_all_by_who_takes_over_while_slack_is_slow(
    own_store, workflow, press, poster, slack
):
    desk = CommandDesk(own_store, workflow.send)
    slow: Any = Slow()  # one that says nothing more than is asked here
    workflow.answer = CommandRefused("Only an MQL can be accepted; this one is Lead")
    await press("accept", note="Ada calls back")
    first = asyncio.create_task(Presses(own_store, desk, slow).carry_out_due(NOON))
    await slow.asked.wait()
    workflow.answer = None
    await Presses(own_store, desk, poster).carry_out_due(NOON + LEASE + MINUTE)
    slow.goes_on.set()
    await first
    assert workflow.told == []
    assert slow.told == said(slack) == ["Not done: Only an MQL can be accepted; this one is Lead."]
