"""The policy: what marketing operations decide, frozen and named by the hash of its content.

Every default of domain.md lives in `policies/default.yaml`; these models give it a grammar whose
errors name the field. Points are whole numbers, spans are seconds, times are UTC.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.conditions import Condition
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import FIRMOGRAPHIC, LanguageCode, RepId, Seniority, Word
from leadworkflows.domain.grammar import ActionSpec, Part, check_names, problem
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.mailing import Consent, Enrolment, Sending, Sequence
from leadworkflows.domain.reading import Reading
from leadworkflows.domain.rules import Decay, FitRule, Inference, Moves, Priority, ScoringRule
from leadworkflows.domain.spans import Span
from leadworkflows.domain.teams import CalendarSpec, Rep, Team, TeamName, faults
from leadworkflows.domain.watching import Watch
from leadworkflows.domain.working_time import calendar_of


class Market(Part):
    """P7: where we sell. An industry outside is eliminated; an unknown one is not."""

    industries: tuple[Word, ...] = ()
    exclude: tuple[Word, ...] = ()

    def takes(self, industry: str) -> bool:
        """Whether a lead of an industry is not eliminated."""
        return industry in self.targets if self.industries else industry not in self.exclude

    @cached_property
    def targets(self) -> frozenset[str]:
        """The industries in which we sell, where they are listed."""
        return frozenset(self.industries) - frozenset(self.exclude)


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
    when: Condition = Field(default_factory=dict)
    mql_at: int = Field(ge=0)

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        check_names(self.when, FIRMOGRAPHIC)
        return self


class Rung(Part):
    """A step of a clock's ladder, at a share of its span."""

    at: Annotated[int, BeforeValidator(lambda v: v.rstrip("% ") if isinstance(v, str) else v)] = Field(
        ge=0, le=1000
    )
    do: ActionSpec


def _at_most_a_year(span: Span) -> Span:
    if span.seconds > 366 * 86_400:
        raise ValueError("a service level lasts a year at most")
    return span


class Clock(Part):
    """A service level (L1 to L4): started by a stage, met by an event."""

    id: str
    on: Stage
    when: Condition = Field(default_factory=dict)
    within: Annotated[Span, AfterValidator(_at_most_a_year)]
    met_by: tuple[EventType | Literal["enrolled"], ...]
    answered_by: tuple[EventType, ...] = (EventType.LEAD_CLAIMED,)
    """Somebody has it: the ladder is climbed no further, while the clock runs on until it is met."""
    rounds: int = Field(default=2, ge=1, le=10)
    """How many owners get the whole ladder; after the last one `at_last` is done instead of reassigning."""
    at_last: ActionSpec | None = None
    """What is done when nobody is left to take the lead, so that it never ends in silence."""
    rungs: tuple[Rung, ...] = ()

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        check_names(self.when, (*FIRMOGRAPHIC, "priority", "contact_allowed"))
        return self

    @model_validator(mode="after")
    def _rungs_rise(self) -> Self:
        shares = [rung.at for rung in self.rungs]
        if shares != sorted(set(shares)):
            raise ValueError("rungs: each must stand higher than the one before, such as 50%, 100%, 150%")
        return self


AROUND_THE_CLOCK = CalendarSpec(hours={"mon-sun": "00:00-24:00"})


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
    calendar: CalendarSpec = AROUND_THE_CLOCK
    """When clocks run for a lead that nobody owns, and for owners who have no calendar of their own.

    Policies from before there were calendars go on as they were: around the clock.
    """
    holidays: dict[str, tuple[date, ...]] = Field(default_factory=dict)
    """Public holidays by region. The loader fills in those of the regions that calendars name."""
    teams: dict[TeamName, Team] = Field(default_factory=dict)
    reps: dict[RepId, Rep] = Field(default_factory=dict)
    sla: dict[str, Clock]
    on: dict[Stage, tuple[ActionSpec, ...]]
    repeated_request: tuple[ActionSpec, ...] = ()
    assigned: tuple[ActionSpec, ...] = ()
    """What is done whenever a lead gets an owner by routing or by a person's choice of somebody else."""
    nurture: dict[str, Sequence]
    enrolment: Enrolment
    sending: Sending = Sending()
    consent: Consent = Consent()
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)] = ("en",)
    """Every content that the policy names must be there in each; the first where a lead's is not known."""
    watch: Watch = Watch()
    late_after: Span
    """An event later than this counts on its own date, but what we do about it starts now."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        problems = [*self._ids_given_twice(), *self._missing_threshold(), *self._missing_sequences()]
        problems += faults(self.calendar, self.holidays, self.teams, self.reps)
        if problems:
            raise ValidationError.from_exception_data("Policy", problems)
        return self

    def _ids_given_twice(self) -> Iterator[InitErrorDetails]:
        places = [("scoring", n, rule.id) for n, rule in enumerate(self.scoring)]
        places += [("fit", n, rule.id) for n, rule in enumerate(self.fit)]
        seen: set[str] = set()
        for part, number, rule_id in places:
            if rule_id in seen:
                yield problem(f"another rule has the id {rule_id}; give this one its own", part, number, "id")
            seen.add(rule_id)

    def _missing_threshold(self) -> Iterator[InitErrorDetails]:
        last = next(reversed(self.segments), None)
        if last is None or self.segments[last].when:
            fix = "end with a segment that has no when, so that every lead has a threshold"
            yield problem(fix, "segments", *([last, "when"] if last else []))

    def _missing_sequences(self) -> Iterator[InitErrorDetails]:
        named: dict[tuple[str, ...], str] = {("enrolment", "default"): self.enrolment.default}
        named |= {("personas", key, "nurture"): persona.nurture for key, persona in self.personas.items()}
        named |= {("enrolment", "hot"): self.enrolment.hot} if self.enrolment.hot else {}
        recycled = {key: name for key, name in self.enrolment.recycled.items() if name != "persona"}
        named |= {("enrolment", "recycled", key): name for key, name in recycled.items()}
        for field, name in named.items():
            if name not in self.nurture:
                yield problem(f"there is no sequence {name!r}; there are {', '.join(self.nurture)}", *field)

    def known_as(self, policy_id: str) -> Self:
        """The policy under the name it was stored by: a later grammar may hash the same rules otherwise."""
        self.__dict__["id"] = policy_id
        return self

    @cached_property
    def id(self) -> str:
        """The policy's name for ever: the start of the SHA-256 of its canonical JSON."""
        return f"p-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]}"

    @cached_property
    def working_time(self) -> WorkCalendar:
        """When clocks run for a lead that nobody owns."""
        return calendar_of(self.calendar, self.holidays)

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each scoring and fit rule is called."""
        behaviour = {rule.id: rule.title or rule.id for rule in self.scoring}
        return behaviour | {rule.id: rule.title or rule.id for rule in self.fit}

    @cached_property
    def clocks_on(self) -> dict[Stage, list[tuple[str, Clock]]]:
        """The clocks that a stage may start, by name."""
        found: dict[Stage, list[tuple[str, Clock]]] = defaultdict(list)
        for name, clock in self.sla.items():
            found[clock.on].append((name, clock))
        return dict(found)

    @cached_property
    def reading(self) -> dict[EventType, Reading]:
        """What it makes of the events of each type."""
        parts = self.scoring, self.moves, self.priority, self.infer, self.decay
        return {kind: Reading.of(kind, *parts) for kind in EventType}

    def acts_on(self, kind: EventType) -> bool:
        """Whether events of this type may give points, move a lead or stop a clock."""
        stop = (clock.met_by + clock.answered_by for clock in self.sla.values())
        return bool(self.reading[kind]) or any(kind in each for each in stop)
