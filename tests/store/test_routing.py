"""Leads are shared out by weight, once each, however many ask at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.routing import Candidate, LeadFacts
from leadworkflows.domain.teams import Rep
from leadworkflows.store import UnknownLead
from leadworkflows.store.models import LeadRow
from leadworkflows.store.routing import RouteRequest
from tests.store.given import MINUTE, NOON

WEIGHTS = {"ada": 1, "bob": 2, "cleo": 0.5, "dan": 3, "eve": 1.5, "fay": 1, "gus": 1}


async def make_leads(store, count):
    """Leads that nobody has, without the events that made them."""
    rows = [
        {"lead_id": f"lead{n:04}", "created_at": NOON, "last_seq": 0, "revision": 0} for n in range(count)
    ]
    async with store.database.writing() as connection:
        await connection.execute(insert(LeadRow), rows)
    return [row["lead_id"] for row in rows]


def team(**reps):
    """Candidates; a number is a weight."""
    made = {rep_id: rep if isinstance(rep, Rep) else Rep(weight=rep) for rep_id, rep in reps.items()}
    return tuple(Candidate(rep_id, rep) for rep_id, rep in made.items())


def request(lead_id="lead0000", key=None, candidates=None, **rest):
    given = {"pass_no": 1, "team": "sales", "at": NOON, **rest}
    return RouteRequest(
        key=key or f"lead:{lead_id}:mql.1.route.assign:{given['pass_no']}",
        lead_id=lead_id,
        candidates=team(ada=1, bob=1, cleo=1) if candidates is None else candidates,
        **given,
    )


async def assign_all(stores, requests):
    """All at once, over several processes' stores."""
    asked = (stores[n % len(stores)].routing.assign(each) for n, each in enumerate(requests))
    return await asyncio.gather(*asked)


async def test_a_thousand_leads_at_once_are_shared_by_weight_and_nobody_gets_more_than_they_can_work(
    four_stores,
):
    leads = await make_leads(four_stores[0], 1_000)
    able = {"ada": Rep(weight=1, capacity=50), "bob": Rep(weight=2, capacity=1_000)}
    candidates = team(**{**WEIGHTS, **able})
    given = await assign_all(four_stores, [request(lead, candidates=candidates) for lead in leads])
    shares = Counter(each.rep for each in given)
    assert shares["ada"] == 50
    others = {name: weight for name, weight in WEIGHTS.items() if name != "ada"}
    rest = 1_000 - 50
    for name, weight in others.items():
        assert shares[name] == pytest.approx(rest * weight / sum(others.values()), abs=0.02 * 1_000)
    assert await four_stores[0].routing.loads() == shares


async def test_twenty_who_ask_at_once_for_one_lead_get_one_owner(four_stores):
    (lead,) = await make_leads(four_stores[0], 1)
    given = await assign_all(four_stores, [request(lead, key=f"key-{n}") for n in range(20)])
    assert {each.rep for each in given} == {"ada"}
    assert min(each.why for each in given) == ["ada has it already"]
    assert await four_stores[0].routing.loads() == {"ada": 1}


async def test_twenty_tries_of_one_action_are_one_assignment(four_stores):
    (lead,) = await make_leads(four_stores[0], 1)
    given = await assign_all(four_stores, [request(lead, again=True)] * 20)
    assert given == [given[0]] * 20
    assert await four_stores[0].routing.of_key(request(lead).key) == given[0]


async def test_twenty_who_take_one_lead_from_its_owner_at_once_give_it_to_one_other(four_stores):
    (lead,) = await make_leads(four_stores[0], 1)
    await four_stores[0].routing.assign(request(lead, revision=3))
    again = [request(lead, f"key-{n}", again=True, owner="ada", revision=7) for n in range(20)]
    assert {each.rep for each in await assign_all(four_stores, again)} == {"bob"}


async def test_an_assignment_is_kept_as_it_was_made(store):
    (lead,) = await make_leads(store, 1)
    calendar = WorkCalendar(zone="Europe/Berlin")
    candidates = [replace(each, calendar=calendar) for each in team(ada=1, bob=Rep(capacity=0))]
    made = await store.routing.assign(request(lead, candidates=candidates))
    assert (made.rep, made.team, made.calendar) == ("ada", "sales", calendar)
    assert made.why == ["round robin by weight among 1"]
    assert made.passed_over == ["bob: at capacity, 0 of 0"]
    assert await store.routing.of_key(request(lead).key) == made
    assert await store.routing.owner_of(lead) == "ada"


async def test_a_lead_that_is_taken_back_goes_to_each_but_once_in_a_pass(store):
    (lead,) = await make_leads(store, 1)
    owner, found = None, []
    for n in range(4):
        ask = request(lead, f"key-{n}", again=n > 0, owner=owner, revision=10 * n, at=NOON + n * MINUTE)
        found.append(await store.routing.assign(ask))
        owner = found[-1].rep
    assert [made.rep for made in found] == ["ada", "bob", "cleo", None]
    made = found[-1]
    assert made.passed_over == [f"{name}: had it before in this pass" for name in ("ada", "bob", "cleo")]
    assert made.calendar is None


async def test_in_a_new_pass_it_goes_back_to_its_last_owner(store):
    (lead,) = await make_leads(store, 1)
    await store.routing.assign(request(lead))
    await store.routing.assign(request(lead, "again", again=True, owner="ada", revision=5))
    made = await store.routing.assign(request(lead, pass_no=2, revision=9))
    assert (made.rep, made.why) == ("bob", ["it was theirs before"])


async def test_the_one_who_knows_the_company_comes_first_and_that_counts_as_their_turn(store):
    first, second, third, fourth = await make_leads(store, 4)
    await store.routing.assign(request(first, company="acme.com"))
    made = await store.routing.assign(request(second, company="acme.com"))
    assert (made.rep, made.why) == ("ada", ["they have another lead of this company"])
    assert made.passed_over == [f"{name}: ada has another lead of this company" for name in ("bob", "cleo")]
    assert [(await store.routing.assign(request(lead))).rep for lead in (third, fourth)] == ["bob", "cleo"]


async def test_nobody_is_given_the_lead_of_a_company_beyond_their_capacity(store):
    first, second = await make_leads(store, 2)
    candidates = team(ada=Rep(capacity=1), bob=1)
    await store.routing.assign(request(first, company="acme.com", candidates=candidates))
    made = await store.routing.assign(request(second, company="acme.com", candidates=candidates))
    assert (made.rep, made.passed_over) == ("bob", ["ada: at capacity, 1 of 1"])


async def test_who_comes_back_and_who_is_new_get_their_share_from_then_on(store):
    leads = await make_leads(store, 40)
    without = team(ada=1, bob=1)
    for lead in leads[:20]:
        await store.routing.assign(request(lead, candidates=without))
    given = [
        await store.routing.assign(request(lead, candidates=team(ada=1, bob=1, cleo=1)))
        for lead in leads[20:]
    ]
    assert Counter(each.rep for each in given)["cleo"] in (6, 7)


async def test_what_the_lead_is_shuts_out_who_takes_others(store):
    (lead,) = await make_leads(store, 1)
    candidates = team(ada=Rep(countries=("DE", "AT")), bob=Rep(languages=("fr",)), cleo=1)
    facts = LeadFacts(country="FR", language="en")
    made = await store.routing.assign(request(lead, candidates=candidates, lead=facts))
    assert made.rep == "cleo"
    assert made.passed_over == [
        "ada: outside their territory (FR; takes DE, AT)",
        "bob: speaks other languages (en; speaks fr)",
    ]


async def test_a_lead_that_nobody_could_take_may_be_asked_for_again(store):
    (lead,) = await make_leads(store, 1)
    made = await store.routing.assign(request(lead, candidates=team(ada=Rep(capacity=0))))
    assert (made.rep, made.why) == (None, ["nobody can take it now"])
    assert await store.routing.owner_of(lead) is None
    later = request(lead, "later", at=NOON + timedelta(days=1))
    assert (await store.routing.assign(later)).rep == "ada"


async def test_a_team_without_anybody_says_so(store):
    (lead,) = await make_leads(store, 1)
    assert (await store.routing.assign(request(lead, candidates=()))).why == ["nobody is in the team"]


async def test_teams_take_turns_each_for_itself(store):
    leads = await make_leads(store, 4)
    for lead in leads[:3]:
        await store.routing.assign(request(lead, team="emea", candidates=team(ada=1)))
    assert (await store.routing.assign(request(leads[3], candidates=team(ada=1, bob=1)))).rep == "ada"


async def test_a_lead_that_does_not_exist_is_given_to_nobody(store):
    with pytest.raises(UnknownLead):
        await store.routing.assign(request("nobody"))
    assert await store.routing.loads() == {}
