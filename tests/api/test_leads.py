from __future__ import annotations

from datetime import timedelta

import pytest

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from tests.api.edge import EVENT, fields, problem
from tests.sources.inbound import NOW


def event(email, number=1):
    return {**EVENT, "id": f"{email}-{number}".replace("@", "."), "identity": {"email": email}}


async def record(edge, lead_id, **snapshot):
    entry = TimelineEntry(
        n=1,
        at=NOW + timedelta(milliseconds=5),
        kind=EntryKind.STAGE,
        what="lead → sql",
        why=["T3"],
        policy="p-1",
    )
    await edge.store.timeline.record(lead_id, [entry], {"lead_id": lead_id, **snapshot}, 1)


async def test_a_lead_that_waits_for_its_workflow_is_a_lead_all_the_same(edge):
    await edge.events(EVENT)
    lead_id = await edge.lead_id()
    lead = (await edge.get(f"/api/v1/leads/{lead_id}")).json()
    assert lead["workflow_id"] == f"lead-{lead_id}"
    assert (lead["stage"], lead["score"]["total"], lead["nurture"]) == ("lead", 0, None)
    assert lead.keys() == {
        "lead_id", "workflow_id", "stage", "sub_status", "score", "persona", "segment", "priority", "channel",
        "owner", "sla", "nurture", "contact", "policy", "next_wakeup",
    }  # fmt: skip


async def a_merged_lead(edge):
    """Two addresses come under one id of a CRM; the younger lead is merged into the older."""
    crm = {"vendor_ids": {"crm": "77"}}
    await edge.events({**event("old@example.com"), "identity": {"email": "old@example.com", **crm}})
    older = await edge.lead_id("old@example.com")
    await edge.events(event("ada@example.com"))
    younger = await edge.lead_id()
    said = {**event("ada@example.com", 2), "identity": {"email": "ada@example.com", **crm}}
    assert (await edge.events(said)).status_code == 202
    return older, younger


async def test_a_lead_that_turned_out_to_be_another_points_to_it(edge):
    first, second = await a_merged_lead(edge)
    winner = await edge.lead_id()
    loser = second if winner == first else first
    assert (await edge.get(f"/api/v1/leads/{loser}")).json()["merged_into"] == winner
    assert "merged_into" not in (await edge.get(f"/api/v1/leads/{winner}")).json()
    listed = (await edge.get("/api/v1/leads")).json()["leads"]
    assert [lead["lead_id"] for lead in listed] == [winner]


async def test_a_command_to_a_lead_that_was_merged_names_the_one_to_use(edge):
    first, second = await a_merged_lead(edge)
    winner = await edge.lead_id()
    loser = second if winner == first else first
    refused = await edge.post(f"/api/v1/leads/{loser}/commands", {"command": "accept", "by": "rep-1"})
    assert problem(refused, 409)["detail"] == f"This is the same person as lead {winner}: use that one."
    assert edge.commands == []


async def test_a_lead_is_shown_as_its_workflow_recorded_it(edge):
    await edge.events(EVENT)
    lead_id = await edge.lead_id()
    await record(edge, lead_id, stage="sql", priority=True)
    lead = (await edge.get(f"/api/v1/leads/{lead_id}")).json()
    assert (lead["stage"], lead["priority"]) == ("sql", True)


async def test_a_timeline_says_what_happened_and_why(edge):
    await edge.events(EVENT)
    lead_id = await edge.lead_id()
    await record(edge, lead_id, stage="sql")
    answer = (await edge.get(f"/api/v1/leads/{lead_id}/timeline")).json()
    (entry,) = answer["entries"]
    assert entry == {
        "at": "2026-03-02T09:30:00Z",
        "kind": "stage",
        "what": "lead → sql",
        "why": ["T3"],
        "policy": "p-1",
    }


async def test_a_lead_is_found_by_any_spelling_of_its_address(edge):
    await edge.events(event("ada@example.com"), event("bob@example.com"))
    found = (await edge.get("/api/v1/leads?email=%20ADA@Example.com")).json()
    assert [lead["lead_id"] for lead in found["leads"]] == [await edge.lead_id()]
    assert (await edge.get("/api/v1/leads?email=eve@example.com")).json() == {"leads": [], "next": None}


@pytest.mark.parametrize("written", ["ada+x@example.com", "ada%2Bx@example.com", "%20ADA%20x@example.com%20"])
async def test_a_plus_in_an_address_is_found_escaped_or_not(edge, written):
    await edge.events(event("ada@example.com"), event("ada+x@example.com"))
    found = (await edge.get(f"/api/v1/leads?email={written}")).json()
    assert [lead["lead_id"] for lead in found["leads"]] == [await edge.lead_id("ada+x@example.com")]


async def test_leads_are_found_by_stage(edge):
    await edge.events(event("ada@example.com"), event("bob@example.com"))
    await record(edge, await edge.lead_id(), stage="sql")
    found = (await edge.get("/api/v1/leads?stage=sql")).json()
    assert [lead["stage"] for lead in found["leads"]] == ["sql"]


async def test_pages_hold_every_lead_once(edge):
    await edge.events(*(event(f"lead{n}@example.com") for n in range(5)))
    seen, after = [], ""
    while True:
        page = (await edge.get(f"/api/v1/leads?limit=2{after}")).json()
        seen += [lead["lead_id"] for lead in page["leads"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("limit=1000", "limit"),
        ("stage=hot", "stage"),
        ("after=x", "after"),
        ("after=%C3%A9", "after"),
        ("email=ada", "email"),
    ],
)
async def test_a_wrong_parameter_is_named(edge, query, field):
    assert fields(await edge.get(f"/api/v1/leads?{query}")) == {field}


@pytest.mark.parametrize("path", ["", "/timeline"])
@pytest.mark.parametrize("lead_id", ["0" * 32, "nobody", "%00", "x" * 5000, "a'b"])
async def test_an_unknown_lead_is_a_404(edge, lead_id, path):
    problem(await edge.get(f"/api/v1/leads/{lead_id}{path}"), 404)


@pytest.mark.parametrize("path", ["", "/x", "/x/timeline"])
async def test_reading_needs_a_key(edge, path):
    problem(await edge.get(f"/api/v1/leads{path}", key=None), 401)


async def test_an_action_that_is_stuck_says_on_the_lead_what_it_waits_for(edge):
    await edge.events(EVENT)
    lead_id = await edge.lead_id()
    await record(edge, lead_id, pending_actions=[{"key": "k1", "name": "slack.alert"}, {"key": "k2"}])
    await edge.store.effects.reserve("k1", lead_id, "slack.alert", NOW)
    await edge.store.effects.release("k1", "not_in_channel; invite the app", "stuck")
    lead = (await edge.get(f"/api/v1/leads/{lead_id}")).json()
    assert lead["pending_actions"] == [
        {"key": "k1", "name": "slack.alert", "status": "stuck", "detail": "not_in_channel; invite the app"},
        {"key": "k2", "status": "waiting", "detail": ""},
    ]
