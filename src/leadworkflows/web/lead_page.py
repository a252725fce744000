"""What the page of a lead says: words and times for people, from the record of its workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.store.records import EffectRecord, PersonRecord
from leadworkflows.web.moments import Moment, zone_named

LATEST = 100
"""How many timeline entries are shown."""
_SHORT = {Stage.MQL, Stage.SAL, Stage.SQL}
_EFFECTS = {
    "reserved": "under way",
    "released": "will be tried again",
    "confirmed": "done",
    "failed": "failed",
    "withheld": "withheld",
    "unknown": "outcome unknown",
}
_CLOCKS = {"running": "running", "met": "met", "missed": "missed", "stopped": "no longer needed"}


@dataclass(frozen=True)
class Point:
    """Points that the lead has."""

    rule: str
    title: str
    group: str
    points: int
    event: str
    at: Moment | None


@dataclass(frozen=True)
class ClockLine:
    """A service level: what is owed by when. `tone` is calm, soon, late or done."""

    name: str
    id: str
    state: str
    tone: str
    due: Moment | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """An action that was decided and is not settled."""

    summary: str
    state: str
    detail: str


@dataclass(frozen=True)
class Day:
    """One day of the timeline, latest entry first."""

    name: str
    entries: tuple[tuple[Moment, TimelineEntry], ...]


@dataclass(frozen=True, repr=False)
class LeadPage:
    """One lead. `entries` are the latest of its timeline, in their order."""

    person: PersonRecord
    lead: Mapping[str, Any]
    entries: Sequence[TimelineEntry]
    entries_in_all: int
    effects: Mapping[str, EffectRecord]
    policy: Policy | None
    now: datetime
    roster: Roster = field(default_factory=Roster)

    @property
    def name(self) -> str:
        """How to call the lead: by name, else by address."""
        full = " ".join(part for part in (self.person.first_name, self.person.last_name) if part)
        return full.strip() or self.person.email

    @property
    def phone_digits(self) -> str:
        """What a telephone dials; empty where nothing typed can be dialled."""
        typed = self.person.phone or ""
        digits = "".join(each for each in typed if each in "0123456789")
        return f"+{digits}" if typed.lstrip().startswith("+") and digits else digits

    @cached_property
    def zone(self) -> ZoneInfo:
        """The owner's, else the policy's, else UTC."""
        named = self.lead.get("owner_zone") or (self.policy.calendar.zone if self.policy else "UTC")
        return zone_named(named)

    @property
    def stage(self) -> str:
        """Such as "MQL" or "Opportunity"."""
        stage = str(self.lead["stage"])
        return stage.upper() if stage in _SHORT else stage.capitalize()

    @property
    def owner(self) -> str:
        """The owner's name, with the id; empty where nobody owns it."""
        rep_id = self.lead.get("owner")
        rep = self.roster.reps.get(rep_id) if rep_id else None
        return f"{rep.name} ({rep_id})" if rep and rep.name else str(rep_id or "")

    @property
    def score_share(self) -> int:
        """How much of the threshold the score is, in percent, at most 100."""
        score = self.lead["score"]
        full = score.get("threshold") or 0
        return max(0, min(100, round(100 * score["total"] / full))) if full else 0

    @property
    def points(self) -> list[Point]:
        """Latest first."""
        titles = self.policy.titles if self.policy else {}
        held = [
            Point(
                each["rule"],
                titles.get(each["rule"], "silence" if each["points"] < 0 else ""),
                each["group"],
                each["points"],
                each.get("event_id") or "",
                self.moment(each.get("at")),
            )
            for each in self.lead["score"]["contributions"]
        ]
        return held[::-1]

    @property
    def clocks(self) -> list[ClockLine]:
        """Those that tick first, by when they are due; of the others the latest first."""
        lines = [self._clock(each) for each in self.lead["sla"]]
        ticking = [line for line in lines if line.tone != "done"]
        over = [line for line in lines if line.tone == "done"]
        return [*sorted(ticking, key=lambda line: line.due.iso if line.due else ""), *over[::-1]]

    def _clock(self, clock: Mapping[str, Any]) -> ClockLine:
        due, state = self.moment(clock.get("due_at")), str(clock.get("state"))
        over = state in ("met", "stopped") or clock.get("stopped_at")
        soon = due is not None and due.at - self.now < timedelta(minutes=30)
        tone = "done" if over else "late" if state == "missed" else "soon" if soon else "calm"
        name = str(clock["clock"]).replace("_", " ").capitalize()
        return ClockLine(
            name, str(clock.get("id", "")), _CLOCKS.get(state, state), tone, due, self._notes(clock)
        )

    def _notes(self, clock: Mapping[str, Any]) -> tuple[str, ...]:
        rungs = [rung for rung in clock.get("rungs") or [] if isinstance(rung, Mapping)]
        ahead = [self.moment(rung.get("due_at")) for rung in rungs if not rung.get("done")]
        following = next((each for each in ahead if each and each.at > self.now), None)
        climbing = not clock.get("answered") and not clock.get("stopped_at") and not clock.get("paused")
        said = {
            "paused": bool(clock.get("paused")),
            "somebody has it": bool(clock.get("answered")) and not clock.get("stopped_at"),
            f"round {clock.get('round')}": isinstance(clock.get("round"), int) and clock["round"] > 1,
            f"next step {following.text if following else ''}": following is not None and climbing,
        }
        return tuple(note for note, holds in said.items() if holds)

    @property
    def waiting(self) -> list[Waiting]:
        """What was decided and is not settled yet."""
        return [self._waiting(each) for each in self.lead.get("pending_actions") or []]

    def _waiting(self, action: Mapping[str, Any]) -> Waiting:
        effect = self.effects.get(str(action.get("key")))
        if effect is None:
            return Waiting(str(action.get("summary")), "about to start", "")
        return Waiting(str(action.get("summary")), _EFFECTS.get(effect.status, effect.status), effect.detail)

    @property
    def days(self) -> list[Day]:
        """The timeline by days in the page's zone, latest first."""
        moments = [(Moment(entry.at, self.zone, self.now), entry) for entry in reversed(self.entries)]
        return [Day(name, tuple(group)) for name, group in groupby(moments, key=lambda pair: pair[0].day)]

    @property
    def known(self) -> Iterator[tuple[str, str]]:
        """What else is known of the lead, by name."""
        names = ("persona", "seniority", "segment", "industry", "channel")
        yield from ((name.capitalize(), str(self.lead[name])) for name in names if self.lead.get(name))
        facts = self.lead.get("qualification") or {}
        yield from ((str(name).replace("_", " ").capitalize(), str(level)) for name, level in facts.items())

    def moment(self, iso: Any) -> Moment | None:
        """An instant of the record, ready to be shown."""
        if not isinstance(iso, str):
            return None
        try:
            at = datetime.fromisoformat(iso)
        except ValueError:
            return None
        return Moment(at if at.tzinfo else at.replace(tzinfo=UTC), self.zone, self.now)

    @staticmethod
    def kind(entry: TimelineEntry) -> str:
        """What an entry is about, as a word."""
        return "not allowed" if entry.kind is EntryKind.REFUSED else entry.kind.value
