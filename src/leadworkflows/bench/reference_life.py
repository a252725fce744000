"""The reference life: one form, 40 page views in 6 visits, 3 nurture mails, and the way to a customer.

A visit's page views come within the window in which a lead's behaviour is collected, so each visit is
told to the lead at once, as the relay would. A mail is followed by a visit on the same day, with which
the report of its delivery goes along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.events import EventType, LeadEvent, facts_model

_WHO = {
    "industry": "manufacturing", "employees": 600, "country": "DE", "time_zone": "Europe/Berlin",
    "persona": "technical_director", "seniority": "manager", "channel": "linkedin",
}  # fmt: skip
_READING = ("product", "blog", "product", "blog", "about", "blog", "product")
_DOCUMENTS = ("documentation", "documentation", "blog", "product", "about", "blog", "blog")
_COMPARING = ("comparison", "case_study", "blog", "about", "blog", "blog", "blog")
_MQL = ("case_study", "case_study", "pricing", "product", "blog", "about")
"""Enough for an MQL; its profile is nobody's priority."""
_SQL = ("pricing", "pricing", "product", "case_study", "about", "blog")
"""Prices for the third time within a week."""
_MAPS = dict.fromkeys(("motivation", "authority", "process", "solution_fit", "committee", "schedule"), "yes")
_UNTIL_DELIVERED = timedelta(seconds=30)
SAME_DAY = timedelta(hours=5)
"""How long after a mail the visit comes that follows it."""


@dataclass(frozen=True)
class Step:
    """What happens next: a visit, a form, or a person's command.

    `after` counts from the step before, or from the sequence's next mail, where it follows that one.
    """

    after: timedelta
    kind: str
    facts: tuple[dict[str, Any], ...] = ({},)
    follows_mail: bool = False
    is_command: bool = False


def reference_life() -> list[Step]:
    """All of it in order."""
    return [
        Step(timedelta(0), "form_submitted", ({"form": "download", **_WHO},)),
        _visit(SAME_DAY, _READING, follows_mail=True),
        _visit(timedelta(days=2), _READING),
        _visit(SAME_DAY, _DOCUMENTS, follows_mail=True),
        _visit(timedelta(days=2), _COMPARING),
        _visit(SAME_DAY, _MQL, follows_mail=True),
        _command(timedelta(hours=2), "lead_accepted"),
        _visit(timedelta(days=3), _SQL),
        _command(timedelta(minutes=15), "opportunity_opened", **_MAPS),
        _command(timedelta(days=21), "deal_won"),
    ]


def views() -> int:
    """How many pages are looked at in the whole life."""
    return sum(len(step.facts) for step in reference_life() if step.kind == "page_viewed")


class Script:
    """Writes the steps' events with running numbers; a command has none."""

    def __init__(self) -> None:
        self._seq = 0

    def events(self, step: Step, at: datetime) -> list[LeadEvent]:
        """What the lead is told of a step: with the report on the mail that it follows."""
        if step.is_command:
            return [self._event(f"command-{step.kind}", step.kind, 0, at, {"by": "rep-1", **step.facts[0]})]
        return [*self._delivered(step, at), *self._said(step, at)]

    def _delivered(self, step: Step, at: datetime) -> Iterator[LeadEvent]:
        if step.follows_mail:
            yield self._next("email_delivered", at - step.after + _UNTIL_DELIVERED, {"content": "mail"})

    def _said(self, step: Step, at: datetime) -> Iterator[LeadEvent]:
        for number, facts in enumerate(step.facts):
            yield self._next(step.kind, at + timedelta(milliseconds=number), facts)

    def _next(self, kind: str, at: datetime, facts: dict[str, Any]) -> LeadEvent:
        self._seq += 1
        return self._event(f"e{self._seq}", kind, self._seq, at, facts)

    def _event(self, name: str, kind: str, seq: int, at: datetime, facts: dict[str, Any]) -> LeadEvent:
        said = facts_model(EventType(kind)).model_validate(facts)
        return LeadEvent(id=name, seq=seq, type=EventType(kind), occurred_at=at, facts=said)


def _visit(after: timedelta, pages: tuple[str, ...], *, follows_mail: bool = False) -> Step:
    return Step(after, "page_viewed", tuple({"page": page} for page in pages), follows_mail)


def _command(after: timedelta, kind: str, **facts: Any) -> Step:
    return Step(after, kind, (facts,), is_command=True)
