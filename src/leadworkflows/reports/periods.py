"""Periods: whole months, cut in the company's zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from leadworkflows.reports.shapes import Period

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_USUAL = 12
LONGEST = 120
"""Months of the longest period that is counted."""


class BadQuery(ValueError):
    """What was asked cannot be understood: the field, what is wrong with it, and what to write."""

    def __init__(self, field: str, problem: str, fix: str) -> None:
        super().__init__(f"{field} {problem}; {fix}")
        self.field, self.problem, self.fix = field, problem, fix


def period_of(since: str | None, until: str | None, zone: str, now: datetime) -> Period:
    """From the month `since` to the end of the month `until`, such as `2026-01` and `2026-03`.

    Without `until` to the end of this month, without `since` the twelve months up to then. Raises
    BadQuery.
    """
    last = _month("until", until) if until else now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    first = _month("since", since) if since else _moved(last, 1 - _USUAL)
    if first > last:
        raise BadQuery("since", "is after until", "write the earlier month first")
    if _index(last) - _index(first) >= LONGEST:
        raise BadQuery("since", "is too long ago", f"ask for at most {LONGEST} months at once")
    return Period(first, _moved(last, 1), zone)


def months(period: Period) -> list[str]:
    """Its months, such as `2026-03`, in order."""
    return [f"{each:%Y-%m}" for each in firsts(period)[:-1]]


def firsts(period: Period) -> list[date]:
    """The first day of each month, and of the one after the last."""
    length = _index(period.until) - _index(period.since)
    return [_moved(period.since.replace(day=1), n) for n in range(length + 1)]


def cuts(period: Period) -> list[datetime]:
    """The instants at which its months begin, and at which the last one ends."""
    return [begins(day, period.zone) for day in firsts(period)]


def begins(day: date, zone: str) -> datetime:
    """The instant at which a day begins in a zone."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def before(period: Period) -> Period:
    """As many months before."""
    length = _index(period.until) - _index(period.since)
    return Period(_moved(period.since, -length), period.since, period.zone)


def month_before(day: date) -> date:
    """The first day of the month before that of a day."""
    return _moved(day, -1)


def _month(field: str, text: str) -> date:
    found = _MONTH.fullmatch(text)
    if not found or not 1970 <= int(found[1]) <= 9000:
        raise BadQuery(field, "is no month", "write a year and a month, such as 2026-01")
    return date(int(found[1]), int(found[2]), 1)


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _moved(day: date, by: int) -> date:
    year, month = divmod(_index(day) + by, 12)
    return date(year, month + 1, 1)
