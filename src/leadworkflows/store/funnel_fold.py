"""What a lead's timeline says about its passes, its clocks and its points: a fold over the entries.

One way for all: entries that were just recorded, a timeline that is read again, lives written at once.
What the fold needs to go on from where it stood is in the rows themselves, and in who owns the lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.events import EventType
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.store.models import PassRow
from leadworkflows.store.models.funnel import REACHED

FACTS = ("channel", "segment", "persona", "industry", "country")
"""What all of a lead's passes have from its newest snapshot."""
_PASS_COLUMNS = tuple(column.key for column in PassRow.__table__.columns)
_DECISIONS = (Stage.SAL.value, Stage.RECYCLED.value, Stage.DISQUALIFIED.value)
_LATE = " met late after "
"""How a clock's entry says that it was met after it had been missed."""
Row = dict[str, Any]


@dataclass
class Lived:
    """What is known of a lead so far, and what the entries changed in it.

    `passes` are those that the entries may change, the last being the one it is in; `clocks` are all of
    its clocks; `earned` what the entries add. `owner` is who has it now.
    """

    lead_id: str
    facts: Mapping[str, str | None]
    owner: str | None = None
    passes: dict[int, Row] = field(default_factory=dict)
    clocks: dict[tuple[int, str], Row] = field(default_factory=dict)
    earned: dict[tuple[int, str], Row] = field(default_factory=dict)
    had: set[str] = field(default_factory=set)
    """Which rules gave points earlier in the pass that the entries begin in."""
    merged: bool = False
    """It goes on as another lead, and counts as that one alone."""

    def take(self, entries: Iterable[TimelineEntry]) -> None:
        """Take entries in, in the order of their numbers."""
        for entry in entries:
            handle = _HANDLERS.get(entry.kind)
            if handle is not None:
                handle(self, entry)

    @property
    def pass_no(self) -> int:
        """The pass that it is in; 1 before it came out of anonymity."""
        return max(self.passes, default=1)

    @property
    def now(self) -> Row | None:
        """The row of that pass; None before it came out of anonymity."""
        return self.passes.get(self.pass_no)

    def begin(self, number: int, at: datetime, as_: str) -> None:
        """A pass begins."""
        row = dict.fromkeys(_PASS_COLUMNS)
        if self.passes:
            self.had = set()
        self.passes[number] = {
            **row, **self.facts, "lead_id": self.lead_id, "pass": number, "began_at": at, "began_as": as_,
        }  # fmt: skip


def moves_anything(entry: TimelineEntry) -> bool:
    """Whether an entry can change a row."""
    if entry.kind is EntryKind.EVENT:
        return entry.data.get("type") == EventType.CONTACT_MADE.value
    return entry.kind in _HANDLERS


def moves_clocks(entry: TimelineEntry) -> bool:
    """Whether an entry can change a row of a clock."""
    return entry.kind in (EntryKind.CLOCK, EntryKind.OWNER)


def decides(entry: TimelineEntry) -> bool:
    """Whether a pass is accepted by an entry, or ends."""
    return entry.kind is EntryKind.STAGE and entry.data.get("to") in _DECISIONS


def mark_paused(lived: Lived, snapshot: Mapping[str, Any]) -> None:
    """Which clocks stand still, as the lead's newest snapshot says: not every entry tells."""
    paused = {each["clock"] for each in snapshot.get("sla") or () if each.get("paused")}
    for (number, name), row in lived.clocks.items():
        row["paused"] = row["stopped_at"] is None and number == lived.pass_no and name in paused


# Entries


def _event(lived: Lived, entry: TimelineEntry) -> None:
    """The first contact of a pass: the earliest, in whatever order they were reported."""
    row = lived.now
    if row is not None and moves_anything(entry):
        row["contacted_at"] = min(entry.at, row["contacted_at"] or entry.at)


def _stage(lived: Lived, entry: TimelineEntry) -> None:
    to, move = entry.data.get("to"), entry.data.get("move")
    if "into" in entry.data:
        lived.merged = True
    elif to == Stage.LEAD.value:
        number = lived.pass_no + 1 if lived.now else 1
        lived.begin(number, entry.at, Stage.LEAD.value)
    elif to in (Stage.RECYCLED.value, Stage.DISQUALIFIED.value):
        _end(lived, entry)
    elif to in REACHED and (row := lived.now) is not None:
        row[f"{to}_at"] = entry.at
        if to == Stage.SQL.value:
            row["sql_move"] = move
        elif to == Stage.SAL.value:
            row["accepted_by"] = entry.data.get("by")
            _decided(lived, row)


def _end(lived: Lived, entry: TimelineEntry) -> None:
    """The pass ends; where the lead is recycled, the next one begins at once."""
    said, row = entry.data, lived.now
    if row is None:
        return
    row |= {
        "ended_at": entry.at, "ended_as": said["to"], "ended_from": said.get("from"),
        "ended_move": said.get("move"), "ended_by": said.get("by"), "reason": said.get("reason"),
    }  # fmt: skip
    _decided(lived, row)
    if said["to"] == Stage.RECYCLED.value:
        lived.begin(lived.pass_no + 1, entry.at, Stage.RECYCLED.value)


def _decided(lived: Lived, row: Row) -> None:
    """From now on nothing is added to what was earned; the first decision counts."""
    if row["rules"] is None:
        earned = {rule for number, rule in lived.earned if number == row["pass"]}
        row["rules"] = sorted(earned | lived.had)


def _owner(lived: Lived, entry: TimelineEntry) -> None:
    """Whose it is now; a clock that was missed or stopped stays theirs who had it then."""
    if "owner" not in entry.data:
        return
    lived.owner = _text(entry.data["owner"])
    row = lived.now
    if row is not None and lived.owner is not None:
        row["owner"] = lived.owner
    for (number, _), clock in lived.clocks.items():
        if number == lived.pass_no and clock["stopped_at"] is None and clock["missed_at"] is None:
            clock["owner"] = lived.owner


def _score(lived: Lived, entry: TimelineEntry) -> None:
    """What a rule gave before sales decided."""
    row = lived.now
    decided = row is not None and (row["sal_at"] is not None or row["ended_at"] is not None)
    if decided or "rule" not in entry.data:
        return
    number, rule, points = lived.pass_no, str(entry.data["rule"]), entry.data.get("points")
    before = lived.earned.get((number, rule))
    lived.earned[number, rule] = {
        "lead_id": lived.lead_id, "pass": number, "rule": rule,
        "points": int(points or 0) + (before["points"] if before else 0),
        "times": 1 + (before["times"] if before else 0),
        "first_at": min(entry.at, before["first_at"]) if before else entry.at,
    }  # fmt: skip


def _clock(lived: Lived, entry: TimelineEntry) -> None:
    """A return begins the next pass before it stops what was owed in the one that it ended."""
    said, name = entry.data, str(entry.data.get("clock"))
    # With a round it is due again: one that a return took from its owner is told so in the next pass.
    if "due_at" in said and "round" not in said and (lived.pass_no, name) not in lived.clocks:
        lived.clocks[lived.pass_no, name] = _started(lived, entry)
        return
    row = max((row for row in lived.clocks.values() if row["clock"] == name), key=_pass_of, default=None)
    if row is None:
        return
    if "due_at" in said:
        _due_again(lived, row, entry)
    elif "minutes" in said:
        _stopped(row, entry)
    elif said.get("state") == "missed":
        row |= {"state": "missed", "missed_at": entry.at}


def _started(lived: Lived, entry: TimelineEntry) -> Row:
    return {
        "lead_id": lived.lead_id, "pass": lived.pass_no, "clock": str(entry.data["clock"]),
        "code": entry.why[0] if entry.why else "", "started_at": entry.at, "due_at": _due(entry),
        "state": "running", "missed_at": None, "stopped_at": None, "minutes": None,
        "working_minutes": None, "owner": lived.owner, "paused": False,
    }  # fmt: skip


def _due_again(lived: Lived, row: Row, entry: TimelineEntry) -> None:
    """Due at another time. One that was stopped has come back, with the policy that had dropped it."""
    row["due_at"] = _due(entry)
    if row["stopped_at"] is not None:
        row |= {"stopped_at": None, "minutes": None, "working_minutes": None}
        if row["missed_at"] is None:
            row |= {"state": "running", "owner": lived.owner}


def _stopped(row: Row, entry: TimelineEntry) -> None:
    """It ended: met in time after all though it counted as missed, where the deed was reported late."""
    said = entry.data
    state = "late" if _LATE in entry.what else said["state"]
    row |= {"state": state, "minutes": said["minutes"], "working_minutes": said.get("working_minutes")}
    row["stopped_at"] = _done_at(row, entry)
    if state == "met":
        row["missed_at"] = None


def _done_at(row: Row, entry: TimelineEntry) -> datetime:
    """When it stopped: a deed that was reported later was done so many minutes after the start."""
    started: datetime = row["started_at"]
    minutes = int(entry.data["minutes"] or 0)
    reported = round((entry.at - started).total_seconds() / 60)
    return entry.at if minutes == reported else started + timedelta(minutes=minutes)


def _due(entry: TimelineEntry) -> datetime:
    return datetime.fromisoformat(str(entry.data["due_at"]))


def _pass_of(row: Row) -> int:
    number: int = row["pass"]
    return number


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


_HANDLERS = {
    EntryKind.EVENT: _event,
    EntryKind.STAGE: _stage,
    EntryKind.OWNER: _owner,
    EntryKind.SCORE: _score,
    EntryKind.CLOCK: _clock,
}
