"""One desk for everybody who commands a lead, over a real store."""

from __future__ import annotations

import pytest

from leadworkflows.commands.carry_out import CommandDesk
from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.commands.events import read_command
from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.teams import UnknownRep
from leadworkflows.store.errors import UnknownLead
from tests.store.given import NOON, lead_of

BERLIN, PARIS = WorkCalendar(zone="Europe/Berlin"), WorkCalendar(zone="Europe/Paris")


class Workflow:
    """Stands where the lead's workflow does, and records as it does."""

    def __init__(self, store):
        self.store, self.told, self.answer = store, [], None
        self.records = True

    async def send(self, lead_id, event):
        if self.answer:
            raise self.answer
        self.told.append(event)
        if self.records:
            n = len(self.told)
            entry = TimelineEntry(n=n, at=NOON, kind=EntryKind.EVENT, what="…", policy="p-1",
                                  data={"event_id": event.id})  # fmt: skip
            await self.store.timeline.record(lead_id, [entry], {"lead_id": lead_id, "stage": "sal"}, n)
        return {"lead_id": lead_id, "stage": "sal"}


@pytest.fixture
def workflow(store):
    return Workflow(store)


@pytest.fixture
def desk(store, workflow):
    async def calendar_of(rep_id):
        try:
            return {"rep-7": BERLIN, "rep-9": PARIS}[rep_id]
        except KeyError:
            raise UnknownRep(f"Nobody is called {rep_id!r}; there are rep-7, rep-9") from None

    return CommandDesk(store, workflow.send, calendar_of, lambda: NOON)


@pytest.fixture
async def lead(store):
    return await lead_of(store)


@pytest.mark.parametrize(("body", "calendar"), [
    ({"command": "claim", "by": "rep-7"}, BERLIN),
    ({"command": "accept", "by": "rep-7"}, BERLIN),
    ({"command": "accept", "by": "nobody-knows-them"}, None),
    ({"command": "accept"}, None),
    ({"command": "assign", "by": "rep-7", "facts": {"to": "rep-9"}}, PARIS),
    ({"command": "log_attempt", "by": "rep-7"}, None),
])  # fmt: skip
async def test_whoever_gets_the_lead_brings_their_working_time(desk, workflow, lead, body, calendar):
    await desk.carry_out(lead, read_command(body))
    assert workflow.told[0].facts.calendar == calendar


async def test_a_command_counts_once_under_its_event_id(desk, workflow, lead, store):
    shape = read_command({"command": "log_attempt", "by": "rep-7", "note": "Ada was out"})
    first = await desk.carry_out(lead, shape, "press-1")
    assert await desk.carry_out(lead, shape, "press-1") == first
    assert [event.id for event in workflow.told] == ["press-1"]
    assert [note.text for note in await store.notes.of(lead)] == ["Ada was out"]


async def test_a_refusal_of_what_was_carried_out_meanwhile_is_no_refusal(desk, workflow, lead, store):
    """Two processes carry out one press; the slower one is told that the lead is accepted already."""
    shape = read_command({"command": "accept", "note": "call Ada"})
    faster, send = CommandDesk(store, workflow.send), workflow.send

    async def slow(lead_id, event):
        await faster.carry_out(lead_id, shape, "press-1")
        workflow.answer = CommandRefused("Only an MQL can be accepted; this one is SAL")
        return await send(lead_id, event)

    slower = CommandDesk(store, slow)
    assert (await slower.carry_out(lead, shape, "press-1"))["stage"] == "sal"
    assert [note.text for note in await store.notes.of(lead)] == ["call Ada"]


async def test_a_command_that_is_on_record_as_refused_is_refused(desk, workflow, lead, store):
    """The lead notes what passed its door beside another command, and then came too late."""
    refused = TimelineEntry(n=2, at=NOON, kind=EntryKind.REFUSED, what="Too late", policy="p-1",
                            data={"event_id": "press-1"})  # fmt: skip
    heard = refused.model_copy(update={"n": 1, "kind": EntryKind.EVENT})
    await store.timeline.record(lead, [heard, refused], {"stage": "sal"}, 2)
    workflow.answer = CommandRefused("Too late")
    with pytest.raises(CommandRefused):
        await desk.carry_out(lead, read_command({"command": "accept", "note": "call Ada"}), "press-1")
    assert await store.notes.of(lead) == []


@pytest.mark.parametrize("answer", [CommandRefused("not now"), CommandUnavailable("Temporal is away")])
async def test_a_command_that_was_not_carried_out_leaves_no_note(desk, workflow, lead, store, answer):
    workflow.answer = answer
    with pytest.raises(type(answer)):
        await desk.carry_out(lead, read_command({"command": "accept", "note": "call Ada"}))
    assert await store.notes.of(lead) == []


async def test_without_temporal_a_command_is_unavailable_and_leaves_no_note(store, lead):
    with pytest.raises(CommandUnavailable):
        await CommandDesk(store, None).carry_out(lead, read_command({"command": "accept", "note": "x"}))
    assert await store.notes.of(lead) == []


@pytest.mark.parametrize("lead_id", ["0" * 32, "'; --", "x" * 65, ""])
async def test_a_lead_that_nobody_knows_is_named_as_such(desk, lead_id):
    with pytest.raises(UnknownLead):
        await desk.carry_out(lead_id, read_command({"command": "accept"}))


async def test_a_command_that_is_shown_shows_no_note():
    assert "Ada" not in repr(read_command({"command": "accept", "note": "call Ada"}))


async def test_a_lead_is_given_to_nobody_who_does_not_exist(desk, workflow, lead):
    shape = read_command({"command": "assign", "by": "rep-7", "facts": {"to": "rep-99"}})
    with pytest.raises(CommandRefused) as refused:
        await desk.carry_out(lead, shape)
    assert refused.value.reason == "Nobody is called 'rep-99'; there are rep-7, rep-9."
    assert workflow.told == []
