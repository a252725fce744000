"""When people work: hours by weekday in a zone, and days off; how much working time lies between instants."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict

from leadworkflows.domain.facts import TimeZone

Hours = tuple[tuple[int, int], ...]
"""Stretches of a day, each from and to in minutes after local midnight; 1440 is the end of the day."""
Week = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
"""Monday to Sunday."""

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONGEST_WALK = 20 * 366
"""Days after which work is given up as never done, so that no calendar can make the core loop for ever."""
_SECOND, _NONE = timedelta(seconds=1), timedelta()


def checked_week(week: Week) -> Week:
    """The week itself. Raises ValueError where its stretches are in disorder, or nobody ever works."""
    for name, hours in zip(DAY_NAMES, week, strict=True):
        for begin, end in hours:
            if not 0 <= begin < end <= 1440:
                raise ValueError(f"a stretch of {name} must end after it begins, between 00:00 and 24:00")
        if any(later[0] < earlier[1] for earlier, later in pairwise(hours)):
            raise ValueError(f"stretches of {name} overlap or are out of order; write them apart, in order")
    if not any(week):
        raise ValueError("nobody ever works, so nothing would be due; give hours for one day at least")
    return week


def _in_order(days: tuple[date, ...]) -> tuple[date, ...]:
    return tuple(sorted(set(days)))


class WorkCalendar(BaseModel):
    """Working hours as they are, in one IANA zone: what clocks run in, and what travels with an owner.

    A stretch belongs to a local date, but is counted in real time: on the night the clocks go forward
    01:00-04:00 is two hours, on the night they go back it is four.
    """

    model_config = ConfigDict(frozen=True)

    zone: TimeZone = "UTC"
    week: Annotated[Week, AfterValidator(checked_week)] = (*((((9 * 60, 18 * 60),),) * 5), (), ())
    days_off: Annotated[tuple[date, ...], AfterValidator(_in_order)] = ()
    """Public holidays, closed days and days away, as local dates, sorted."""

    def add(self, start: datetime, seconds: int) -> datetime:
        """The earliest instant (UTC) by which so many working seconds have passed since `start`.

        Work that fills a stretch is done at its end, not when the next one begins; no work is done at once.
        Raises ValueError where `seconds` is negative, or the calendar has not so much time in 20 years.
        """
        start, left = start.astimezone(UTC), seconds * _SECOND
        if seconds < 0:
            raise ValueError("working time only runs forward: seconds must not be negative")
        if not seconds:
            return start
        for begin, end in self._stretches(start):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        raise ValueError("the calendar has not so much working time in 20 years; give it more hours")

    def between(self, start: datetime, end: datetime) -> int:
        """The working seconds from `start` to `end`, rounded down; 0 where `end` is not after `start`."""
        worked, start, end = timedelta(), start.astimezone(UTC), end.astimezone(UTC)
        for begin, until in self._stretches(start, end.toordinal() - start.toordinal()):
            if begin >= end:
                break
            worked += min(until, end) - begin
        return worked // _SECOND

    def works_at(self, at: datetime) -> bool:
        """Whether this is working time. The end of a stretch is no longer."""
        return any(begin <= at for begin, _ in self._stretches(at.astimezone(UTC), days=0))

    def next_start(self, at: datetime) -> datetime:
        """`at` itself where that is working time, else when work begins again (UTC).

        Raises ValueError where that is not within 20 years.
        """
        for begin, _ in self._stretches(at.astimezone(UTC)):
            return begin
        raise ValueError("nobody works in 20 years; take days out of the days off")

    @property
    def day_seconds(self) -> int:
        """What `1 business day` means here: the mean working time of the days that have any."""
        days = [sum(end - begin for begin, end in hours) * 60 for hours in self.week if hours]
        return round(sum(days) / len(days))

    def _stretches(self, after: datetime, days: int = _LONGEST_WALK) -> Iterator[tuple[datetime, datetime]]:
        """What is left of the working stretches after an instant (UTC), in their order, so many days on."""
        zone, days_off = _zone(self.zone), self.days_off
        # A local date is one off at most from the date in UTC. Where the clocks go back over midnight, a
        # stretch of tomorrow's begins while the wall still says today: so go on for one day more.
        first = max(after.toordinal() - 1, date.min.toordinal() + 1)
        for number in range(first, min(first + days + 4, date.max.toordinal() - 1)):
            # The first of January of the year 1 was a Monday, and has the number 1.
            hours = self.week[(number - 1) % 7]
            if not hours:
                continue
            day = date.fromordinal(number)
            if days_off and self._is_off(day):
                continue
            for begin, end in hours:
                until = _instant(zone, day, end)
                if until > after and (since := max(_instant(zone, day, begin), after)) < until:
                    yield since, until

    def _is_off(self, day: date) -> bool:
        place = bisect_left(self.days_off, day)
        return place < len(self.days_off) and self.days_off[place] == day


@cache
def _zone(name: str) -> ZoneInfo:
    """The library itself keeps only the last few zones, and reads the others from a file again."""
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def _instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """The one instant for which a boundary on the wall clock stands (PEP 495).

    Each boundary is a single instant, so that stretches which touch still touch, and none is counted twice.
    A time that comes twice, when the clocks go back, is its first coming (fold 0). A time that never
    comes, when they go forward, is the instant of the change.
    """
    wall = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
    local = wall.replace(tzinfo=zone)
    before, after = local.utcoffset() or _NONE, local.replace(fold=1).utcoffset() or _NONE
    if after <= before:
        return wall - before
    # In a gap fold 0 reads the time by the offset before the change, fold 1 by the one after: the change
    # lies between the two instants that this gives.
    return _change(zone, wall - after, wall - before, after)


def _change(zone: ZoneInfo, early: datetime, late: datetime, offset: timedelta) -> datetime:
    """The first instant after `early`, and not after `late`, that has the offset; to the second."""
    while late - early > _SECOND:
        middle = early + (late - early) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            late = middle
        else:
            early = middle
    return late
