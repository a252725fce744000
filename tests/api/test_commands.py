from __future__ import annotations

import pytest

from leadworkflows.commands.shape import EVENT_OF, Command
from leadworkflows.domain.facts import Level
from tests.api.edge import EVENT, fields, problem
from tests.sources.inbound import NOW


@pytest.fixture
async def command(edge):
    """Send a command about the one lead that there is."""
    await edge.events(EVENT)
    lead_id = await edge.lead_id()

    async def send(name, **given):
        return await edge.post(f"/api/v1/leads/{lead_id}/commands", {"command": name, **given})

    return send


@pytest.mark.parametrize(("name", "given", "event_type"), [
    ("claim", {"by": "rep-7"}, "lead_claimed"),
    ("accept", {}, "lead_accepted"),
    ("return", {"reason": "not_ready"}, "lead_returned"),
    ("disqualify", {"reason": "Competitor"}, "lead_disqualified"),
    ("reopen", {}, "lead_reopened"),
    ("log_attempt", {}, "contact_attempted"),
    ("log_contact", {}, "contact_made"),
    ("record_facts", {"facts": {"budget": "yes"}}, "qualification_recorded"),
    ("open_opportunity", {}, "opportunity_opened"),
    ("win", {}, "deal_won"),
    ("lose", {"reason": "price"}, "deal_lost"),
    ("book_meeting", {}, "contact_made"),
    ("assign", {"facts": {"to": "rep-9"}}, "lead_assigned"),
    ("pause", {}, "clocks_paused"),
    ("resume", {}, "clocks_resumed"),
])  # fmt: skip
async def test_each_command_reaches_the_lead_as_its_event(edge, command, name, given, event_type):
    response = await command(name, **given)
    assert response.status_code == 200
    lead_id = await edge.lead_id()
    assert response.json() == {"lead_id": lead_id, "stage": "sal"}
    ((told, event),) = edge.commands
    assert (told, event.type, event.seq) == (lead_id, event_type, 0)
    assert event.id.startswith("cmd-")
    assert event.occurred_at > NOW


def test_every_command_has_its_event():
    assert EVENT_OF.keys() == set(Command)


async def test_the_facts_and_who_stated_them_are_carried(edge, command):
    await command("record_facts", by="rep-7", facts={"budget": True, "need": "Partial", "employees": 40})
    ((_, event),) = edge.commands
    assert event.facts.levels() == {"budget": Level.YES, "need": Level.PARTIAL}
    assert (event.facts.by, event.facts.employees) == ("rep-7", 40)


async def test_the_reason_of_an_attempt_is_its_outcome(edge, command):
    await command("log_attempt", by="rep-7", reason="No answer")
    ((_, event),) = edge.commands
    assert event.facts.outcome == "no_answer"


async def test_a_reason_is_folded_to_its_word(edge, command):
    await command("return", reason="Wrong profile")
    ((_, event),) = edge.commands
    assert event.facts.reason == "wrong_profile"


async def notes(edge):
    return [(note.by, note.text) for note in await edge.store.notes.of(await edge.lead_id())]


async def test_a_note_stays_in_the_store_and_out_of_the_event(edge, command):
    await command("accept", by="rep-7", note="Ada calls back at four")
    ((_, event),) = edge.commands
    assert "Ada" not in event.model_dump_json()
    assert await notes(edge) == [("rep-7", "Ada calls back at four")]


async def test_a_reason_that_no_fact_holds_is_kept_as_a_note(edge, command):
    await command("win", by="rep-7", reason="Best price", note="Signed in Berlin")
    assert await notes(edge) == [("rep-7", "Best price\nSigned in Berlin")]


async def test_a_refused_command_leaves_no_note(edge, command):
    edge.refusal = "not now"
    problem(await command("accept", note="call Ada"), 409)
    assert await notes(edge) == []


async def test_an_outcome_in_the_facts_comes_before_a_reason(edge, command):
    await command("log_attempt", reason="No answer", facts={"outcome": "bad_timing"})
    ((_, event),) = edge.commands
    assert event.facts.outcome == "bad_timing"


@pytest.mark.parametrize("name", ["return", "disqualify", "lose"])
@pytest.mark.parametrize("given", [{}, {"reason": None}, {"reason": ""}, {"reason": "?!"}])
async def test_a_decision_against_a_lead_needs_a_reason(edge, command, name, given):
    assert fields(await command(name, **given)) == {"reason"}
    assert edge.commands == []


async def test_an_unknown_command_lists_those_that_are_known(command):
    response = await command("promote")
    assert fields(response) == {"command"}
    assert "claim" in response.text
    assert "open_opportunity" in response.text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"command": "claim"}, "by"),
        ({"command": "accept", "by": "ada@example.com"}, "by"),
        ({"command": "accept", "speed": "now"}, "speed"),
        ({"command": "accept", "facts": []}, "facts"),
        ({"command": "accept", "facts": {"budget": "yes"}}, "facts.budget"),
        ({"command": "record_facts"}, "facts"),
        ({"command": "record_facts", "facts": {"budgt": "yes"}}, "facts.budgt"),
        ({"command": "record_facts", "facts": {"budget": "maybe"}}, "facts.budget"),
        ({"by": "rep-7"}, "command"),
        ({"command": "accept", "seen": -1}, "seen"),
        ({"command": "assign"}, "facts.to"),
        ({"command": "assign", "facts": {"to": "ada@example.com"}}, "facts.to"),
        ({"command": "pause", "facts": {"until": "tomorrow"}}, "facts.until"),
        ({"command": "accept", "facts": {"noted": True}}, "facts.noted"),
        ({"command": "accept", "facts": {"calendar": {}}}, "facts.calendar"),
        ({"command": "log_attempt", "reason": "?!"}, "reason"),
    ],
)
async def test_what_is_wrong_with_a_command_is_named(edge, command, given, field):
    await command("accept")
    edge.commands.clear()
    response = await edge.post(f"/api/v1/leads/{await edge.lead_id()}/commands", given)
    assert fields(response) == {field}
    assert edge.commands == []


async def test_what_the_lead_does_not_allow_is_a_409_with_the_reason(edge, command):
    edge.refusal = "A lead in stage lead cannot be accepted: it is no MQL."
    assert problem(await command("accept"), 409)["detail"] == edge.refusal


async def test_an_unknown_lead_is_a_404(edge):
    problem(await edge.post(f"/api/v1/leads/{'0' * 32}/commands", {"command": "accept"}), 404)


async def test_a_command_needs_a_key(edge):
    problem(await edge.post("/api/v1/leads/x/commands", {"command": "accept"}, key=None), 401)


async def test_the_revision_that_somebody_looked_at_goes_along(edge, command):
    await command("accept", by="rep-7", seen=17)
    ((_, event),) = edge.commands
    assert event.facts.seen == 17


async def test_a_meeting_that_sales_agreed_on_is_contact_with_that_outcome(edge, command):
    await command("book_meeting", by="rep-7", reason="Monday at ten")
    ((_, event),) = edge.commands
    assert event.facts.outcome == "meeting_booked"
    assert await notes(edge) == [("rep-7", "Monday at ten")]


async def test_the_lead_is_told_that_a_note_is_kept_and_not_what_it_says(edge, command):
    await command("return", reason="not_ready", note="Ada calls back at four")
    await command("return", reason="not_ready")
    assert [event.facts.noted for _, event in edge.commands] == [True, False]


async def test_clocks_stand_still_until_the_instant_that_is_named(edge, command):
    await command("pause", by="rep-7", facts={"until": "2026-12-01T10:00:00+01:00"})
    ((_, event),) = edge.commands
    assert event.facts.until.isoformat() == "2026-12-01T09:00:00+00:00"
