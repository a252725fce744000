"""What the core decides: entries for the timeline, actions to perform, attributes to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, JsonValue

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.facts import Instant, RepId

_TO_SECONDS = len("2026-03-02T09:30:00")
Datum = str | int | float | bool | None
"""A fact on the timeline, for reports."""


class EntryKind(StrEnum):
    """What a timeline entry is about."""

    EVENT = "event"
    SCORE = "score"
    STAGE = "stage"
    PRIORITY = "priority"
    CLOCK = "clock"
    NURTURE = "nurture"
    ACTION = "action"
    CONTACT = "contact"
    QUALIFICATION = "qualification"
    OWNER = "owner"
    REFUSED = "refused"
    POLICY = "policy"


class TimelineEntry(BaseModel):
    """One line of a lead's history: what happened, when, and why.

    `why` names rule, move and clock ids with the numbers before and after. `data` holds the same
    facts for reports. `n` numbers a lead's entries from 1 without a gap.
    """

    model_config = ConfigDict(frozen=True)

    n: int
    at: Instant
    kind: EntryKind
    what: str
    why: list[str] = []
    policy: str
    data: dict[str, Datum] = {}


class EffectClass(StrEnum):
    """What to prefer when the outcome of a call is unknown and cannot be found out."""

    RATHER_MISSED = "rather_missed"
    """Not performed again: a mail that may have left must not leave twice."""
    RATHER_TWICE = "rather_twice"
    """Performed again: an alert that nobody saw costs a customer."""


class Action(BaseModel):
    """Something to perform in the world, once.

    `key` is the same for ever for the same intent: `lead:{id}:{what}:{pass}`. It is the unique key
    of the effect, of the outbox and of the vendor's custom arguments.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    params: dict[str, JsonValue] = {}
    facts: dict[str, JsonValue] = {}
    """Facts of the moment for templates: stage, score, reasons, due time."""
    summary: str
    """One line for the Temporal UI, such as "Nurture 2 of 3: roi-analysis"."""
    decided_at: Instant
    policy: str


class Outcome(StrEnum):
    """How an action ended."""

    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHHELD = "withheld"
    """Not performed because contact is not allowed."""


class Assignment(BaseModel):
    """Whom an action gave the lead to, and why; `rep` is None where nobody could take it.

    `calendar` is when the rep works, for the clocks. `why` says how the choice was made, `passed_over`
    why each other candidate was not chosen, such as "bob: at capacity, 30 of 30".
    """

    model_config = ConfigDict(frozen=True)

    rep: RepId | None
    team: str = ""
    calendar: WorkCalendar | None = None
    why: list[str] = []
    passed_over: list[str] = []


class ActionResult(BaseModel):
    """What the shell reports back to the core about one action.

    `detail` is a sentence without personal data: the vendor's error code, the reason of a refusal.
    `assignment` is what an action of routing found.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    outcome: Outcome
    detail: str = ""
    assignment: Assignment | None = None


@dataclass(slots=True)
class Decisions:
    """The outcome of one `Journey.advance`."""

    entries: list[TimelineEntry] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)


def iso(at: datetime) -> str:
    """An instant as it is shown to people and machines: UTC, whole seconds, `Z`."""
    return f"{at.isoformat()[:_TO_SECONDS]}Z"
