"""What a card about a lead can say, read from its snapshot and the action's own facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leadworkflows.content import Recipient, one_line
from leadworkflows.domain.facts import QUALIFICATION, Level
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.owner import Owner
from leadworkflows.slack.reasons import Reason, reasons_of
from leadworkflows.slack.snapshot import inner, instant, number, objects, word

_TICKING = (None, "running", "missed")


@dataclass(frozen=True)
class Links:
    """Where a lead can be looked at; None where there is no such place."""

    temporal: str | None = None
    dashboard: str | None = None


@dataclass(frozen=True)
class Deed:
    """One thing the lead did, as the timeline says it, and when."""

    text: str
    at: datetime | None = None


@dataclass(frozen=True)
class LeadClock:
    """The service level that a card is about, or the one that runs out first.

    `ticking`: some clock of the lead is not met yet. `answered`: somebody has claimed the lead since this
    one began. `stopped`: this one is over. `waits`: some clock ticks, and nobody has claimed the lead since.
    """

    name: str = ""
    due_at: datetime | None = None
    ticking: bool = False
    paused: bool = False
    answered: bool = False
    stopped: bool = False
    waits: bool = False


@dataclass(frozen=True)
class Told:
    """What a card was posted with; empty where nobody knows."""

    owner: str = ""
    stage: str = ""
    sub_status: str = ""


@dataclass(frozen=True)
class LeadCard:
    """One lead as a salesperson needs it; what nobody knows is empty or None.

    `seen` is the revision that the card shows, which a press of its buttons refers to. `since` is when
    the lead came to its stage, `move` the id of the move that brought it there (T1 to T12), `mover` who
    made it, `reason` why it was last returned, lost or disqualified. `reasons` come best first, `lately`
    newest first. `attempts` are those since anybody was reached, `outcome` is what came of the last,
    `contact` is who last reached the lead, and `meeting` whether that led to a meeting.
    """

    lead_id: str
    links: Links
    person: Recipient
    now: datetime
    stage: str
    sub_status: str
    since: datetime | None
    move: str
    mover: Owner
    reason: str
    seen: int | None
    priority: bool
    score: int | None
    threshold: int | None
    reasons: tuple[Reason, ...]
    lately: tuple[Deed, ...]
    clock: LeadClock
    paused_until: datetime | None
    owner: Owner
    qualification: Mapping[str, Level]
    firm: tuple[str, ...]
    channel: str
    attempts: int
    outcome: str
    contact: Owner
    meeting: bool
    told: Told

    @classmethod
    def of(
        cls,
        lead_id: str,
        person: Recipient,
        lead: Mapping[str, Any],
        now: datetime,
        links: Links,
        roster: Roster = Roster(),  # noqa: B008 - frozen
        lately: Sequence[str | Deed] = (),
    ) -> LeadCard:
        """Read tolerantly: a snapshot may be older than the action, or not there yet."""
        return cls(
            lead_id=lead_id,
            links=links,
            person=person,
            now=now,
            stage=word(lead.get("stage")),
            sub_status=word(lead.get("sub_status")),
            since=instant(lead.get("since")),
            move=word(lead.get("move")),
            mover=Owner.of(word(lead.get("moved_by")), roster),
            reason=word(lead.get("reason")),
            seen=number(lead.get("revision")),
            priority=bool(lead.get("priority")),
            score=number(inner(lead, "score", "total")),
            threshold=number(inner(lead, "score", "threshold") or lead.get("threshold")),
            reasons=reasons_of(lead),
            lately=tuple(each if isinstance(each, Deed) else Deed(each) for each in lately),
            clock=_clock(lead),
            paused_until=instant(lead.get("paused_until")),
            owner=Owner.of(word(lead.get("owner")), roster),
            qualification=_levels(lead.get("qualification")),
            firm=_firm(lead),
            channel=word(lead.get("channel")).replace("_", " "),
            attempts=number(lead.get("attempts")) or 0,
            outcome=word(lead.get("last_outcome")),
            contact=Owner.of(word(lead.get("contacted_by")), roster),
            meeting=lead.get("meeting") is True,
            told=Told(*(word(inner(lead, "told", name)) for name in ("owner", "stage", "sub_status"))),
        )

    @property
    def name(self) -> str:
        """How to call the lead in a headline: by name, else by address, else by what it is."""
        full = one_line(f"{self.person.first_name or ''} {self.person.last_name or ''}")
        return full or one_line(self.person.email) or "Unnamed lead"

    @property
    def overdue(self) -> bool:
        """Whether the clock has run out."""
        return self.clock.due_at is not None and self.clock.due_at <= self.now


def _clock(lead: Mapping[str, Any]) -> LeadClock:
    """The clock that the action itself is about, or else the ticking one that is due first."""
    listed = objects(lead.get("sla"))
    held = [each for each in map(_read, listed) if each.ticking and each.due_at]
    shown = _shown(lead, listed, held)
    return replace(shown, waits=any(not each.answered for each in held))


def _shown(lead: Mapping[str, Any], listed: Iterable[Mapping[str, Any]], held: list[LeadClock]) -> LeadClock:
    own, own_due = word(lead.get("clock")), instant(lead.get("due_at"))
    ahead = sorted(held, key=lambda each: (str(each.due_at), each.name))
    mine = next((each for each in ahead if each.name == own), None)
    if mine:
        return replace(mine, due_at=own_due or mine.due_at)
    if own_due:
        return LeadClock(own, own_due, ticking=bool(ahead))
    if own and any(each.get("clock") == own for each in listed):
        return LeadClock(own, ticking=bool(ahead), paused=any(each.paused for each in ahead), stopped=True)
    return ahead[0] if ahead else LeadClock(own)


def _read(clock: Mapping[str, Any]) -> LeadClock:
    return LeadClock(
        name=word(clock.get("clock")),
        due_at=instant(clock.get("due_at")),
        ticking=clock.get("state") in _TICKING and clock.get("stopped_at") is None,
        paused=clock.get("paused") is True,
        answered=clock.get("answered") is True,
    )


def _levels(held: Any) -> dict[str, Level]:
    """The qualification facts on record, in the field's order."""
    stated = held if isinstance(held, Mapping) else {}
    known = {name: stated.get(name) for name in QUALIFICATION}
    return {name: Level(level) for name, level in known.items() if level in ("no", "partial", "yes")}


def _firm(lead: Mapping[str, Any]) -> tuple[str, ...]:
    """Industry, size and country, from the lead's facts or its profile."""
    profile = lead.get("profile")
    facts = {**(profile if isinstance(profile, Mapping) else {}), **lead}
    size = number(facts.get("employees"))
    parts = (
        word(facts.get("industry")).replace("_", " ").capitalize(),
        f"{size:,} people" if size else "",
        word(facts.get("country")),
    )
    return tuple(part for part in parts if part)
