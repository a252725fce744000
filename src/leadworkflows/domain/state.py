"""Everything that is remembered of a lead's journey: compact, serialisable, without personal data.

This is what continue-as-new carries, what the simulation holds in memory, and what a snapshot
shows. It only ever grows by what still matters: windows are pruned, contributions of an earlier
pass are dropped when a lead is recycled, history lives on the timeline.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, model_validator

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import Action
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import Instant, Level
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.rules import Group


class Moved(BaseModel):
    """A part of the state that the core moves on in place.

    What a field may hold is checked where a state is read, and by mypy where it is set. Pydantic's own
    way of setting checks nothing more, and takes several times as long.
    """

    if not TYPE_CHECKING:
        __setattr__ = object.__setattr__


class Contribution(BaseModel):
    """Points that a lead has, with the rule and the event that gave them."""

    rule: str
    group: Group
    points: int
    event_id: str
    event_type: EventType | None = None
    """None for decay, and for fit, which rests on facts and not on one act."""
    at: Instant
    since: Instant | None = None
    """Of decay alone: since when nothing had been heard."""


class ScoreState(Moved):
    """The points of the current pass, and what the rules remember to give more."""

    contributions: list[Contribution] = Field(default_factory=list)
    fit: int = 0
    """The sum of the contributions for who the lead is."""
    engagement: int = 0
    """The sum of the contributions for what it does."""
    windows: dict[str, list[Instant]] = Field(default_factory=dict)
    """Occurrences not yet used by a pattern, by rule or move id, oldest first."""
    fired: dict[str, list[Instant]] = Field(default_factory=dict)
    """When each rule that gives points once, or once a window, has fired."""
    last_interaction: Instant | None = None
    decays: int = 0
    """Spans of silence already charged since the last interaction."""

    def give(self, contribution: Contribution) -> None:
        """Add points."""
        self.contributions.append(contribution)
        self._count(contribution, contribution.points)

    def take_back(self, contribution: Contribution) -> None:
        """Remove points that are no longer deserved."""
        self.contributions.remove(contribution)
        self._count(contribution, -contribution.points)

    def _count(self, contribution: Contribution, points: int) -> None:
        if contribution.group.is_fit:
            self.fit += points
        else:
            self.engagement += points


class ClockStatus(StrEnum):
    """Where a service-level clock stands."""

    RUNNING = "running"
    MET = "met"
    MISSED = "missed"
    STOPPED = "stopped"
    """The lead left the stage by another way before anyone had to act."""


class ClockState(Moved):
    """A service-level clock.

    Its instants are computed when it starts, and again only for a cause that the timeline names: a new
    owner, a pause that ended. `counted` and `since` are what they are computed from.
    """

    name: str
    id: str
    pass_: int
    started_at: Instant
    due_at: Instant
    """When it runs out for the owner of this round; once that has passed, when it ran out."""
    rungs: list[Instant]
    """When each rung of the policy's ladder is due, in the ladder's order."""
    shares: list[int]
    """At which share of the span each rung stands, in percent."""
    climbed: int = 0
    status: ClockStatus = ClockStatus.RUNNING
    stopped_at: Instant | None = None
    length: int = 0
    """Seconds that the owner has, of working time where `business`."""
    business: bool = False
    counted: int = 0
    """Seconds of `length` that had passed at `since`."""
    since: Instant | None = None
    """From when it counts; None while it stands still."""
    answered: bool = False
    """Somebody has it: no further rung is climbed in this round."""
    round: int = 1
    """How many owners have had the whole ladder."""
    dropped: bool = False
    """Stopped because the policy had no such clock any more; it goes on where the policy has it again."""
    first_due_at: Instant | None = None
    """When it ran out for its first owner, where a later one was given a round of their own."""

    @model_validator(mode="before")
    @classmethod
    def _from_before_it_could_pause(cls, data: Any) -> Any:
        """A clock that 0.1 started counts from its start, by elapsed time."""
        if isinstance(data, dict) and "since" not in data:
            data = {**data, "since": data.get("started_at")}
        return data

    @property
    def ticking(self) -> bool:
        """Whether something is still owed: a missed clock goes on climbing until it is met."""
        return self.stopped_at is None

    @property
    def paused(self) -> bool:
        """Whether it stands still although something is owed."""
        return self.ticking and self.since is None


class Due(BaseModel):
    """When a mail leaves, and what that was computed from."""

    at: Instant
    base: Instant
    """When it would have left by the sequence alone."""
    zone: str
    zone_from: str
    """stated, country or default: how the zone is known."""
    moved: list[str] = Field(default_factory=list)
    """Why it leaves later than at `base`."""


class EnrolmentState(Moved):
    """Where a lead is in a nurture sequence; `step` counts the steps done."""

    sequence: str
    pass_: int
    step: int = 0
    next_at: Instant
    last_step_at: Instant
    clicked: bool = False
    visit: int = 1
    """1 on the first way through the sequence in this pass, one more on each re-entry."""
    last_key: str | None = None
    """The action of the last step: the next one waits until it has ended."""
    held: bool = False
    """The next step fell due while the last one had not ended."""
    due: Due | None = None
    """What `next_at` was computed from."""


class ReentryState(BaseModel):
    """A sequence that a lead goes through again."""

    sequence: str
    visit: int
    at: Instant


class Fact(BaseModel):
    """A qualification fact: its level, who said so, and when."""

    level: Level
    by: str
    at: Instant


class ConsentState(BaseModel):
    """What the lead agreed to, how and when; `confirmed` on a page that a mail of ours links to."""

    basis: str
    at: Instant
    confirmed: bool = False
    asked: bool = False
    """A mail was decided from which to confirm."""
    wished: dict[str, Instant] = Field(default_factory=dict)
    """When the person asked for mail again from a mail of ours, by topic; '' is all mail."""
    about: list[str] = [""]
    """The topics that were agreed to; '' is all mail."""

    def covers(self, topic: str) -> bool:
        """Whether mail of a topic was agreed to."""
        return "" in self.about or topic in self.about


class ContactPermission(BaseModel):
    """Whether the lead may be contacted; what stops it is remembered with its date."""

    allowed: bool = True
    reason: str | None = None
    since: Instant | None = None
    topics_off: dict[str, Instant] = Field(default_factory=dict)
    """What the person wants no more of, since when."""
    consent: ConsentState | None = None


class JourneyState(Moved):
    """One lead's journey."""

    lead_id: str
    policy_id: str
    seq: int = 0
    """Number of the last inbox event that was taken in."""
    entries: int = 0
    """Number of the last timeline entry."""
    now: Instant | None = None
    """The latest instant that was acted on: a due time or an event's own time."""

    opened_at: Instant | None = None
    """When the lead came out of anonymity (S1)."""
    stage: Stage = Stage.LEAD
    sub_status: str | None = None
    stage_since: Instant | None = None
    reason: str | None = None
    """Why it was last returned, lost or disqualified."""
    pass_: int = 1
    """Counts returns to marketing and reopenings, so that what is due again is not taken for a repeat."""

    profile: dict[str, Any] = Field(default_factory=dict)
    """Firmographic and demographic facts, the last known of each."""
    segment: str = ""
    qualification: dict[str, Fact] = Field(default_factory=dict)
    commitments: list[str] = Field(default_factory=list)
    score: ScoreState = Field(default_factory=ScoreState)
    priority: bool = False
    owner: str | None = None
    """The id of the person in sales who has it."""
    calendar: WorkCalendar | None = None
    """When the owner works; None: clocks run in the policy's calendar."""
    assignments: int = 0
    """How often somebody was given the lead."""
    moved: int = 0
    """Number of the timeline entry of the last move."""
    move: str | None = None
    """The last move (T1 to T12)."""
    moved_by: str | None = None
    """Who made it, where a person did."""
    handed: int = 0
    """Number of the timeline entry of the last change of owner."""
    heard: list[str] = Field(default_factory=list)
    """Ids of the last commands, so that one that comes again does nothing."""
    paused: bool = False
    """Somebody let the clocks stand still."""
    paused_until: Instant | None = None
    """When they go on by themselves."""
    exclusion_waived: bool = False
    """A person reopened it: the exclusion rule does not close it again."""

    clocks: list[ClockState] = Field(default_factory=list)
    enrolment: EnrolmentState | None = None
    completed: list[str] = Field(default_factory=list)
    """Sequences finished in this pass, or left for a better one: none is begun twice."""
    left_at: dict[str, tuple[int, int]] = Field(default_factory=dict)
    """Step and visit at which sequences of this pass ended for want of permission: they go on there."""
    reentry: ReentryState | None = None
    contact: ContactPermission = Field(default_factory=ContactPermission)
    mails: list[Instant] = Field(default_factory=list)
    """When the last mails were decided, for the frequency cap."""
    last_asked_mail: Instant | None = None
    """When the last mail was decided that the person asked for."""
    delivered: dict[str, Instant] = Field(default_factory=dict)
    """When the last mails arrived, by key: who clicks within seconds is a machine."""
    attempts: int = 0
    """Attempts of sales to reach the lead since it last answered."""
    last_attempt: Instant | None = None
    last_outcome: str | None = None
    """What came of the last attempt or contact, such as no_answer."""
    contacted_by: str | None = None
    """Who last reached the lead, in the stage it is in."""
    merged_into: str | None = None
    """The lead that this one turned out to be: this journey is over."""
    pending: dict[str, Action] = Field(default_factory=dict)
    """Actions decided and not yet settled, by key."""
