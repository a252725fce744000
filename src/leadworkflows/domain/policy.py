"""The policy: what marketing operations decide, frozen and named by the hash of its content.

Every default of domain.md lives in `policies/default.yaml`; these models give it a grammar whose
errors name the field. Points are whole numbers, spans are seconds, times are UTC.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from leadworkflows.domain.conditions import Condition
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import QUALIFICATION, Seniority, Word
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.spans import Span


class Part(BaseModel):
    """A part of a policy: frozen, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


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
        return self in (Group.DEMOGRAPHIC, Group.FIRMOGRAPHIC)


class Trigger(Part):
    """An event type and what its facts must be."""

    event: EventType
    where: Condition = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"event": data}
        if isinstance(data, dict) and len(data) == 1 and "event" not in data:
            ((event, where),) = data.items()
            return {"event": event, "where": where}
        return data


def _triggers(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Triggers = Annotated[tuple[Trigger, ...], BeforeValidator(_triggers)]


class Pattern(Part):
    """Events that together mean something: `times` of them `within` a span."""

    on: Triggers
    where: Condition = {}
    times: int = Field(default=1, ge=1, le=50)
    within: Span | None = None

    @model_validator(mode="after")
    def _span_for_repeats(self) -> Self:
        if self.times > 1 and self.within is None:
            raise ValueError("times needs within, such as within: 7d")
        return self


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


class Decay(Part):
    """P6: points lost for each span of silence, never below 0."""

    id: str = "P6"
    every: Span
    points: int = Field(ge=0)
    stages: tuple[Stage, ...]
    not_interactions: tuple[EventType, ...] = ()
    """Events that do not break the silence, because machines make them too."""


class Market(Part):
    """P7: where we sell. An industry outside is eliminated; an unknown one is not."""

    industries: tuple[Word, ...] = ()
    exclude: tuple[Word, ...] = ()


class Persona(Part):
    """Who decides what: found by words in the job title, first match wins."""

    titles: tuple[str, ...]
    nurture: str


class SeniorityLevel(Part):
    """How a job title tells seniority, and what it weighs (P12)."""

    titles: tuple[str, ...] = ()
    weight: float = Field(default=1.0, ge=0, le=10)


class Segment(Part):
    """A part of the market with its own threshold (P8 to P10); first match wins."""

    id: str = ""
    when: Condition = {}
    mql_at: int = Field(ge=0)


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
        return _known(self, self.facts)


class FactsGuard(Part):
    """How much of a framework must be known before a move (Q1 to Q3)."""

    facts: tuple[str, ...]
    at_least: int = Field(ge=0)
    require: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        return _known(self, (*self.facts, *self.require))


def _known(part: Any, names: Any) -> Any:
    strangers = sorted(set(names) - set(QUALIFICATION))
    if strangers:
        raise ValueError(f"unknown qualification fact {strangers[0]!r}; known: {', '.join(QUALIFICATION)}")
    return part


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
    T7: FactsGuard
    T9_disqualifies: tuple[Word, ...] = ()
    T12: Unanswered


class ActionSpec(Part):
    """An action of a policy: its name, its parameters, and when it applies."""

    name: str
    params: dict[str, JsonValue] = {}
    when: Condition = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"name": data}
        if not isinstance(data, dict) or "name" in data:
            return data
        names = [key for key in data if key != "when"]
        if len(names) != 1:
            raise ValueError("an action is one name with its parameters, such as email.send: {content: x}")
        return {"name": names[0], "params": data[names[0]] or {}, "when": data.get("when", {})}


class Rung(Part):
    """A step of a clock's ladder, at a share of its span."""

    at: Annotated[int, BeforeValidator(lambda v: v.rstrip("% ") if isinstance(v, str) else v)] = Field(
        ge=0, le=1000
    )
    do: ActionSpec


class Clock(Part):
    """A service level (L1 to L4): started by a stage, met by an event."""

    id: str
    on: Stage
    when: Condition = {}
    within: Span
    met_by: tuple[EventType | Literal["enrolled"], ...]
    rungs: tuple[Rung, ...] = ()


class Step(Part):
    """A step of a nurture sequence; `variants` chooses by industry."""

    after: Span
    content: str
    variants: dict[Word, str] = {}


class Sequence(Part):
    """A nurture sequence (N1 to N5)."""

    id: str = ""
    steps: tuple[Step, ...] = Field(min_length=1)
    stop_on: tuple[Stage, ...] = (Stage.SQL,)


class Enrolment(Part):
    """Who enters which sequence, and how it follows the lead's own rhythm."""

    stages: tuple[Stage, ...]
    default: str
    recycled: dict[Word, str] = {}
    """Sequence by return reason; `persona` means the sequence of the lead's persona."""
    click_factor: float = Field(default=1.0, gt=0, le=1)
    silence_factor: float = Field(default=1.0, ge=1, le=10)


class Policy(Part):
    """A whole policy. `id` is the hash of its content, so the same rules have the same name."""

    version: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    market: Market = Market()
    personas: dict[Word, Persona]
    seniority: dict[Seniority, SeniorityLevel]
    segments: dict[str, Segment]
    scoring: tuple[ScoringRule, ...]
    fit: tuple[FitRule, ...] = ()
    decay: Decay
    priority: Priority
    infer: tuple[Inference, ...] = ()
    moves: Moves
    sla: dict[str, Clock]
    on: dict[Stage, tuple[ActionSpec, ...]]
    repeated_request: tuple[ActionSpec, ...] = ()
    nurture: dict[str, Sequence]
    enrolment: Enrolment
    late_after: Span
    """An event later than this counts on its own date, but what we do about it starts now."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        rules = [rule.id for rule in (*self.scoring, *self.fit)]
        for twice in {rule for rule in rules if rules.count(rule) > 1}:
            raise ValueError(f"scoring: two rules have the id {twice}; every id names one rule")
        if not self.segments or next(reversed(self.segments.values())).when:
            raise ValueError("segments: the last segment must have no when, so that every lead has a threshold")
        self._sequences_exist()
        return self

    def _sequences_exist(self) -> None:
        named = {f"personas.{key}.nurture": persona.nurture for key, persona in self.personas.items()}
        named["enrolment.default"] = self.enrolment.default
        named |= {f"enrolment.recycled.{key}": value for key, value in self.enrolment.recycled.items()}
        for field, sequence in named.items():
            if sequence not in self.nurture and not (sequence == "persona" and "recycled" in field):
                raise ValueError(f"{field}: no sequence {sequence!r}; known: {', '.join(self.nurture)}")

    @cached_property
    def id(self) -> str:
        """The policy's name for ever: the start of the SHA-256 of its canonical JSON."""
        return f"p-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]}"

    @cached_property
    def rules_by_event(self) -> dict[EventType, list[ScoringRule]]:
        """Which scoring rules look at an event of a type."""
        found: dict[EventType, list[ScoringRule]] = defaultdict(list)
        for rule in self.scoring:
            for event in dict.fromkeys(trigger.event for trigger in rule.on):
                found[event].append(rule)
        return dict(found)

    def actions(self) -> list[ActionSpec]:
        """Every action that the policy names, wherever it names it."""
        hooks = [spec for specs in self.on.values() for spec in specs]
        rungs = [rung.do for clock in self.sla.values() for rung in clock.rungs]
        return [*hooks, *self.repeated_request, *rungs]

    def contents(self) -> list[str]:
        """Every content that a mail of this policy may need, variants included."""
        steps = [step for sequence in self.nurture.values() for step in sequence.steps]
        mails = [str(spec.params["content"]) for spec in self.actions() if "content" in spec.params]
        return list(dict.fromkeys([*mails, *(s.content for s in steps), *(v for s in steps for v in s.variants.values())]))
