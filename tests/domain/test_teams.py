"""Teams and reps as people write them: what is read, and what is refused with the fix."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from leadworkflows.domain.hours import read_week
from leadworkflows.domain.teams import Away, CalendarSpec, Rep, Roster, Team, faults

DAY = ((540, 1080),)
NONE: tuple[()] = ()


@pytest.mark.parametrize(
    ("hours", "week"),
    [
        ({"mon-fri": "09:00-18:00"}, [DAY, DAY, DAY, DAY, DAY, NONE, NONE]),
        ({"MON": "9:00 - 18:00"}, [DAY, NONE, NONE, NONE, NONE, NONE, NONE]),
        ({"Sat,Sun": ("09:00-18:00",)}, [NONE, NONE, NONE, NONE, NONE, DAY, DAY]),
        ({"sat-mon": "09:00-18:00"}, [DAY, NONE, NONE, NONE, NONE, DAY, DAY]),
        ({"mon-tue, thursday": "09:00-18:00"}, [DAY, DAY, NONE, DAY, NONE, NONE, NONE]),
        ({"mon-sun": "00:00-24:00"}, [((0, 1440),)] * 7),
        ({"tue": "09:00-18:00", "wed": ()}, [NONE, DAY, NONE, NONE, NONE, NONE, NONE]),
        ({"wed": ("13:00-17:30", "09:00-12:30")}, [NONE, NONE, ((540, 750), (780, 1050)), *([NONE] * 4)]),
        ({"sun": "22:00-06:00"}, [((0, 360),), *([NONE] * 5), ((1320, 1440),)]),
        ({"sun": "22:00-00:00"}, [*([NONE] * 6), ((1320, 1440),)]),
    ],
)
def test_hours_are_read_as_people_write_them(hours, week):
    CalendarSpec.model_validate({"hours": hours})
    assert read_week(hours) == tuple(week)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"monday-freitag": "09:00-18:00"}, "'monday-freitag' names no days; write mon, mon-fri or sat,sun"),
        ({"mon-": "09:00-18:00", "": "09:00-18:00"}, "'' names no days"),
        ({"mon": "9 to 5"}, "'9 to 5' is no stretch of a day; write 09:00-18:00"),
        ({"mon": "09:00-18:60"}, "has a time that no clock shows; write between 00:00 and 24:00"),
        ({"mon": "09:00-24:30"}, "has a time that no clock shows"),
        ({"mon": "09:00-09:00"}, "has no length; write 00:00-24:00 for a whole day"),
        ({"mon": "24:00-06:00"}, "begins at the end of the day; write 00:00 on the next day"),
        ({"mon-fri": "09:00-18:00", "fri": "09:00-14:00"}, "Friday is written twice, by 'fri' too"),
        ({"mon": ["09:00-12:00", "11:00-18:00"]}, "stretches of Monday overlap"),
        ({"mon": "22:00-06:00", "tue": "05:00-09:00"}, "stretches of Tuesday overlap"),
        ({"mon": []}, "nobody ever works, so nothing would be due; give hours for one day at least"),
        ({}, "nobody ever works"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused_with_the_fix(hours, said):
    with pytest.raises(ValidationError) as refused:
        CalendarSpec.model_validate({"hours": hours})
    (error,) = refused.value.errors()
    assert error["loc"] == ("hours",)
    assert said in error["msg"]


def test_one_region_needs_no_list():
    assert CalendarSpec.model_validate({"holidays": "DE-BE"}).holidays == ("DE-BE",)
    assert CalendarSpec.model_validate({"holidays": ["DE", "US"]}).holidays == ("DE", "US")


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match="expected an IANA time zone"):
        CalendarSpec(zone="Europe/Munich")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-08-05", "2026-08-04", "put the earlier day in from"),
        ("2026-01-01", "9999-12-31", "three years"),
    ],
)
def test_an_absence_ends_after_it_begins_and_some_day(first, last, said):
    with pytest.raises(ValidationError, match=said):
        Away.model_validate({"from": first, "to": last})


def test_an_absence_of_one_day_is_one():
    absence = Away.model_validate({"from": "2026-08-05", "to": "2026-08-05"})
    assert absence.first == absence.last == date(2026, 8, 5)


def said(*parts: Any) -> list[tuple[tuple[int | str, ...], str]]:
    return [(fault["loc"], str(fault["type"])) for fault in faults(*parts)]


def test_a_region_that_a_calendar_names_needs_its_dates():
    german = CalendarSpec(holidays=("DE", "DE-BE"))
    found = said(german, {"DE": ()}, {"emea": Team(calendar=german)}, {"rep-1": Rep(calendar=german)})
    assert [place for place, _ in found] == [
        ("calendar", "holidays", 1),
        ("teams", "emea", "calendar", "holidays", 1),
        ("reps", "rep-1", "calendar", "holidays", 1),
    ]
    assert {text for _, text in found} == {"no dates are given for DE-BE; add them to the policy's holidays"}


def test_a_team_may_wait_for_people_who_come_by_the_api():
    assert not said(CalendarSpec(), {}, {"emea": Team(reps=("rep-9",), manager="rep-8")}, {})


def test_two_people_are_not_one_member_of_slack():
    reps = {"rep-1": Rep(slack="U0123ABCD"), "rep-2": Rep(slack="U0123ABCD"), "rep-3": Rep(), "rep-4": Rep()}
    ((place, text),) = said(CalendarSpec(), {}, {}, reps)
    assert place == ("reps", "rep-2", "slack")
    assert text == "U0123ABCD is the Slack member of rep-1 too; give each their own"


def test_a_rep_who_does_not_act_has_a_manager_who_is_told():
    emea, amer = Team(reps=("rep-1",), manager="rep-8"), Team(reps=("rep-2",), manager="rep-9")
    two, one = Roster(teams={"emea": emea, "amer": amer}), Roster(teams={"emea": emea})
    assert [two.manager_of(rep) for rep in ("rep-1", "rep-2", "rep-7", None)] == [
        "rep-8",
        "rep-9",
        None,
        None,
    ]
    assert [one.manager_of(rep) for rep in ("rep-7", None)] == ["rep-8", "rep-8"]


def test_whoever_presses_is_known_by_their_slack_id():
    roster = Roster(reps={"rep-1": Rep(), "rep-2": Rep(slack="U0123ABCD")})
    assert roster.by_slack("U0123ABCD") == "rep-2"
    assert roster.by_slack("U9999ZZZZ") is None
