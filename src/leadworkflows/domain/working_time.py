"""The calendars that clocks really run in: from what people wrote, the holidays of regions, and days away."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.hours import read_week
from leadworkflows.domain.teams import Away, CalendarSpec, Roster

_BEHIND, _AHEAD = timedelta(days=7), timedelta(days=400)


class Standard(Protocol):
    """What holds for whoever has no calendar of their own: a policy, which itself reads its calendar here."""

    @property
    def calendar(self) -> CalendarSpec:
        """Working time as the policy writes it."""

    @property
    def holidays(self) -> Mapping[str, tuple[date, ...]]:
        """Public holidays by region."""


def calendar_of(
    spec: CalendarSpec, holidays: Mapping[str, tuple[date, ...]], away: Sequence[Away] = ()
) -> WorkCalendar:
    """Working time as it was written, without the days off, which are looked up by region.

    Raises ValueError for a region of which no holidays are known: counting them as working days would
    let a clock run while nobody is there.
    """
    unknown = [region for region in spec.holidays if region not in holidays]
    if unknown:
        raise ValueError(f"holidays: no dates are known for {', '.join(unknown)}")
    days_off = {day for region in spec.holidays for day in holidays[region]}
    days_off |= {*spec.closed, *(day for absence in away for day in _days(absence))}
    return WorkCalendar(zone=spec.zone, week=read_week(spec.hours), days_off=tuple(sorted(days_off)))


def near(calendar: WorkCalendar, at: datetime) -> WorkCalendar:
    """The calendar with only the days off around an instant: 7 days before to 400 after, to travel light."""
    today = at.astimezone(ZoneInfo(calendar.zone)).date()
    days = calendar.days_off
    kept = days[bisect_left(days, today - _BEHIND) : bisect_right(days, today + _AHEAD)]
    return WorkCalendar(zone=calendar.zone, week=calendar.week, days_off=kept)


def rep_calendar(roster: Roster, rep_id: str, policy: Standard, at: datetime) -> WorkCalendar:
    """When a rep works, around an instant: by their own calendar, else the team's, else the policy's.

    Somebody who is not on the roster works as the policy says. Raises ValueError where holidays of a
    region are known neither to the policy nor to the roster.
    """
    rep, team = roster.reps.get(rep_id), roster.teams.get(roster.team_of(rep_id) or "")
    spec = (rep and rep.calendar) or (team and team.calendar) or policy.calendar
    holidays = {**roster.holidays, **policy.holidays}
    return near(calendar_of(spec, holidays, rep.away if rep else ()), at)


def _days(away: Away) -> Iterator[date]:
    for number in range(away.first.toordinal(), away.last.toordinal() + 1):
        yield date.fromordinal(number)
