"""A lead gets an owner of the team, once for each action, and the answer says why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from leadworkflows.activities.routing import RouteAssign, company_of
from leadworkflows.domain.decisions import Outcome
from leadworkflows.domain.teams import Away, CalendarSpec, Rep, Roster, Team
from leadworkflows.store.models import EffectRow

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BERLIN = CalendarSpec(zone="Europe/Berlin")
REPS = {
    "rep-1": Rep(countries=("DE", "AT"), calendar=BERLIN),
    "rep-2": Rep(calendar=CalendarSpec(zone="America/New_York")),
    "rep-3": Rep(calendar=BERLIN, away=(Away.model_validate({"from": "2026-11-20", "to": "2027-01-02"}),)),
}
SALES = Roster(reps=REPS, teams={"sales": Team(reps=tuple(REPS)), "emea": Team(reps=("rep-1",))})


@pytest.fixture
async def desk(outbox):
    """A team of three on a Monday morning in Berlin, and a lead from France."""
    outbox.roster, outbox.now, outbox.more = SALES, MONDAY, {RouteAssign.name: RouteAssign}
    outbox.facts = {"country": "FR", "owner": None, "revision": 4}
    return outbox


async def test_the_action_tells_the_owner_their_working_time_and_why_the_others_were_passed_over(desk):
    desk.facts["country"] = "DE"
    result = await desk.perform("route.assign")
    assert (result.outcome, result.detail) == (Outcome.CONFIRMED, "rep-1: round robin by weight among 1")
    assert (result.assignment.rep, result.assignment.team) == ("rep-1", "sales")
    assert result.assignment.calendar.zone == "Europe/Berlin"
    assert result.assignment.passed_over == [
        "rep-2: off work until 2026-11-23 09:00 America/New_York",
        "rep-3: away until 2027-01-02",
    ]
    assert await desk.store.routing.owner_of(desk.lead_id) == "rep-1"


async def test_outside_the_territory_it_goes_to_who_works_later(desk):
    result = await desk.perform("route.assign")
    assert result.assignment.rep == "rep-2"
    assert "nobody is at work now" in result.assignment.why
    assert "rep-1: outside their territory (FR; takes DE, AT)" in result.assignment.passed_over


async def test_where_nobody_knows_the_country_any_territory_will_do(desk):
    desk.facts["country"] = None
    result = await desk.perform("route.assign")
    assert (result.assignment.rep, result.assignment.why[-1]) == ("rep-1", "country unknown")


async def test_a_retry_after_a_crash_finds_what_was_chosen(desk):
    """The store had the choice, and nobody was told: the team looks different now."""
    first = await desk.perform("route.assign")
    await _forget_the_outcome(desk)
    desk.roster = Roster(reps={"rep-9": Rep()}, teams={"sales": Team(reps=("rep-9",))})
    again = await desk.perform("route.assign")
    assert again.assignment == first.assignment
    assert again.detail.startswith("found: rep-2")


async def _forget_the_outcome(desk):
    """As when the process died between the store's answer and the outcome."""
    asked = desk.request("route.assign")
    async with desk.store.database.writing() as connection:
        await connection.execute(delete(EffectRow))
    await desk.store.effects.reserve(asked.key, asked.lead_id, asked.name, desk.now)


async def test_a_named_team_shares_among_its_own(desk):
    desk.facts["country"] = "AT"
    result = await desk.perform("route.assign", team="emea")
    assert (result.assignment.rep, result.assignment.team) == ("rep-1", "emea")
    assert result.assignment.passed_over == []


async def test_a_team_that_does_not_exist_waits_for_who_mends_the_policy(desk):
    with pytest.raises(AssertionError, match="there is no team apac"):
        await desk.perform("route.assign", team="apac", attempts=1)


async def test_taken_back_from_its_owner_a_lead_goes_to_another_and_at_last_to_nobody(desk):
    desk.roster = Roster(
        reps={"rep-1": Rep(), "rep-2": Rep()}, teams={"sales": Team(reps=("rep-1", "rep-2"))}
    )
    given = [await desk.attempt("route.assign", key="lead:1:mql.1.route.assign:1")]
    for number in (1, 2):
        desk.facts = {"owner": given[-1].assignment.rep, "revision": 4 + number}
        given.append(await desk.attempt("route.reassign", key=f"lead:1:sla.review.r{number}.150:1"))
    assert [each.assignment.rep for each in given] == ["rep-1", "rep-2", None]
    assert given[-1].detail == "nobody: nobody can take it now"
    assert (await desk.store.outbox.all()) == []


async def test_who_claimed_it_meanwhile_keeps_it(desk):
    await desk.attempt("route.assign", key="lead:1:mql.1.route.assign:1")
    desk.facts = {"owner": "rep-5", "revision": 2}  # decided before rep-2 had it
    result = await desk.attempt("route.reassign", key="lead:1:sla.review.150:1")
    assert (result.assignment.rep, result.assignment.why) == ("rep-2", ["rep-2 took it meanwhile"])


async def test_without_anybody_who_sells_nothing_is_assigned_and_the_channel_is_asked_only_to_take_over(desk):
    desk.roster = Roster()
    assigned = await desk.attempt("route.assign", key="lead:1:mql.1.route.assign:1")
    assert (assigned.assignment, assigned.detail) == (
        None, "no team is set up: whoever claims the lead owns it"
    )  # fmt: skip
    assert await desk.store.outbox.all() == []
    taken = await desk.attempt("route.reassign", key="lead:1:sla.review.150:1")
    assert taken.assignment is None
    (item,) = await desk.store.outbox.all()
    assert item.key == "lead:1:sla.review.150:1"


async def test_reps_without_a_team_share_among_themselves(desk):
    desk.roster = Roster(reps={"rep-1": Rep()})
    result = await desk.perform("route.assign")
    assert (result.assignment.rep, result.assignment.team) == ("rep-1", "")


@pytest.mark.parametrize(
    ("email", "company"),
    [("ada@acme.com", "acme.com"), ("ada@Acme.com", "acme.com"), ("ada@gmail.com", None), ("ada", "ada")],
)
def test_a_company_is_the_domain_of_an_address_that_no_free_provider_gave(email, company):
    assert company_of(email) == company
