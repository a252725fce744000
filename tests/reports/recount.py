"""The reports counted a second time, in plain Python, from the raw rows of the timeline alone.

It knows nothing of the tables of passes, and shares no line with what it checks but the shapes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from leadworkflows.reports.shapes import PAIRS
from leadworkflows.store import Store
from leadworkflows.store.models import LeadRow, TimelineRow

ORDER = ("mql", "sal", "sql", "opportunity", "customer")


@dataclass
class Way:
    """One way of a lead through the funnel."""

    facts: Mapping[str, Any]
    began_as: str
    at: dict[str, datetime]
    owner: str | None = None
    accepted_by: str | None = None
    contacted_at: datetime | None = None
    ended: Mapping[str, Any] | None = None
    ended_at: datetime | None = None
    rules: set[str] = field(default_factory=set)
    clocks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def fact(self, name: str) -> str:
        value = self.owner if name == "owner" else self.facts.get(name)
        return value or ""

    def may_reach(self, stage: str) -> bool:
        passed_over = any(later in self.at for later in ORDER[ORDER.index(stage) :])
        return self.ended is None and not passed_over

    @property
    def returned(self) -> bool:
        return self.ended is not None and self.ended["move"] == "T6"


async def raw(store: Store) -> list[Way]:
    """Every way of every lead, from what stands on the timeline."""
    async with store.database.reading() as connection:
        leads = (await connection.execute(select(LeadRow.lead_id, LeadRow.snapshot))).all()
        rows = (await connection.execute(select(TimelineRow.__table__).order_by(TimelineRow.n))).all()
    entries = defaultdict(list)
    for row in rows:
        entries[row.lead_id].append(row)
    return [way for lead_id, snapshot in leads for way in _ways(entries[lead_id], snapshot)]


def _ways(entries: Sequence[Any], snapshot: Mapping[str, Any]) -> list[Way]:
    if any(entry.kind == "stage" and entry.data.get("into") for entry in entries):
        return []  # it counts as the lead that it went on as
    ways: list[Way] = []
    before: set[str] = set()
    last_clock: dict[str, dict[str, Any]] = {}
    for entry in entries:
        said, now = entry.data, ways[-1] if ways else None
        if entry.kind == "stage" and "to" in said:
            _moved(ways, now, entry, snapshot)
        elif entry.kind == "score" and now is None:
            before.add(said["rule"])  # who somebody is counts before they are a lead
        elif now is None:
            continue
        elif entry.kind == "owner":
            now.owner = said.get("owner") or now.owner
        elif entry.kind == "clock":
            _clock(now, last_clock, entry)
        else:
            _worked(now, entry)
    for first in ways[:1]:
        first.rules |= before
    return ways


def _worked(now: Way, entry: Any) -> None:
    if entry.kind == "event" and entry.data["type"] == "contact_made":
        now.contacted_at = min(now.contacted_at or entry.at, entry.at)  # some are logged late
    elif entry.kind == "score" and "sal" not in now.at and now.ended is None:
        now.rules.add(entry.data["rule"])


def _moved(ways: list[Way], now: Way | None, entry: Any, snapshot: Mapping[str, Any]) -> None:
    said, to = entry.data, entry.data["to"]
    if to == "lead":
        ways.append(Way(snapshot, "lead", {"lead": entry.at}))
        return
    assert now is not None
    if to in ("recycled", "disqualified"):
        now.ended, now.ended_at = said, entry.at
    else:
        now.at[to] = entry.at
        now.accepted_by = said["by"] if to == "sal" else now.accepted_by
    if to == "recycled":
        ways.append(Way(snapshot, "recycled", {"recycled": entry.at}))


def _clock(now: Way, last: dict[str, dict[str, Any]], entry: Any) -> None:
    said, name = entry.data, entry.data["clock"]
    clock = now.clocks.get(name)
    if "due_at" in said and "round" not in said and clock is None:
        last[name] = now.clocks[name] = {
            "at": entry.at,
            "code": entry.why[0],
            "state": "running",
            "minutes": None,
        }
    elif "minutes" in said:
        late = " met late after " in entry.what
        last[name] |= {"state": "late" if late else said["state"], "minutes": said["minutes"]}
    elif said.get("state") == "missed":
        last[name]["state"] = "missed"


class Recount:
    """Counts of ways within months that begin when the company's days begin."""

    def __init__(self, ways: Iterable[Way], zone: str, months: Sequence[str]) -> None:
        self.ways, self.zone, self.months = list(ways), ZoneInfo(zone), list(months)

    def month(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m")

    def group(self, way: Way, by: str, at: datetime) -> str:
        return self.month(at) if by == "month" else way.fact(by)

    def entered(self, stage: str) -> list[Way]:
        return [way for way in self.ways if stage in way.at and self.month(way.at[stage]) in self.months]

    def funnel(self, by: str) -> dict[str, dict[Any, Any]]:
        """By group: how many entered each stage, and what each pair came to."""
        rows: dict[str, dict[Any, Any]] = defaultdict(Counter)
        for stage in ("lead", "recycled", *ORDER):
            for way in self.entered(stage):
                row = rows[self.group(way, by, way.at[stage])]
                row[stage] += 1
                for of, to in PAIRS:
                    if of == stage:
                        row[of, to, "converted"] += to in way.at
                        row[of, to, "open"] += way.may_reach(to)
        return rows

    def changes(self, of: str, to: str) -> Counter[Any]:
        counts: Counter[Any] = Counter()
        for way in self.ways:
            if of in way.at:
                where = (way.fact("channel"), self.month(way.at[of]))
                counts[*where, "entered"] += 1
                counts[*where, "converted"] += to in way.at
        return counts

    def times(self, of: str, to: str) -> list[float]:
        found = [way.at[to] - way.at[of] for way in self.entered(to) if of in way.at]
        return sorted(each / timedelta(seconds=1) for each in found)

    def reasons(self) -> Counter[tuple[str, str, str]]:
        ends = [way.ended for way in self.ways if way.ended_at and self.month(way.ended_at) in self.months]
        return Counter((end["move"], end["reason"] or "", end["from"]) for end in ends if end)

    def decisions(self) -> tuple[Counter[str], Counter[str]]:
        accepted = Counter(way.accepted_by or "" for way in self.entered("sal"))
        ends = [way for way in self.ways if way.ended_at and self.month(way.ended_at) in self.months]
        returned = Counter(way.ended["by"] or "" for way in ends if way.ended and way.returned)
        return accepted, returned

    def reviewed(self) -> list[Way]:
        """MQLs that sales accepted in the months, or returned in them instead."""
        instead = [
            way for way in self.ways
            if way.ended and way.ended_at and way.returned and way.ended["from"] == "mql"
            and self.month(way.ended_at) in self.months
        ]  # fmt: skip
        return self.entered("sal") + instead

    def rule(self, name: str) -> tuple[int, int]:
        found = [way for way in self.reviewed() if name in way.rules]
        return sum(not way.returned for way in found), sum(way.returned for way in found)

    def returned(self, by: str) -> dict[str, tuple[int, int]]:
        groups: dict[str, list[Way]] = defaultdict(list)
        for way in self.entered("sal"):
            groups[self.group(way, by, way.at["sal"])].append(way)
        return {name: (len(found), sum(way.returned for way in found)) for name, found in groups.items()}

    def clocks(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for way in self.ways:
            for name, clock in way.clocks.items():
                if self.month(clock["at"]) in self.months:
                    found[name, clock["code"]].append(clock)
        return found

    def contacted(self) -> dict[str, list[int]]:
        rows = {"within 24 h": [0, 0, 0], "later": [0, 0, 0], "not yet": [0, 0, 0]}
        for way in self.entered("sql"):
            soon = way.contacted_at and way.contacted_at <= way.at["sql"] + timedelta(hours=24)
            when = "within 24 h" if soon else "later" if way.contacted_at else "not yet"
            for n, counts in enumerate((True, "opportunity" in way.at, "customer" in way.at)):
                rows[when][n] += counts
        return rows


def quartiles(values: Sequence[float]) -> tuple[float, float, float] | None:
    """By the standard library, linear between values."""
    if not values:
        return None
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, median, high = quantiles(values, n=4, method="inclusive")
    return low, median, high
