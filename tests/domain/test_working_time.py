"""When a rep works: their own hours, else their team's, else the policy's, without the days off."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.teams import Away, CalendarSpec, Rep, Roster, Team
from leadworkflows.domain.working_time import calendar_of, near, rep_calendar
from tests.domain.variants import variant

AT = datetime(2026, 5, 6, 12, tzinfo=UTC)
NINE_TO_SIX = ((540, 1080),)
POLICY = variant(calendar={"zone": "Europe/Berlin", "holidays": ["DE"]}, holidays={"DE": [date(2026, 5, 14)]})


def spec(**written: object) -> CalendarSpec:
    return CalendarSpec.model_validate(written)


def away(first: str, last: str) -> Away:
    return Away.model_validate({"from": first, "to": last})


def test_holidays_closed_days_and_days_away_are_off():
    holidays = {"DE": (date(2026, 5, 1), date(2026, 5, 14)), "US": (date(2026, 7, 3),)}
    written = spec(zone="Europe/Berlin", holidays="DE", closed=["2026-12-24", "2026-05-01"])
    calendar = calendar_of(written, holidays, [away("2026-08-03", "2026-08-05")])
    summer = [date(2026, 8, day) for day in (3, 4, 5)]
    assert calendar.days_off == (date(2026, 5, 1), date(2026, 5, 14), *summer, date(2026, 12, 24))
    assert (calendar.zone, calendar.week) == ("Europe/Berlin", (*([NINE_TO_SIX] * 5), (), ()))


def test_a_region_without_dates_is_no_region_without_holidays():
    with pytest.raises(ValueError, match="no dates are known for DE-BE"):
        calendar_of(spec(holidays=["DE", "DE-BE"]), {"DE": ()})


def test_a_night_shift_goes_on_after_midnight_and_after_the_weekend():
    berlin = ZoneInfo("Europe/Berlin")
    calendar = calendar_of(spec(zone="Europe/Berlin", hours={"fri,sun": "22:00-06:00"}), {})
    assert calendar.week[4:] == (((1320, 1440),), ((0, 360),), ((1320, 1440),))
    assert calendar.week[0] == ((0, 360),)
    start = datetime(2026, 5, 8, 23, tzinfo=berlin)
    assert calendar.add(start, 3 * 3600) == datetime(2026, 5, 9, 2, tzinfo=berlin)
    assert calendar.add(start, 8 * 3600) == datetime(2026, 5, 10, 23, tzinfo=berlin)


def test_a_night_shift_on_a_day_off_ends_at_midnight():
    spring = calendar_of(spec(hours={"mon-fri": "22:00-06:00"}, closed=["2026-05-14"]), {})
    night = datetime(2026, 5, 13, 23, tzinfo=UTC)
    assert spring.between(night, night + timedelta(hours=12)) == 3600


def test_only_the_days_off_near_by_travel():
    days = tuple(date(2020, 1, 1) + timedelta(days=n * 5) for n in range(1500))
    calendar = near(WorkCalendar(zone="Asia/Tokyo", days_off=days), AT)
    assert calendar.days_off[0] >= date(2026, 4, 29)
    assert calendar.days_off[-1] <= date(2027, 6, 10)
    assert len(calendar.days_off) in {81, 82}
    assert (calendar.zone, calendar.week) == ("Asia/Tokyo", WorkCalendar().week)


def test_near_by_is_told_by_the_date_where_the_rep_is():
    late = datetime(2026, 5, 6, 23, tzinfo=UTC)  # the 7th in Tokyo
    days = (date(2026, 4, 29), date(2026, 4, 30))
    assert near(WorkCalendar(zone="Asia/Tokyo", days_off=days), late).days_off == days[1:]
    assert near(WorkCalendar(zone="UTC", days_off=days), late).days_off == days


def test_a_rep_works_by_their_own_hours_else_the_teams_else_the_policys():
    own, of_team = spec(zone="Asia/Tokyo"), spec(zone="America/New_York")
    reps = {"rep-1": Rep(calendar=own), "rep-2": Rep(), "rep-3": Rep()}
    teams = {"emea": Team(reps=("rep-3",)), "amer": Team(reps=("rep-1", "rep-2"), calendar=of_team)}
    roster = Roster(reps, teams)
    zones = [
        rep_calendar(roster, rep, POLICY, AT).zone for rep in ("rep-1", "rep-2", "rep-3", "somebody-else")
    ]
    assert zones == ["Asia/Tokyo", "America/New_York", "Europe/Berlin", "Europe/Berlin"]


def test_a_rep_is_away_in_whatever_calendar_they_work():
    roster = Roster({"rep-1": Rep(away=(away("2026-05-07", "2026-05-08"),))})
    calendar = rep_calendar(roster, "rep-1", POLICY, AT)
    assert calendar.days_off == (date(2026, 5, 7), date(2026, 5, 8), date(2026, 5, 14))
    due = calendar.add(datetime(2026, 5, 6, 15, 30, tzinfo=UTC), 3600)
    assert due == datetime(2026, 5, 11, 7, 30, tzinfo=UTC)


def test_holidays_that_the_policy_does_not_know_come_with_the_roster():
    tokyo = {"rep-1": Rep(calendar=spec(holidays="JP")), "rep-2": Rep(calendar=spec(holidays=["DE"]))}
    roster = Roster(tokyo, holidays={"JP": (date(2026, 5, 5),), "DE": (date(2026, 5, 5),)})
    assert rep_calendar(roster, "rep-1", POLICY, AT).days_off == (date(2026, 5, 5),)
    # What the policy says of a region holds for everybody, so that all who are there have the same days off.
    assert rep_calendar(roster, "rep-2", POLICY, AT).days_off == (date(2026, 5, 14),)
