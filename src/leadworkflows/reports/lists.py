"""Leads in lists, and what waits: plain values. `shapes` has them too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class LeadQuery:
    """Which leads to list and how; what is None does not matter.

    `words` begin the address, a name or the company. Sorted by `score` those of whom it is not known come
    last.
    """

    stage: str | None = None
    owner: str | None = None
    persona: str | None = None
    segment: str | None = None
    channel: str | None = None
    industry: str | None = None
    min_score: int | None = None
    clock: Literal["ticking", "missed"] | None = None
    words: str | None = None
    sort: Literal["newest", "score", "clock", "last"] = "newest"


@dataclass(frozen=True)
class LeadLine:
    """A lead in a list. Personal data."""

    lead_id: str
    name: str
    email: str
    company: str | None
    title: str | None
    stage: str
    sub_status: str | None
    priority: bool
    owner: str | None
    channel: str | None
    segment: str | None
    persona: str | None
    score: int | None
    threshold: int | None
    clock: str | None
    clock_due_at: datetime | None
    created_at: datetime
    last_at: datetime | None
    at: datetime | None = None
    """When it did what the list is about; None where the list is of leads and not of what they did."""


@dataclass(frozen=True)
class Owed:
    """A service level that a lead waits for, or whose time is over and that is still owed."""

    lead: LeadLine
    clock: str
    code: str
    started_at: datetime
    due_at: datetime
    missed_at: datetime | None
    paused: bool


@dataclass(frozen=True)
class Stuck:
    """An action in the world that waits for somebody. No personal data."""

    key: str
    lead_id: str
    action: str
    status: str
    since: datetime
    detail: str


@dataclass(frozen=True)
class Came:
    """How often something happened in the last 24 h, by the channel of its leads."""

    channel: str
    type: str
    n: int


@dataclass(frozen=True)
class Today:
    """What waits now. Lists have their first entries, the numbers beside them are of all."""

    at: datetime
    waiting: Sequence[Owed]
    """Soonest first."""
    waiting_n: int
    missed: Sequence[Owed]
    """Those that have waited longest first."""
    missed_n: int
    stuck: Sequence[Stuck]
    """Oldest first."""
    stuck_n: int
    came: Sequence[Came]
    """Most often first."""
    stages: Mapping[str, int]
    """Leads by the stage they are at, each stage of the lifecycle named."""
