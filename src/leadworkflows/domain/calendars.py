"""When people work: hours by weekday in a zone, and days off; how much working time lies between instants."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from leadworkflows.domain.facts import TimeZone

Hours = tuple[tuple[int, int], ...]
"""Stretches of a day, each from and to in minutes after local midnight; 1440 is the end of the day."""


class WorkCalendar(BaseModel):
    """Working hours as they are, in one IANA zone: what clocks run in, and what travels with an owner."""

    model_config = ConfigDict(frozen=True)

    zone: TimeZone = "UTC"
    week: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours] = (
        *((((9 * 60, 18 * 60),),) * 5),
        (),
        (),
    )
    """Monday to Sunday."""
    days_off: tuple[date, ...] = ()
    """Public holidays, closed days and days away, as local dates, sorted."""

    def add(self, start: datetime, seconds: int) -> datetime:
        """The earliest instant (UTC) by which so many working seconds have passed since `start`."""
        raise NotImplementedError

    def between(self, start: datetime, end: datetime) -> int:
        """The working seconds from `start` to `end`, rounded down; 0 where `end` is not after `start`."""
        raise NotImplementedError

    def works_at(self, at: datetime) -> bool:
        """Whether this is working time."""
        raise NotImplementedError

    def next_start(self, at: datetime) -> datetime:
        """`at` itself where that is working time, else when work begins again (UTC)."""
        raise NotImplementedError

    @property
    def day_seconds(self) -> int:
        """What `1 business day` means here: the mean working time of the days that have any."""
        raise NotImplementedError
