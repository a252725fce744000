"""One turn of a journey: the state being moved on, and what has been decided so far."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadworkflows.domain.conditions import holds
from leadworkflows.domain.decisions import Action, Datum, Decisions, EntryKind, TimelineEntry
from leadworkflows.domain.grammar import ActionSpec
from leadworkflows.domain.making import made
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import JourneyState


class Turn:
    """Collects entries and actions while the parts of the core move a state on."""

    def __init__(self, policy: Policy, state: JourneyState, decisions: Decisions | None = None) -> None:
        self.policy = policy
        self.state = state
        self.decisions = decisions or Decisions()

    def note(
        self, kind: EntryKind, what: str, at: datetime, why: list[str] | None = None, **data: Datum
    ) -> None:
        """Write a line on the timeline: what happened, when it happened, and why."""
        self.write(kind, what, at, [] if why is None else why, data)

    def write(self, kind: EntryKind, what: str, at: datetime, why: list[str], data: dict[str, Datum]) -> None:
        """The same, for facts that are together already."""
        state = self.state
        state.entries += 1
        entry = made(
            TimelineEntry,
            n=state.entries, at=at, kind=kind, what=what, why=why, policy=self.policy.id, data=data,
        )  # fmt: skip
        self.decisions.entries.append(entry)

    def act(self, what: str, spec: ActionSpec, at: datetime, summary: str, facts: dict[str, Any]) -> str:
        """Decide an action, once for ever for the same intent in the same pass; gives its key."""
        key = f"lead:{self.state.lead_id}:{what}:{self.state.pass_}"
        action = made(
            Action,
            key=key,
            name=spec.name,
            params=dict(spec.params),
            facts=dict(facts),
            summary=summary,
            decided_at=at,
            policy=self.policy.id,
        )
        self.state.pending[key] = action
        self.decisions.actions.append(action)
        return key

    def applies(self, spec: ActionSpec, facts: dict[str, Any]) -> bool:
        """Whether an action's `when` holds over the facts of this moment and of the lead."""
        return holds(spec.when, lambda name: facts.get(name, self.state.profile.get(name)))
