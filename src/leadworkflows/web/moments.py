"""Instants and lengths of time as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class Moment:
    """An instant as it is read: in the page's zone, and how far away it is."""

    at: datetime
    zone: ZoneInfo
    now: datetime

    @property
    def iso(self) -> str:
        """For machines."""
        return self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def day(self) -> str:
        """Such as "Friday 6 March 2026"."""
        local = self.at.astimezone(self.zone)
        return f"{local:%A} {local.day} {local:%B %Y}"

    @property
    def date(self) -> str:
        """Such as "6 March", with the year where it is another one."""
        local = self.at.astimezone(self.zone)
        year = "" if local.year == self.now.astimezone(self.zone).year else f" {local.year}"
        return f"{local.day} {local:%B}{year}"

    @property
    def time(self) -> str:
        """Such as "17:50"."""
        return f"{self.at.astimezone(self.zone):%H:%M}"

    @property
    def text(self) -> str:
        """Such as "Fri 6 Mar 2026, 17:50"."""
        local = self.at.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M}"

    @property
    def apart(self) -> str:
        """Such as "in 42 min" or "2 h 5 min ago"."""
        span = length(abs(self.at - self.now))
        return f"in {span}" if self.at > self.now else f"{span} ago"


def zone_named(name: Any) -> ZoneInfo:
    """The zone with this name, UTC where there is none."""
    try:
        return ZoneInfo(str(name or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def length(span: timedelta) -> str:
    """A length of time in its two largest units: "3 d 4 h", "2 h 5 min", "42 min"."""
    minutes = int(span.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours and days < 7 else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min"
