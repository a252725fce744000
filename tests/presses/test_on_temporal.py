"""Presses and the lead's own workflow, on the real server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from leadworkflows import bootstrap, presses
from leadworkflows.commands.carry_out import CommandDesk
from leadworkflows.commands.pressed import Pressed
from leadworkflows.commands.shape import Command
from leadworkflows.presses import Presses
from leadworkflows.store import Store
from tests.presses.conftest import PEOPLE
from tests.workflows.events import Script
from tests.workflows.server import soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


@pytest.fixture
def desk(store, env):
    return bootstrap.command_desk(store, env.client)


@pytest.fixture
def mql(new_lead):
    """Make a lead that sales has to review."""

    async def make():
        lead, script = await new_lead(), Script(soon())
        visits = [script.event("page_viewed", anonymous=True, page="pricing") for _ in range(3)]
        await lead.deliver(
            *visits,
            script.event("form_submitted", states_budget=True, industry="manufacturing", employees=50),
            script.event("social_engaged", network="linkedin"),
        )
        assert (await lead.settled_view())["stage"] == "mql"
        return lead

    return make


async def keep(store, slack, lead, command, user=PEOPLE[0].id, key=None, **given):
    """Press a button; the address at which the presser is answered."""
    address = slack.response_url()
    pressed = Pressed(
        user=user, lead=lead.lead_id, command=command, channel="C0SALES00", response_url=address, **given
    )
    key = key or f"press-{lead.lead_id}-{user}-{command}"
    await store.presses.keep(key, pressed.model_dump(mode="json"), datetime.now(UTC))
    return address


def later():
    return datetime.now(UTC) + timedelta(minutes=1)


def moves(entries):
    return [entry.data["move"] for entry in entries if entry.data.get("move") in ("T2", "T6")]


async def test_of_fifty_presses_of_accept_and_return_one_wins_and_the_others_are_told(
    mql, desk, store, settings, slack, poster, monkeypatch
):
    monkeypatch.setattr(presses, "_BATCH", 8)  # so that seven loops carry out at a time
    lead = await mql()
    seen = (await lead.view())["revision"]
    addresses = {}
    for number, person in enumerate(PEOPLE):
        command = {"command": "accept"} if number % 2 else {"command": "return", "reason": "not_ready"}
        addresses[await keep(store, slack, lead, user=person.id, seen=seen, **command)] = person.id
    async with Store.open(settings.database) as other:
        loops = [Presses(store if number % 2 else other, desk, poster) for number in range(7)]
        carried = await asyncio.gather(*(each.carry_out_due(later()) for each in loops))
    assert sum(carried) == 50
    assert len(moves(await lead.timeline())) == 1
    told = {f"{slack.url}{answer['path']}": answer["text"] for answer in slack.answers}
    assert len(told) == len(slack.answers) == 49
    assert addresses.keys() >= told.keys()
    assert all("has moved on since" in text for text in told.values()), set(told.values())


async def test_a_press_is_carried_out_once_although_the_first_loop_dies_after_it(
    mql, desk, store, env, slack, poster
):
    lead = await mql()
    await keep(store, slack, lead, "accept")
    reached, never = asyncio.Event(), asyncio.Event()

    async def dies_before_it_notes_it(lead_id, event):
        await desk._send(lead_id, event)
        reached.set()
        await never.wait()

    first = asyncio.create_task(Presses(store, CommandDesk(store, dies_before_it_notes_it), poster).run())
    await reached.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert await Presses(store, desk, poster).carry_out_due(later()) == 1
    assert moves(await lead.timeline()) == ["T2"]
    assert slack.answers == []


async def test_a_press_is_carried_out_although_the_first_loop_dies_before_it(mql, desk, store, slack, poster):
    lead = await mql()
    await keep(store, slack, lead, "accept")
    reached, never = asyncio.Event(), asyncio.Event()

    async def dies(_lead_id, _event):
        reached.set()
        await never.wait()

    first = asyncio.create_task(Presses(store, CommandDesk(store, dies), poster).run())
    await reached.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    second = asyncio.create_task(Presses(store, desk, poster).run())
    async with asyncio.timeout(20):
        while (await lead.view())["stage"] != "sal":
            await asyncio.sleep(0.05)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    await Presses(store, desk, poster).carry_out_due(later())  # it may have been stopped before it noted that
    assert moves(await lead.timeline()) == ["T2"]


async def test_an_attempt_that_is_carried_out_twice_counts_once(mql, desk, store, slack, poster):
    lead = await mql()
    shape = Pressed(user="U0PERSON00", lead=lead.lead_id, command=Command.LOG_ATTEMPT).shape("rep-7")
    await asyncio.gather(*(desk.carry_out(lead.lead_id, shape, f"press-{lead.lead_id}") for _ in range(5)))
    assert (await lead.settled_view())["attempts"] == 1


async def test_a_note_reaches_the_store_and_nothing_of_it_temporal(mql, desk, store, slack, poster):
    lead = await mql()
    note = "Ada Lovelace calls back at four"
    await keep(store, slack, lead, "return", reason="not_ready", note=note)
    assert await Presses(store, desk, poster).carry_out_due(later()) == 1
    assert moves(await lead.timeline()) == ["T6"]
    assert [kept.text for kept in await store.notes.of(lead.lead_id)] == [note]
    histories = [history.to_json() for history in await lead.histories()]
    assert all("Lovelace" not in history and "calls back" not in history for history in histories)


async def test_what_the_chart_refuses_is_told_in_the_leads_words(mql, desk, store, slack, poster):
    lead = await mql()
    await keep(store, slack, lead, "win", seen=(await lead.view())["revision"])
    await Presses(store, desk, poster).carry_out_due(later())
    assert [answer["text"] for answer in slack.answers] == [
        "Not done: Only an opportunity can be won; this one is MQL."
    ]
