"""What the funnel watch looks at: counts for `reports.watch`, one statement each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, select

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.watching import WEEKDAYS, Drops, pair_of
from leadworkflows.reports import watch
from leadworkflows.reports.counting import Microseconds, at_of, entered, fitting, within
from leadworkflows.reports.drops import Cell, Counts
from leadworkflows.reports.periods import begins
from leadworkflows.reports.shapes import Filters, FunnelStage
from leadworkflows.reports.watch import Found, Overdue, ReturnedCount
from leadworkflows.store.database import Database
from leadworkflows.store.models import ClockRow, PassRow

_DAY = timedelta(days=1)
_SECOND = 1_000_000


@dataclass(frozen=True)
class Day:
    """The day on which the watch looks, in the company's zone."""

    date: date
    zone: str
    now: datetime

    @classmethod
    def at(cls, now: datetime, zone: str) -> Day:
        """The day of an instant."""
        return cls(now.astimezone(ZoneInfo(zone)).date(), zone, now)

    def ago(self, days: int) -> datetime:
        """The instant at which the day so many days before began."""
        return begins(self.date - days * _DAY, self.zone)


def is_drop_day(policy: Policy, day: Day) -> bool:
    """Whether drops are looked for on this day: once a week, as the test's error rate counts on."""
    drops = policy.watch.drops
    return drops is not None and WEEKDAYS[day.date.weekday()] == drops.on


async def look(db: Database, policy: Policy, day: Day, *, for_drops: bool) -> list[Found]:
    """What is found on a day; drops only where they are asked for."""
    found: list[Found] = []
    wanted = policy.watch
    if wanted.drops and for_drops:
        found += [
            _dated(each, wanted.drops, day)
            for each in watch.drops(await cells(db, wanted.drops, day), wanted.drops)
        ]
    if wanted.missed:
        found += watch.missed(await overdue(db, day.now))
    if wanted.returned:
        count = await returned_of(db, day, wanted.returned.window.delta.days)
        found += [_dated_returns(each, day) for each in watch.returned(count, wanted.returned)]
    return found


async def cells(db: Database, policy: Drops, day: Day) -> list[Cell]:
    """The cells that `reports.drops` judges, for each conversion and window."""
    found: list[Cell] = []
    async with db.reading() as connection:
        for conversion in policy.conversions:
            rows = (await connection.execute(_cells_of(conversion, policy, day))).all()
            found += _read(conversion, policy, rows)
    return found


async def newest(db: Database, policy: Drops, day: Day, figures: Mapping[str, Any]) -> Counts | None:
    """The newest window of a drop that was found; None where the policy no longer watches it."""
    conversion, window, by = figures["conversion"], figures["window"], figures["by"]
    given = policy.conversions.get(conversion)
    if given is None:
        return None
    of, to = _stages(conversion)
    end = given.delta.days
    meant = entered(of, day.ago(end + window), day.ago(end))
    meant += fitting(Filters(**{by: figures["value"]}) if by else None)
    counts = select(func.count(), _converted(of, to, given.seconds)).select_from(PassRow).where(*meant)
    async with db.reading() as connection:
        row = (await connection.execute(counts)).one()
    return Counts(row[0], row[1] or 0)


async def overdue(db: Database, now: datetime) -> list[Overdue]:
    """A2: the leads that wait beyond each clock at an instant, by its name."""
    waits = select(ClockRow.clock, func.min(ClockRow.code), func.count(), func.min(ClockRow.missed_at))
    waits = waits.where(ClockRow.missed_at <= now, ClockRow.stopped_at.is_(None))
    async with db.reading() as connection:
        rows = (await connection.execute(waits.group_by(ClockRow.clock).order_by(ClockRow.clock))).all()
    return [Overdue(clock, code, leads, since) for clock, code, leads, since in rows if since]


async def returned_of(db: Database, day: Day, days: int) -> ReturnedCount:
    """R6: the SALs of the days before this one, and those of them that were returned."""
    return await returned_between(db, day.ago(days), day.ago(0), day.now)


async def returned_between(db: Database, since: datetime, until: datetime, now: datetime) -> ReturnedCount:
    """The SALs of a time, and those that were returned up to an instant, by reason."""
    back = and_(PassRow.ended_move == "T6", PassRow.ended_at <= now)
    reason = case((back, func.coalesce(PassRow.reason, literal_column("''"))))
    counted = select(reason.label("reason"), func.count())
    counted = counted.where(*within(PassRow.sal_at, since, until)).group_by(reason)
    async with db.reading() as connection:
        rows = (await connection.execute(counted)).all()
    reasons = {row[0]: row[1] for row in rows if row[0] is not None}
    return ReturnedCount(
        sum(row[1] for row in rows), sum(reasons.values()), round((until - since) / _DAY), reasons
    )


def _cells_of(conversion: str, policy: Drops, day: Day) -> Select[Any]:
    """One scan: slices of time are told apart by a CASE over their bounds."""
    of, to = _stages(conversion)
    given = policy.conversions[conversion]
    bounds = _bounds(policy, given.delta.days)
    at = at_of(of)
    slices = case(
        *((at >= day.ago(bound), literal_column(str(bound))) for bound in bounds[1:-1]),
        else_=literal_column(str(bounds[-1])),
    )
    facts = [func.coalesce(getattr(PassRow, by), literal_column("''")) for by in policy.by]
    counts = select(slices.label("slice"), *facts, func.count(), _converted(of, to, given.seconds))
    meant = entered(of, day.ago(bounds[-1]), day.ago(bounds[0]))
    return counts.where(*meant).group_by(slices, *facts)


def _bounds(policy: Drops, given: int) -> list[int]:
    """How many days ago the windows and their histories begin and end, the newest first."""
    windows = [window.delta.days for window in policy.windows]
    history = policy.history.delta.days
    return sorted({given, *(given + w for w in windows), *(given + w + history for w in windows)})


def _read(conversion: str, policy: Drops, rows: Sequence[Any]) -> list[Cell]:
    """Slices put together to windows and histories. A slice is named by how long ago it began."""
    given, history = policy.conversions[conversion].delta.days, policy.history.delta.days
    found: list[Cell] = []
    for window in (each.delta.days for each in policy.windows):
        sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for began, *facts, entries, converted in rows:
            if began <= given + window:
                place = 0
            elif began <= given + window + history:
                place = 2
            else:
                continue
            sums[tuple(facts)][place] += entries
            sums[tuple(facts)][place + 1] += converted or 0
        found += [
            Cell(conversion, window, facts, Counts(*n[:2]), Counts(*n[2:])) for facts, n in sums.items()
        ]
    return found


def _converted(of: FunnelStage, to: FunnelStage, seconds: int) -> ColumnElement[int]:
    """How many reached a stage within their time."""
    in_time = Microseconds(at_of(of), at_of(to)) <= literal_column(str(seconds * _SECOND))
    return func.sum(case((in_time, literal_column("1")), else_=literal_column("0")))


def _stages(conversion: str) -> tuple[FunnelStage, FunnelStage]:
    of, to = pair_of(conversion)
    return cast("FunnelStage", of), cast("FunnelStage", to)


def _dated(found: Found, policy: Drops, day: Day) -> Found:
    """With the days on which those entered who were judged, for the list of leads behind it."""
    given = policy.conversions[found.figures["conversion"]].delta.days
    return _between(found, day, given + found.figures["window"], given)


def _dated_returns(found: Found, day: Day) -> Found:
    return _between(found, day, found.figures["days"], 0)


def _between(found: Found, day: Day, since: int, until: int) -> Found:
    dates = {"since": f"{day.date - since * _DAY}", "until": f"{day.date - until * _DAY}"}
    return replace(found, figures={**found.figures, **dates})
