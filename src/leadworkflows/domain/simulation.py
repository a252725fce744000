"""The in-memory driver: a journey under a virtual clock, with every action performed at once.

The simulator, the back-test, the property tests and the oracle of the crash test all use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from leadworkflows.domain.decisions import (
    Action,
    ActionResult,
    Assignment,
    Decisions,
    Outcome,
    TimelineEntry,
)
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.journey import Journey
from leadworkflows.domain.making import made
from leadworkflows.domain.policy import Policy

Route = Callable[[Action], Assignment | None]
"""Whom an action of routing finds; None for any other action."""


def nobody(action: Action) -> Assignment | None:  # noqa: ARG001 - it is one kind of route
    """No team is set up: whoever claims a lead owns it."""
    return None


class Simulation:
    """Drives one journey through virtual time; what it did is on `timeline` and `actions`."""

    def __init__(self, policy: Policy, lead_id: str = "simulated", route: Route = nobody) -> None:
        self.journey = Journey.begin(lead_id, policy)
        self._route = route
        self.timeline: list[TimelineEntry] = []
        self.actions: list[Action] = []

    def deliver(self, *events: LeadEvent, at: datetime | None = None) -> None:
        """Let time pass until `at` (the last event's own time by default), then hand the events on."""
        now = at or events[-1].occurred_at
        self.run_until(now, inclusive=False)
        self._keep(self.journey.advance(events, now), now)

    def run_until(self, until: datetime, *, inclusive: bool = True) -> None:
        """Let time pass, stopping at every instant at which something is due."""
        while (due := self.journey.next_wakeup) and (due < until or (inclusive and due == until)):
            self._keep(self.journey.advance((), due), due)

    def play(self, events: Iterable[LeadEvent], until: datetime) -> None:
        """Deliver events at their own times, then let time pass until the end.

        One that the inbox numbered after a later one came late: it is delivered when that one was.
        """
        for at, event in sorted(_delivered(events), key=lambda one: (one[0], one[1].seq)):
            self.deliver(event, at=at)
        self.run_until(until)

    def _keep(self, decisions: Decisions, now: datetime) -> None:
        """What settling an action decides is performed at once, too."""
        while True:
            self.timeline += decisions.entries
            self.actions += decisions.actions
            if not decisions.actions:
                return
            decisions = self.journey.settle([self._done(action) for action in decisions.actions], now)

    def _done(self, action: Action) -> ActionResult:
        found = self._route(action)
        return made(ActionResult, key=action.key, outcome=Outcome.CONFIRMED, detail="", assignment=found)


def _delivered(events: Iterable[LeadEvent]) -> Iterator[tuple[datetime, LeadEvent]]:
    """When each event was delivered at the earliest; what has no number came at its own time."""
    latest: datetime | None = None
    for event in sorted(events, key=lambda e: e.seq):
        if event.seq:
            latest = max(event.occurred_at, latest or event.occurred_at)
        yield (latest if event.seq and latest else event.occurred_at), event
