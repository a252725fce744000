"""What people in sales say about a lead: typed facts, none of them personal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.facts import QUALIFICATION, FactLevel, Facts, Instant, Level, RepId, Word


class SalesFacts(Facts):
    """Something a person in sales did; `by` is their id.

    `seen` is the revision of the lead that they looked at: a command that would move a lead which has
    moved or changed hands since is refused. `calendar` is when the person works, as the edge looked it
    up. `noted`: a note in free text is kept in the store.
    """

    by: RepId | None = None
    seen: Annotated[int, Field(ge=0)] | None = None
    calendar: WorkCalendar | None = None
    noted: bool = False


MEETING = "meeting_booked"
"""The outcome of a contact in which a meeting was booked: intent to buy (T3)."""


class AttemptFacts(SalesFacts):
    """An attempt to reach the lead, or contact made; `outcome` is no_answer, bad_timing, meeting_booked."""

    outcome: Word | None = None


class ReasonFacts(SalesFacts):
    """A decision of sales that always carries a reason (T6, T9, T10)."""

    reason: Word


class QualificationFacts(SalesFacts):
    """BANT, ACID, MAPS and opportunity facts (Q1 to Q5)."""

    budget: FactLevel | None = None
    authority: FactLevel | None = None
    need: FactLevel | None = None
    timeline: FactLevel | None = None
    capacity: FactLevel | None = None
    interest: FactLevel | None = None
    deadline: FactLevel | None = None
    motivation: FactLevel | None = None
    process: FactLevel | None = None
    solution_fit: FactLevel | None = None
    committee: FactLevel | None = None
    approvals: FactLevel | None = None
    schedule: FactLevel | None = None

    def levels(self) -> dict[str, Level]:
        """The qualification facts that this event states."""
        return {name: level for name in QUALIFICATION if (level := getattr(self, name)) is not None}


class CommitmentFacts(SalesFacts):
    """A micro-commitment (Q6): shared_document, introduced_users, planned_workshop."""

    commitment: Word


class AssignFacts(SalesFacts):
    """A lead is given to somebody by a person; `calendar` is then the new owner's."""

    to: RepId


class PauseFacts(SalesFacts):
    """The clocks of a lead stand still, until an instant or until somebody starts them again."""

    until: Instant | None = None
