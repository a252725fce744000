"""People and teams are named by the API, beside those of the policy."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from leadworkflows.domain.teams import Rep, Team
from leadworkflows.store.models import DeskRow
from tests.api.edge import EVENT, fields, problem
from tests.domain.variants import DEFAULT

BOB = {
    "name": "Bob", "slack": "U0123ABCD", "capacity": 30, "countries": ["de", "AT"], "teams": ["sales"],
    "calendar": {"zone": "Europe/Berlin", "holidays": ["DE-BE"]},
    "away": [{"from": "2026-12-21", "to": "2027-01-02"}],
}  # fmt: skip


async def put(edge, path, body):
    return await edge.request("PUT", f"/api/v1/{path}", body)


async def reps(edge):
    return (await edge.get("/api/v1/reps")).json()["reps"]


async def test_a_rep_who_was_put_is_shown_with_their_teams_and_the_leads_they_work(edge):
    answer = await put(edge, "reps/rep-7", BOB)
    assert answer.status_code == 200, answer.text
    (shown,) = await reps(edge)
    assert shown == answer.json()
    assert (shown["rep_id"], shown["teams"], shown["open"], shown["named_by"]) == (
        "rep-7",
        ["sales"],
        0,
        "api",
    )
    assert shown["countries"] == ["DE", "AT"]
    assert shown["away"] == BOB["away"]


async def test_the_leads_at_work_are_counted(edge):
    await edge.events(EVENT)
    lead = {"lead_id": await edge.lead_id(), "rep_id": "rep-7", "held": True, "open": True}
    async with edge.store.database.writing() as connection:
        await connection.execute(insert(DeskRow).values(**lead, since=edge.now, revision=1))
    await put(edge, "reps/rep-7", BOB)
    assert [each["open"] for each in await reps(edge)] == [1]


async def test_putting_again_replaces_and_deleting_removes(edge):
    await put(edge, "reps/rep-7", BOB)
    await put(edge, "reps/rep-7", {"weight": 2})
    (shown,) = await reps(edge)
    assert (shown["name"], shown["weight"], shown["teams"]) == ("", 2, [])
    assert (await edge.request("DELETE", "/api/v1/reps/rep-7", b"")).status_code == 204
    assert await reps(edge) == []
    problem(await edge.request("DELETE", "/api/v1/reps/rep-7", b""), 404)


async def test_the_holidays_of_their_region_are_kept(edge):
    await put(edge, "reps/rep-7", BOB)
    (kept,) = await edge.store.roster.reps()
    assert {day.isoformat() for day in kept.holidays["DE-BE"]} >= {"2026-12-25", "2027-03-08"}


@pytest.mark.parametrize("path", ["reps/rep-7", "teams/sales"])
async def test_a_region_without_known_holidays_is_named_with_the_nearest(edge, path):
    answer = await put(edge, path, {"calendar": {"holidays": ["DE", "Germany"]}})
    assert fields(answer) == {"calendar.holidays[1]"}
    assert "did you mean DE?" in answer.text
    assert "Germany" not in answer.text
    assert await reps(edge) == []


@pytest.mark.parametrize(("body", "field"), [
    ({"weight": -1}, "weight"),
    ({"wieght": 1}, "wieght"),
    ({"countries": ["Germany"]}, "countries[0]"),
    ({"slack": "bob"}, "slack"),
    ({"teams": ["Big Sales"]}, "teams[0]"),
    ({"calendar": {"zone": "Berlin"}}, "calendar.zone"),
    ({"away": [{"from": "2027-01-02", "to": "2026-12-21"}]}, "away[0]"),
])  # fmt: skip
async def test_what_a_rep_cannot_be_is_named_by_its_field(edge, body, field):
    assert fields(await put(edge, "reps/rep-7", body)) == {field}


async def test_an_id_that_is_an_address_is_refused(edge):
    assert fields(await put(edge, "reps/bob@example.com", {})) == {"rep_id"}


async def test_a_team_has_those_it_names_and_those_who_name_it(edge):
    await put(edge, "reps/rep-7", BOB)
    await put(edge, "reps/rep-8", {})
    answer = await put(edge, "teams/sales", {"reps": ["rep-8"], "manager": "rep-8", "channel": "#deals"})
    assert answer.json()["reps"] == ["rep-8", "rep-7"]
    (shown,) = (await edge.get("/api/v1/teams")).json()["teams"]
    assert (shown["name"], shown["manager"], shown["channel"]) == ("sales", "rep-8", "#deals")
    assert (await edge.request("DELETE", "/api/v1/teams/sales", b"")).status_code == 204
    (left,) = (await edge.get("/api/v1/teams")).json()["teams"]
    assert (left["reps"], left["channel"]) == (["rep-7"], "#sales")
    problem(await edge.request("DELETE", "/api/v1/teams/sales", b""), 404)


async def test_a_team_of_strangers_is_refused(edge):
    answer = await put(edge, "teams/sales", {"reps": ["rep-9"], "manager": "rep-1"})
    assert fields(answer) == {"reps[0]", "manager"}


async def test_whom_the_policy_names_is_shown_and_stays(edge):
    policy = DEFAULT.model_copy(update={"reps": {"rep-1": Rep()}, "teams": {"emea": Team(reps=("rep-1",))}})
    await edge.store.policies.save("p-1", "default", policy.model_dump_json(by_alias=True), edge.now)
    await edge.store.policies.activate("p-1", edge.now, "tests")
    assert [(each["rep_id"], each["teams"], each["named_by"]) for each in await reps(edge)] == [
        ("rep-1", ["emea"], "policy")
    ]
    problem(await edge.request("DELETE", "/api/v1/reps/rep-1", b""), 404)
    await put(edge, "reps/rep-1", {"weight": 3})
    assert [(each["weight"], each["named_by"]) for each in await reps(edge)] == [(3, "api")]
