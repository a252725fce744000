"""The rules of a policy: what scores, what qualifies, and what causes each move."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from leadworkflows.domain.conditions import Condition
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import FIRMOGRAPHIC, QUALIFICATION, Seniority, Word
from leadworkflows.domain.grammar import Part, Pattern, Triggers, check_names
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.spans import Span


class Group(StrEnum):
    """The five groups of score inputs (domain.md section 3)."""

    DEMOGRAPHIC = "demographic"
    FIRMOGRAPHIC = "firmographic"
    ONLINE = "online"
    EMAIL = "email"
    SOCIAL = "social"

    @property
    def is_fit(self) -> bool:
        """Fit says who they are, engagement what they do; the two are kept apart."""
        return self is Group.DEMOGRAPHIC or self is Group.FIRMOGRAPHIC


class ScoringRule(Pattern):
    """Points for what a lead does (P1 to P6, P11 to P13)."""

    id: str
    title: str = ""
    points: int = Field(ge=-1000, le=1000)
    group: Group
    per: Literal["event", "window", "lead"] = "event"
    """`event`: each time; `window`: once within its span; `lead`: once until it is recycled."""
    cap: int | None = Field(default=None, ge=0)
    weight: Literal["seniority"] | None = None
    """The same act weighs more from a decision maker (P12)."""

    @model_validator(mode="after")
    def _window_has_a_span(self) -> Self:
        if self.per == "window" and self.within is None:
            raise ValueError("per: window needs within, such as within: 7d")
        return self


class FitRule(Part):
    """Points for who a lead is, held as long as the condition holds."""

    id: str
    title: str = ""
    when: Condition
    points: int = Field(ge=-1000, le=1000)
    group: Group

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        check_names(self.when, FIRMOGRAPHIC)
        return self


def _some_time(span: Span) -> Span:
    if span.seconds < 3600:
        raise ValueError("silence is counted in spans of an hour or more, such as 30d")
    return span


class Decay(Part):
    """P6: points lost for each span of silence, never below 0."""

    id: str = "P6"
    every: Annotated[Span, AfterValidator(_some_time)]
    points: int = Field(ge=0)
    stages: tuple[Stage, ...]
    not_interactions: tuple[EventType, ...] = ()
    """Events that do not break the silence, because machines make them too."""


class Priority(Part):
    """A decision maker who fires one of the rules as MQL, or contacts sales directly."""

    seniority: tuple[Seniority, ...]
    rules: tuple[str, ...] = ()
    contact: Triggers = ()


class Inference(Part):
    """Qualification facts that an event implies, noted as partial knowledge."""

    on: Triggers
    facts: dict[str, Literal["partial", "yes", "no"]]

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        _check_known(self.facts)
        return self


class FactsGuard(Part):
    """How much of a framework must be known before a move (Q1 to Q3)."""

    facts: tuple[str, ...]
    at_least: int = Field(ge=0)
    require: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        _check_known((*self.facts, *self.require))
        return self


def _check_known(names: Iterable[str]) -> None:
    strangers = sorted(set(names) - set(QUALIFICATION))
    if strangers:
        raise ValueError(f"unknown qualification fact {strangers[0]!r}; known: {', '.join(QUALIFICATION)}")


class Unanswered(Part):
    """T12: how long sales waits for an answer after its last attempt."""

    after: Span
    attempts: int = Field(default=1, ge=1)


class Qualify(Part):
    """T1: what a score must not rest on alone (P13), and the ACID facts it may need (Q2)."""

    never_on_alone: tuple[EventType, ...] = ()
    facts: FactsGuard | None = None


class Moves(Part):
    """What causes each move of the lifecycle (T1 to T12)."""

    T1: Qualify = Qualify()
    T3: Triggers
    T4: Pattern
    T5: FactsGuard
    T6: tuple[Word, ...]
    T6_needs_note: tuple[Word, ...] = ()
    """Return reasons that say little without a note."""
    T7: FactsGuard
    T9: tuple[Word, ...] = ("price", "competitor", "no_budget", "no_decision", "timing")
    """Reasons of a loss that a form offers; others are taken too."""
    T9_disqualifies: tuple[Word, ...] = ()
    T10: tuple[Word, ...] = ("competitor", "out_of_market", "student", "spam", "duplicate")
    """Reasons to disqualify that a form offers; others are taken too."""
    T12: Unanswered
