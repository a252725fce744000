"""What the page of a lead says: words and times for people, from the record of its workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.store.consents import Consent
from leadworkflows.store.records import EffectRecord, OutboxItem, PersonRecord
from leadworkflows.store.suppressions import Suppression
from leadworkflows.web.lead_clocks import ClockLine, clocks_of
from leadworkflows.web.lead_plan import Plan, plan_of
from leadworkflows.web.lead_score import Point, Why, points_of, whys
from leadworkflows.web.lead_sent import Sent, said_once, sent_of
from leadworkflows.web.lifecycle_chart import Drawing, drawing
from leadworkflows.web.moments import Moment, zone_named
from leadworkflows.web.spoken import spoken
from leadworkflows.web.told import told

LATEST = 100
"""How many timeline entries are shown at first."""
KINDS: tuple[tuple[str, str, frozenset[EntryKind]], ...] = (
    ("moves", "Moves", frozenset({EntryKind.STAGE, EntryKind.PRIORITY, EntryKind.OWNER, EntryKind.REFUSED})),
    ("deeds", "What it did", frozenset({EntryKind.EVENT})),
    ("score", "Score", frozenset({EntryKind.SCORE})),
    ("sales", "Clocks and sales", frozenset({EntryKind.CLOCK, EntryKind.OWNER, EntryKind.QUALIFICATION})),
    ("mail", "Mails and alerts", frozenset({EntryKind.NURTURE, EntryKind.ACTION, EntryKind.CONTACT})),
)
"""How the timeline can be narrowed: a name for the address, a title, and the kinds of entries."""


@dataclass(frozen=True)
class Day:
    """One day of the timeline, latest entry first."""

    name: str
    entries: tuple[tuple[Moment, TimelineEntry], ...]


@dataclass(frozen=True, repr=False)
class LeadPage:
    """One lead, with its whole timeline in `entries`. `kind` narrows what is shown of it, `all` to no end."""

    person: PersonRecord
    lead: Mapping[str, Any]
    entries: Sequence[TimelineEntry]
    effects: Mapping[str, EffectRecord]
    policy: Policy | None
    now: datetime
    roster: Roster = field(default_factory=Roster)
    kept: Sequence[tuple[int, OutboxItem]] = ()
    consents: Sequence[Consent] = ()
    suppressions: Sequence[Suppression] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    """Free text by the event of the timeline that it belongs to."""
    kind: str | None = None
    all: bool = False

    @property
    def lead_id(self) -> str:
        """Which lead it is."""
        return str(self.lead["lead_id"])

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
        return zone_named(
            self.lead.get("owner_zone") or (self.policy.calendar.zone if self.policy else "UTC")
        )

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

    @cached_property
    def points(self) -> list[Point]:
        """Every point it has, latest first."""
        return points_of(self.lead, self.policy, self.entries, self.moment)

    @cached_property
    def whys(self) -> list[Why]:
        """Why it stands where it stands, and what it lacks."""
        found = whys(self.lead, self.policy, self.points, self.entries)
        return [replace(each, reasons=[self.told(line) for line in each.reasons]) for each in found]

    @cached_property
    def clocks(self) -> list[ClockLine]:
        """Its service levels, what ticks first."""
        return clocks_of(self.lead, self.now, self.moment)

    @cached_property
    def chart(self) -> Drawing:
        """The lifecycle with its own way lit."""
        return drawing(self.lead, self.entries)

    @cached_property
    def plan(self) -> Plan | None:
        """The nurture sequence that it is in, with the dates ahead."""
        mails = [
            e.reserved_at
            for e in self.effects.values()
            if e.action == "email.send" and e.status != "withheld"
        ]
        return plan_of(self.lead, self.policy, mails, self.moment)

    @cached_property
    def sent(self) -> list[Sent]:
        """Every mail and alert, and how it ended."""
        found = sent_of(self.lead, self.effects, self.kept, self.entries, self.moment)
        members = {rep.slack: rep.name for rep in self.roster.reps.values() if rep.slack and rep.name}
        return [
            replace(
                each,
                to=members.get(each.to, each.to),
                what=said_once(each.kind, self.told(each.what)),
                detail=self.told(each.detail),
            )
            for each in found
        ]

    def told(self, said: str) -> str:
        """A line of the record, with people by name and times in the page's zone."""
        return told(said, self.roster, self.moment)

    @cached_property
    def _shown(self) -> list[TimelineEntry]:
        kinds = next((kinds for name, _, kinds in KINDS if name == self.kind), None)
        return [entry for entry in self.entries if kinds is None or entry.kind in kinds]

    @property
    def entries_in_all(self) -> int:
        """How many entries there are of the kind that is shown."""
        return len(self._shown)

    @property
    def entries_shown(self) -> int:
        """How many of them are shown."""
        return len(self._shown) if self.all else min(LATEST, len(self._shown))

    @property
    def days(self) -> list[Day]:
        """The timeline by days in the page's zone, latest first."""
        latest = self._shown if self.all else self._shown[-LATEST:]
        moments = [(Moment(entry.at, self.zone, self.now), entry) for entry in reversed(latest)]
        return [Day(name, tuple(group)) for name, group in groupby(moments, key=lambda pair: pair[0].day)]

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Ways to narrow the timeline."""
        own = f"/leads/{self.lead_id}"
        kinds = [(title, f"{own}?show={name}#happened", name == self.kind) for name, title, _ in KINDS]
        return [("Everything", f"{own}#happened", self.kind is None), *kinds]

    @property
    def known(self) -> Iterator[tuple[str, str]]:
        """What else is known of the lead, by name."""
        names = ("persona", "seniority", "segment", "industry", "country", "language", "channel")
        yield from (
            (name.capitalize(), _said(name, self.lead[name])) for name in names if self.lead.get(name)
        )

    @property
    def qualification(self) -> list[tuple[str, str]]:
        """What sales found out: each fact and its level."""
        facts = self.lead.get("qualification") or {}
        return [(spoken(name), str(level)) for name, level in facts.items()]

    def moment(self, iso: Any) -> Moment | None:
        """An instant of the record, ready to be shown."""
        at = _instant(iso)
        return Moment(at if at.tzinfo else at.replace(tzinfo=UTC), self.zone, self.now) if at else None

    def note_of(self, entry: TimelineEntry) -> str:
        """What somebody wrote with a command, at its first entry."""
        return self.notes.get(str(entry.data.get("event_id")), "") if entry.kind is EntryKind.EVENT else ""

    @staticmethod
    def kind_of(entry: TimelineEntry) -> str:
        """What an entry is about, as a word."""
        return "not allowed" if entry.kind is EntryKind.REFUSED else entry.kind.value


def _instant(said: Any) -> datetime | None:
    try:
        return said if isinstance(said, datetime) else datetime.fromisoformat(str(said)) if said else None
    except ValueError:
        return None


def _said(name: str, value: Any) -> str:
    return str(value) if name in ("country", "language") else spoken(str(value)).replace("-", " ")
