"""The regular report: what came in, what became of it, and what is open, for the week or month that ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, select

from leadworkflows.reports.counting import at_of, within
from leadworkflows.reports.look import Day, returned_between
from leadworkflows.reports.periods import begins
from leadworkflows.reports.shapes import UNKNOWN, FunnelStage
from leadworkflows.reports.watch import ReturnedCount
from leadworkflows.store.database import Database
from leadworkflows.store.models import ClockRow, PassRow

Kind = Literal["weekly", "monthly"]
SHOWN: tuple[FunnelStage, ...] = ("lead", "mql", "sal", "sql", "opportunity", "customer")
LENGTH: Mapping[Kind, int] = {"weekly": 13, "monthly": 13}
"""How many weeks or months the lines of the report show, the reported one being the last."""
_WEEK, _LONGEST_LEVEL = timedelta(days=7), timedelta(days=366)


@dataclass(frozen=True)
class Entries:
    """How many entered each stage in one week or month."""

    since: date
    until: date
    """The first day that is no longer in it."""
    stages: Mapping[str, int]
    channels: Mapping[str, Mapping[str, int]]
    """The same by channel; the empty word is where it is not known."""


@dataclass(frozen=True)
class Levels:
    """How service levels were kept: clocks that were met in time, and those that were missed."""

    met: int
    missed: int


@dataclass(frozen=True)
class Digest:
    """What a regular report says. `entries` are the oldest first; the last is the one reported."""

    kind: Kind
    zone: str
    entries: Sequence[Entries]
    levels: Levels
    returned: ReturnedCount
    findings: Sequence[str] = ()
    """What is open, in words."""

    @property
    def now(self) -> Entries:
        """The week or month that is reported."""
        return self.entries[-1]

    @property
    def before(self) -> Entries:
        """The one before it."""
        return self.entries[-2]

    @property
    def name(self) -> str:
        """Such as `2026-W12` or `2026-03`."""
        return f"{self.now.since:%G-W%V}" if self.kind == "weekly" else f"{self.now.since:%Y-%m}"

    @property
    def title(self) -> str:
        """Such as `The funnel in the week of 16 March 2026`."""
        since = self.now.since
        if self.kind == "weekly":
            return f"The funnel in the week of {since.day} {since:%B %Y}"
        return f"The funnel in {since:%B %Y}"


async def digest(db: Database, kind: Kind, day: Day, findings: Sequence[str] = ()) -> Digest:
    """The report on the last whole week or month before a day."""
    firsts = _firsts(kind, day.date)
    since, until = begins(firsts[-2], day.zone), begins(firsts[-1], day.zone)
    counted: dict[int, dict[str, dict[str, int]]] = {}
    async with db.reading() as connection:
        for stage in SHOWN:
            for slot, channel, count in await connection.execute(_by_slot(stage, firsts, day.zone)):
                counted.setdefault(slot, {}).setdefault(channel, {})[stage] = count
        levels = (await connection.execute(_levels(since, until))).one()
    entries = [_entries(firsts[n], firsts[n + 1], counted.get(n, {})) for n in range(len(firsts) - 1)]
    returned = await returned_between(db, since, until, day.now)
    return Digest(kind, day.zone, entries, Levels(levels.met, levels.missed), returned, findings)


def _firsts(kind: Kind, day: date) -> list[date]:
    """The first day of each week or month that is shown, and of the one that is under way."""
    if kind == "weekly":
        last = day - timedelta(days=day.weekday())
        return [last - n * _WEEK for n in range(LENGTH[kind], -1, -1)]
    index = day.year * 12 + day.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(index - LENGTH[kind], index + 1)]


def _by_slot(stage: FunnelStage, firsts: Sequence[date], zone: str) -> Select[Any]:
    """One scan of a stage's index: the weeks or months are told apart by a CASE over their bounds."""
    at = at_of(stage)
    bounds = [begins(first, zone) for first in firsts]
    last: ColumnElement[int] = literal_column(str(len(bounds) - 2))
    slot = case(*((at < end, literal_column(str(n))) for n, end in enumerate(bounds[1:-1])), else_=last)
    channel = func.coalesce(PassRow.channel, literal_column(f"'{UNKNOWN}'"))
    meant = within(at, bounds[0], bounds[-1])
    if stage == "lead":
        meant.append(PassRow.began_as == "lead")
    return (
        select(slot.label("slot"), channel.label("group"), func.count()).where(*meant).group_by(slot, channel)
    )


def _levels(since: datetime, until: datetime) -> Select[int, int]:
    in_time = and_(ClockRow.missed_at.is_(None), ClockRow.state == "met")
    met = _count(and_(in_time, *within(ClockRow.stopped_at, since, until)))
    missed = _count(and_(*within(ClockRow.missed_at, since, until)))
    # A service level lasts a year at most, so nothing that started before ends in this time.
    started = within(ClockRow.started_at, since - _LONGEST_LEVEL, until)
    return select(met.label("met"), missed.label("missed")).where(*started)


def _count(meant: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((meant, 1), else_=0)), 0)


def _entries(since: date, until: date, counted: Mapping[str, Mapping[str, int]]) -> Entries:
    stages: dict[str, int] = {stage: sum(each.get(stage, 0) for each in counted.values()) for stage in SHOWN}
    return Entries(since, until, stages, counted)
