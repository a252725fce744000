"""What the chart's guards read: a lead's state under its policy at one instant, for one event."""

from __future__ import annotations

from datetime import datetime

from leadworkflows.domain import qualification, scoring
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.lifecycle import Move, Stage
from leadworkflows.domain.making import made
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.sales_facts import QualificationFacts, ReasonFacts
from leadworkflows.domain.state import Fact, JourneyState

UNANSWERED_STAGES = frozenset({Stage.MQL, Stage.SAL, Stage.SQL})


class JourneyStanding:
    """What the guards read of a state, which stays as it is."""

    def __init__(self, policy: Policy, state: JourneyState, at: datetime, event: LeadEvent | None) -> None:
        self._policy, self._state, self._at, self._event = policy, state, at, event

    @property
    def qualifies(self) -> bool:
        """T1."""
        guard = self._policy.moves.T1.facts
        enough = guard is None or not qualification.missing(guard, self._known)
        return enough and scoring.qualifies(self._state, self._policy)

    @property
    def vetted(self) -> bool:
        """T5."""
        return not qualification.missing(self._policy.moves.T5, self._known)

    @property
    def deal_ready(self) -> bool:
        """T7."""
        return not qualification.missing(self._policy.moves.T7, self._known)

    @property
    def worth_recycling(self) -> bool:
        """T9."""
        facts = self._event.facts if self._event else None
        return not (isinstance(facts, ReasonFacts) and facts.reason in self._policy.moves.T9_disqualifies)

    @property
    def unanswered(self) -> bool:
        """T12."""
        due = unanswered_at(self._state, self._policy)
        return due is not None and due <= self._at

    @property
    def _known(self) -> dict[str, Fact]:
        """Facts on record, and those that the event itself brings."""
        facts = self._event.facts if self._event else None
        stated = facts.levels() if isinstance(facts, QualificationFacts) else {}
        brought = {name: made(Fact, level=level, by="event", at=self._at) for name, level in stated.items()}
        return {**self._state.qualification, **brought}

    def missing_for(self, move: Move) -> list[str]:
        """The facts that a guarded move still needs."""
        guard = {Move.VET: self._policy.moves.T5, Move.OPEN_OPPORTUNITY: self._policy.moves.T7}.get(move)
        return qualification.missing(guard, self._known) if guard else []


def unanswered_at(state: JourneyState, policy: Policy) -> datetime | None:
    """When sales stops waiting for an answer (T12); None while it has not tried often enough.

    A lead that nobody tried to reach never goes back this way: reviewing stays a duty of sales.
    """
    rule, tried = policy.moves.T12, state.last_attempt
    if tried is None or state.attempts < rule.attempts or state.stage not in UNANSWERED_STAGES:
        return None
    return tried + rule.after.delta
