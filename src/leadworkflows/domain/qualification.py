"""Qualification facts: BANT, ACID, MAPS and opportunity facts (Q1 to Q6), and the guards they feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leadworkflows.domain.decisions import Datum, EntryKind
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.facts import Level
from leadworkflows.domain.making import made
from leadworkflows.domain.reading import Reading, is_meant
from leadworkflows.domain.rules import FactsGuard
from leadworkflows.domain.sales_facts import CommitmentFacts, QualificationFacts
from leadworkflows.domain.state import Fact
from leadworkflows.domain.turn import Turn

_INFERRED_FROM = frozenset(EventType)
_STRENGTH = {Level.UNKNOWN: 0, Level.NO: 1, Level.PARTIAL: 2, Level.YES: 3}


def missing(guard: FactsGuard, known: Mapping[str, Fact]) -> list[str]:
    """The facts that a guard still needs, those it insists on first; empty where it is satisfied."""
    holding = {name for name, fact in known.items() if fact.level.holds}
    required = [name for name in guard.require if name not in holding]
    open_facts = [name for name in guard.facts if name not in holding]
    short = guard.at_least - (len(guard.facts) - len(open_facts))
    return list(dict.fromkeys([*required, *(open_facts if short > 0 else [])]))


def record(turn: Turn, event: LeadEvent, at: datetime) -> None:
    """Note what a person in sales said; the latest word counts."""
    facts = event.facts
    if isinstance(facts, QualificationFacts):
        for name, level in facts.levels().items():
            _note(turn, name, level, facts.by or "sales", at)
    if isinstance(facts, CommitmentFacts):
        turn.state.commitments = sorted({*turn.state.commitments, facts.commitment})
        turn.note(EntryKind.QUALIFICATION, f"Micro-commitment: {facts.commitment}", at, ["Q6"])


def infer(turn: Turn, event: LeadEvent, at: datetime, reading: Reading, said: Mapping[str, Any]) -> None:
    """Note what an event implies by its folded facts; an inference never overrules what is better known."""
    for rule, means in reading.infer:
        if is_meant(means, said):
            for name, text in rule.facts.items():
                if _says_more(Level(text), turn.state.qualification.get(name)):
                    _note(turn, name, Level(text), event.type, at)


def _says_more(level: Level, known: Fact | None) -> bool:
    """A stronger inference replaces a weaker one; what a person said stands."""
    return known is None or (known.by in _INFERRED_FROM and _STRENGTH[known.level] < _STRENGTH[level])


def _note(turn: Turn, name: str, level: Level, by: str, at: datetime) -> None:
    known = turn.state.qualification.get(name)
    turn.state.qualification[name] = made(Fact, level=level, by=str(by), at=at)
    if known is None or known.level is not level:
        was = known.level if known else Level.UNKNOWN
        what = f"{name.replace('_', ' ').capitalize()}: {level}"
        data: dict[str, Datum] = {"fact": name, "before": str(was), "after": str(level)}
        turn.write(EntryKind.QUALIFICATION, what, at, [f"said by {by}"], data)
