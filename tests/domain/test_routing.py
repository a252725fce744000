"""Who gets a lead, and a sentence for everybody who does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.routing import Candidate, LeadFacts, choose
from leadworkflows.domain.teams import Away, Rep

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SATURDAY = MONDAY - timedelta(days=2)
BERLIN = WorkCalendar(zone="Europe/Berlin")
NOBODY_KNOWN = LeadFacts()


def away(first, last):
    return Away.model_validate({"from": first, "to": last})


def candidates(**reps):
    return [Candidate(rep_id, rep, BERLIN) for rep_id, rep in reps.items()]


def over(choice):
    return dict(each.split(": ", 1) for each in choice.passed_over)


@pytest.mark.parametrize(
    ("rep", "lead", "sentence"),
    [
        (Rep(countries=("DE", "AT")), LeadFacts(country="FR"), "outside their territory (FR; takes DE, AT)"),
        (Rep(segments=("sme",)), LeadFacts(segment="corp"), "takes other segments (corp; takes sme)"),
        (Rep(languages=("de",)), LeadFacts(language="fr"), "speaks other languages (fr; speaks de)"),
        (Rep(capacity=30), NOBODY_KNOWN, "at capacity, 30 of 30"),
        (Rep(away=(away("2026-11-20", "2027-01-02"),)), NOBODY_KNOWN, "away until 2027-01-02"),
        (Rep(), LeadFacts(had=frozenset({"ada"})), "had it before in this pass"),
        (Rep(weight=0), NOBODY_KNOWN, "takes only own accounts (weight 0)"),
    ],
)
def test_who_cannot_have_the_lead_is_passed_over_with_the_reason(rep, lead, sentence):
    ada = Candidate("ada", rep, BERLIN, open=30)
    choice = choose(lead, [ada, Candidate("bob", Rep(), BERLIN)], MONDAY)
    assert (choice.rep, choice.passed_over) == ("bob", (f"ada: {sentence}",))
    alone = choose(lead, [ada], MONDAY)
    assert (alone.rep, alone.why, alone.passed_over) == (
        None,
        ("nobody can take it now",),
        (f"ada: {sentence}",),
    )


def test_who_is_off_work_is_passed_over_for_who_is_there_until_nobody_is():
    new_york = replace(candidates(bob=Rep())[0], calendar=WorkCalendar(zone="America/New_York"))
    team = [*candidates(ada=Rep()), new_york]
    assert over(choose(NOBODY_KNOWN, team, MONDAY)) == {
        "bob": "off work until 2026-11-23 09:00 America/New_York"
    }
    assert choose(NOBODY_KNOWN, [new_york], MONDAY).why[-1] == "nobody is at work now"
    weekend = choose(NOBODY_KNOWN, [replace(team[0], turn=1.0), new_york], SATURDAY)
    assert (weekend.rep, over(weekend)) == ("bob", {"ada": "its turn comes later"})


def test_a_fact_that_is_not_known_shuts_nobody_out_and_is_said():
    choice = choose(NOBODY_KNOWN, candidates(ada=Rep(countries=("DE",), languages=("de",))), MONDAY)
    assert choice.rep == "ada"
    assert choice.why[1:] == ("country unknown", "language unknown")
    assert len(choose(NOBODY_KNOWN, candidates(ada=Rep()), MONDAY).why) == 1


def test_first_the_last_owner_then_the_one_who_knows_the_company_then_the_turn():
    team = candidates(ada=Rep(), bob=Rep(weight=0), cleo=Rep(capacity=0), dan=Rep())
    lead = LeadFacts(last_owner="dan", account=("bob",))
    assert choose(lead, team, MONDAY).rep == "dan"
    assert choose(replace(lead, last_owner="cleo"), team, MONDAY).rep == "bob"
    known = choose(replace(lead, last_owner=None), team, MONDAY)
    assert (known.rep, known.time) == ("bob", None)
    assert over(known)["ada"] == "bob has another lead of this company"
    assert choose(replace(lead, last_owner="cleo", account=("cleo", "eve")), team, MONDAY).rep == "ada"


def test_the_owner_of_the_account_has_it_although_they_are_asleep():
    assert choose(LeadFacts(account=("ada",)), candidates(ada=Rep(), bob=Rep()), SATURDAY).rep == "ada"


def test_somebody_who_left_the_team_gets_nothing():
    lead = LeadFacts(last_owner="gone", account=("gone",))
    assert choose(lead, candidates(ada=Rep()), MONDAY).rep == "ada"
    assert choose(lead, [], MONDAY).why == ("nobody is in the team",)


def test_away_is_by_the_date_where_the_person_is():
    auckland = WorkCalendar(zone="Pacific/Auckland")
    ada = Candidate("ada", Rep(away=(away("2026-11-24", "2026-11-24"),)), auckland)
    late = MONDAY.replace(hour=12)  # it is past one in the morning of the 24th there
    assert choose(NOBODY_KNOWN, [ada], late).passed_over == ("ada: away until 2026-11-24",)
    assert choose(NOBODY_KNOWN, [replace(ada, calendar=BERLIN)], late).rep == "ada"


def share(team, count, start=0.0):
    """Route so many leads; how many each got, and how everybody then stands."""
    turns, time = {each.rep_id: each.turn for each in team}, start
    got: Counter[str] = Counter()
    for _ in range(count):
        stand = [replace(each, turn=max(turns[each.rep_id], time)) for each in team]
        choice = choose(NOBODY_KNOWN, stand, MONDAY)
        assert choice.rep
        turns[choice.rep], time = choice.turn, choice.time
        got[choice.rep] += 1
    return got, turns, time


def test_over_many_leads_the_shares_are_the_weights():
    weights = {"ada": 1, "bob": 2, "cleo": 0.5, "dan": 3, "eve": 1.5, "fay": 1, "gus": 0.1}
    got, _, _ = share(candidates(**{name: Rep(weight=weight) for name, weight in weights.items()}), 1_000)
    for name, weight in weights.items():
        assert abs(got[name] - 1_000 * weight / sum(weights.values())) <= 2


def test_who_comes_back_or_is_new_gets_their_share_from_then_on():
    _, turns, time = share(candidates(ada=Rep(), bob=Rep()), 100)
    back = [
        *(replace(each, turn=turns[each.rep_id]) for each in candidates(ada=Rep(), bob=Rep())),
        *candidates(cleo=Rep()),
    ]
    got, _, _ = share(back, 30, time)
    assert 9 <= got["cleo"] <= 11


REPS = st.builds(
    Rep,
    weight=st.sampled_from([0, 0.5, 1, 7]),
    capacity=st.none() | st.integers(0, 3),
    countries=st.sampled_from([(), ("DE",), ("DE", "FR")]),
    segments=st.sampled_from([(), ("sme",)]),
    languages=st.sampled_from([(), ("de",), ("fr",)]),
    away=st.sampled_from([(), (away("2026-11-20", "2026-11-25"),)]),
)
NAMES = [f"rep-{n}" for n in range(6)]
TEAMS = st.lists(
    st.builds(
        Candidate,
        rep_id=st.sampled_from(NAMES),
        rep=REPS,
        calendar=st.sampled_from([BERLIN, WorkCalendar(zone="America/Los_Angeles")]),
        open=st.integers(0, 4),
        turn=st.floats(0, 1e6),
    ),
    unique_by=lambda each: each.rep_id,
    max_size=6,
)
LEADS = st.builds(
    LeadFacts,
    country=st.sampled_from([None, "DE", "US"]),
    segment=st.sampled_from([None, "sme", "corp"]),
    language=st.sampled_from([None, "de", "en"]),
    last_owner=st.none() | st.sampled_from(NAMES),
    account=st.lists(st.sampled_from(NAMES), max_size=3).map(tuple),
    had=st.frozensets(st.sampled_from(NAMES), max_size=3),
)


@given(LEADS, TEAMS, st.integers(0, 7 * 24).map(lambda hours: MONDAY + timedelta(hours=hours)))
def test_everybody_is_chosen_or_passed_over_with_a_sentence_and_the_chosen_could_have_it(lead, team, now):
    choice = choose(lead, team, now)
    assert choice.why
    reasons = over(choice)
    assert all(reasons.values())
    assert len(reasons) == len(choice.passed_over)
    assert {*reasons, *([choice.rep] if choice.rep else [])} == {each.rep_id for each in team}
    if choice.rep is None:
        assert not any(_could(lead, each, now) and each.rep.weight for each in team)
        return
    assert choice.rep not in reasons
    (chosen,) = (each for each in team if each.rep_id == choice.rep)
    assert _could(lead, chosen, now)
    assert choice.turn >= chosen.turn


def _could(lead, each, now):
    """The rules once more, told the other way round."""
    rep, today = each.rep, now.astimezone(ZoneInfo(each.calendar.zone)).date()
    return (
        each.rep_id not in lead.had
        and (lead.country is None or not rep.countries or lead.country in rep.countries)
        and (lead.segment is None or not rep.segments or lead.segment in rep.segments)
        and (lead.language is None or not rep.languages or lead.language in rep.languages)
        and (rep.capacity is None or each.open < rep.capacity)
        and not any(absence.first <= today <= absence.last for absence in rep.away)
    )
