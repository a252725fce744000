"""Who sells: the policy's people and the API's, who win."""

from __future__ import annotations

from datetime import date

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Away, CalendarSpec, Rep, Team
from leadworkflows.domain.working_time import rep_calendar
from leadworkflows.store.roster import KeptRep, KeptTeam
from tests.domain.variants import DEFAULT
from tests.store.given import MINUTE, NOON


def policy(reps=None, teams=None) -> Policy:
    return DEFAULT.model_copy(update={"reps": reps or {}, "teams": teams or {}})


async def test_without_the_api_the_roster_is_the_policys(store):
    sales = Team(reps=("rep-1",), manager="rep-2")
    roster = await store.roster.load(policy({"rep-1": Rep(weight=2), "rep-2": Rep()}, {"sales": sales}))
    assert roster.reps == {"rep-1": Rep(weight=2), "rep-2": Rep()}
    assert roster.teams == {"sales": sales}
    assert (await store.roster.load(None)).reps == {}


async def test_whom_the_api_names_wins_over_the_policy(store):
    given = policy({"rep-1": Rep(weight=2)}, {"sales": Team(reps=("rep-1",), channel="#old")})
    await store.roster.put_rep(KeptRep("rep-1", Rep(weight=5)), NOON)
    await store.roster.put_team(KeptTeam("sales", Team(reps=("rep-1",), channel="#new")), NOON)
    roster = await store.roster.load(given)
    assert (roster.reps["rep-1"].weight, roster.teams["sales"].channel) == (5, "#new")
    assert await store.roster.drop_rep("rep-1")
    assert await store.roster.drop_team("sales")
    assert await store.roster.load(given) == await store.roster.load(given)
    assert (await store.roster.load(given)).reps["rep-1"].weight == 2


async def test_a_rep_joins_the_teams_they_name_once_and_makes_those_that_nobody_described(store):
    await store.roster.put_rep(KeptRep("rep-2", Rep(), ("sales", "partners")), NOON)
    await store.roster.put_rep(KeptRep("rep-1", Rep(), ("sales",)), NOON)
    roster = await store.roster.load(policy({"rep-1": Rep()}, {"sales": Team(reps=("rep-1",))}))
    assert {name: team.reps for name, team in roster.teams.items()} == {
        "sales": ("rep-1", "rep-2"),
        "partners": ("rep-2",),
    }


async def test_a_team_lists_nobody_who_is_gone(store):
    await store.roster.put_team(KeptTeam("sales", Team(reps=("rep-1", "rep-9"))), NOON)
    await store.roster.put_rep(KeptRep("rep-1", Rep()), NOON)
    assert (await store.roster.load(None)).teams["sales"].reps == ("rep-1",)


async def test_a_rep_comes_back_as_they_were_put_last(store):
    days = (Away.model_validate({"from": "2026-12-21", "to": "2027-01-02"}),)
    rep = Rep(
        name="Bøb", capacity=3, countries=("DE",), away=days, calendar=CalendarSpec(zone="Europe/Berlin")
    )
    await store.roster.put_rep(KeptRep("rep-1", Rep(), ("sales",)), NOON)
    await store.roster.put_rep(KeptRep("rep-1", rep, (), {"DE": (date(2026, 12, 25),)}), NOON + MINUTE)
    assert await store.roster.reps() == [KeptRep("rep-1", rep, (), {"DE": (date(2026, 12, 25),)})]
    assert not await store.roster.drop_rep("rep-2")


async def test_the_holidays_of_the_apis_people_are_off_in_their_calendars(store):
    days = {"DE": (date(2026, 3, 3),)}
    rep = Rep(calendar=CalendarSpec(zone="Europe/Berlin", holidays=("DE",)))
    await store.roster.put_rep(KeptRep("rep-1", rep, (), days), NOON)
    given = policy()
    calendar = rep_calendar(await store.roster.load(given), "rep-1", given, NOON)
    assert calendar.days_off == (date(2026, 3, 3),)
