"""The sales office of the playground in memory: whose turn it is, and what lies on whose desk."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from leadworkflows import public_holidays
from leadworkflows.demo.year.sellers import SALES_TEAM, SELLERS, TEAM
from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import Action, Assignment
from leadworkflows.domain.lifecycle import WORKED_STAGES
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.routing import Candidate, LeadFacts, choose
from leadworkflows.domain.state import JourneyState
from leadworkflows.domain.teams import Roster
from leadworkflows.domain.working_time import rep_calendar

ASSIGN, REASSIGN = "route.assign", "route.reassign"
REGIONS = ("AT", "DE", "GB", "US")
"""Regions whose public holidays somebody here keeps."""


@dataclass(frozen=True)
class Given:
    """One decision of the routing, as the store keeps it."""

    key: str
    pass_no: int
    at: datetime
    assignment: Assignment


@dataclass
class Held:
    """Whose a lead is or was last, and who had it in which pass."""

    owner: str | None = None
    counted: bool = False
    had: dict[int, set[str]] = field(default_factory=dict)


class Office:
    """Gives leads to reps by the same choice as `route.assign`, with the desks of one region."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.turns: dict[str, float] = dict.fromkeys(SELLERS, 0.0)
        self.time = 0.0
        self._open: Counter[str] = Counter()
        self._accounts: dict[str, list[str]] = {}
        self._held: dict[str, Held] = {}
        self._calendars: dict[tuple[str, int, int], WorkCalendar] = {}

    @cached_property
    def roster(self) -> Roster:
        """Everybody who sells."""
        return Roster({rep_id: rep for rep_id, (rep, _) in SELLERS.items()}, {TEAM: SALES_TEAM}, holidays())

    def calendar(self, rep_id: str, at: datetime) -> WorkCalendar:
        """When a rep works, around an instant."""
        month = (rep_id, at.year, at.month)
        if month not in self._calendars:
            self._calendars[month] = rep_calendar(self.roster, rep_id, self._policy, at)
        return self._calendars[month]

    def route(self, action: Action, state: JourneyState, company: str) -> Given | None:
        """Whom an action of routing finds; None for any other action."""
        if action.name not in (ASSIGN, REASSIGN):
            return None
        held = self._held.setdefault(state.lead_id, Held())
        if action.name == ASSIGN and state.owner is not None:
            calendar = self.calendar(state.owner, action.decided_at)
            why = [f"{state.owner} has it already"]
            found = Assignment(rep=state.owner, team=TEAM, calendar=calendar, why=why)
        else:
            found = self._choose(action, state, held, company)
        if found.rep:
            held.had.setdefault(state.pass_, set()).add(found.rep)
        return Given(action.key, state.pass_, action.decided_at, found)

    def follow(self, state: JourneyState, company: str) -> None:
        """Keep the desks true after a lead moved."""
        held = self._held.setdefault(state.lead_id, Held())
        counts = state.owner is not None and state.stage in WORKED_STAGES
        if held.counted:
            self._open[str(held.owner)] -= 1
        if state.owner is not None:
            held.owner = state.owner
            known = self._accounts.setdefault(company, [])
            self._accounts[company] = [state.owner, *(each for each in known if each != state.owner)]
        held.counted = counts
        if counts:
            self._open[str(held.owner)] += 1

    def _choose(self, action: Action, state: JourneyState, held: Held, company: str) -> Assignment:
        at, again = action.decided_at, action.name == REASSIGN
        candidates = [
            Candidate(
                rep_id, rep, self.calendar(rep_id, at), self._open[rep_id], max(self.turns[rep_id], self.time)
            )
            for rep_id, (rep, _) in SELLERS.items()
        ]
        had = held.had.get(state.pass_, set()) | ({state.owner} if state.owner else set())
        choice = choose(
            LeadFacts(
                country=_word(state.profile.get("country")),
                segment=state.segment,
                language=_word(state.profile.get("language")),
                last_owner=held.owner,
                account=tuple(self._accounts.get(company, ())),
                had=frozenset(had) if again else frozenset(),
            ),
            candidates,
            at,
        )
        if choice.rep is not None:
            self.turns[choice.rep] = choice.turn
            self.time = self.time if choice.time is None else choice.time
        return Assignment(
            rep=choice.rep,
            team=TEAM,
            calendar=self.calendar(choice.rep, at) if choice.rep else None,
            why=list(choice.why),
            passed_over=list(choice.passed_over),
        )


def holidays() -> dict[str, tuple[date, ...]]:
    """The public holidays that the calendars of this office name."""
    return {region: public_holidays.dates(region) for region in REGIONS}


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None
