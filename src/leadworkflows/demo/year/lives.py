"""The year played: every lead a journey of the real core, all under one virtual clock.

What happens next, whoever it happens to, is taken from one queue in order of time, so that routing and
desks are as they would have been. Chance is each lead's own and follows from the seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from leadworkflows.demo.year import sellers, visitors
from leadworkflows.demo.year.office import Given, Office
from leadworkflows.demo.year.population import Character
from leadworkflows.demo.year.sellers import SELLERS, Command, Plan
from leadworkflows.demo.year.visitors import Deed
from leadworkflows.domain.decisions import Action, Assignment
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.lifecycle import WORKED_STAGES, Stage
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.domain.state import JourneyState


@dataclass(frozen=True)
class Arrived:
    """One event of the inbox, and when it came in."""

    event: LeadEvent
    source: str
    received_at: datetime


@dataclass(frozen=True)
class Written:
    """A note of somebody in sales."""

    event_id: str
    by: str
    text: str
    at: datetime


@dataclass
class Life:
    """One lead's year so far. Its journey is in `simulation`."""

    who: Character
    simulation: Simulation
    chance: Random
    inbox: list[Arrived] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    notes: list[Written] = field(default_factory=list)
    commands: int = 0
    looked: int = 0
    """Actions that were looked at."""
    wakes_at: datetime | None = None
    task: tuple[Any, ...] = ()
    """What the owner has to do with it: a plan for another task is void."""

    @property
    def state(self) -> JourneyState:
        """How it stands."""
        return self.simulation.journey.state


@dataclass(frozen=True)
class _Turn:
    """The owner turns to the lead, if it is still about the same."""

    task: tuple[Any, ...]


@dataclass(frozen=True)
class _Rescue:
    """Somebody takes a lead that was taken back from its owners."""

    rep_id: str


_Next = Deed | Sequence[Deed] | _Turn | _Rescue | None


class Year:
    """Plays the lives of leads until an instant."""

    def __init__(self, seed: int, policy: Policy, until: datetime) -> None:
        self._seed, self._policy, self._until = seed, policy, until
        self.office = Office(policy)
        self._queue: list[tuple[datetime, int, Life, _Next]] = []
        self._order = count()

    def play(self, characters: Sequence[Character]) -> list[Life]:
        """Every life, up to the year's end."""
        lives = [self._begin(who) for who in characters]
        while self._queue and self._queue[0][0] <= self._until:
            at, _, life, happens = heappop(self._queue)
            self._happen(life, at, happens)
        for life in lives:
            life.simulation.run_until(self._until)
        return lives

    def _begin(self, who: Character) -> Life:
        life = Life(who, Simulation(self._policy, who.lead_id), Random(f"{self._seed}:{who.number}"))  # noqa: S311
        life.simulation = Simulation(self._policy, who.lead_id, lambda action: self._route(life, action))
        self._put(who.came_at, life, visitors.first_deeds(who, life.chance))
        for deed in visitors.later_deeds(who, life.chance):
            self._put(deed.at, life, deed)
        return life

    def _put(self, at: datetime, life: Life, happens: _Next) -> None:
        if at <= self._until:
            heappush(self._queue, (at, next(self._order), life, happens))

    def _happen(self, life: Life, at: datetime, happens: _Next) -> None:
        if isinstance(happens, _Turn):
            if happens.task == life.task:
                self._work(life, at)
        elif isinstance(happens, _Rescue):
            if _lies_there(life.state):
                self._command(
                    life, at, sellers.claim(happens.rep_id, self.office.calendar(happens.rep_id, at))
                )
        elif isinstance(happens, Deed):
            self._deliver(life, at, [happens])
        elif happens is not None:
            self._deliver(life, at, happens)
        else:
            life.wakes_at = None
            life.simulation.run_until(at)
        self._look(life, at)

    def _deliver(self, life: Life, at: datetime, deeds: Sequence[Deed]) -> None:
        for deed in deeds:
            number = len(life.inbox) + 1
            event = _event(f"y{life.who.number}-{number}", number, deed)
            life.inbox.append(Arrived(event, deed.source, deed.at))
        life.simulation.deliver(*(each.event for each in life.inbox[-len(deeds) :]), at=at)

    def _work(self, life: Life, at: datetime) -> None:
        """The owner does what they came for; what is refused by then is not done."""
        for does in list(sellers.work(life.state, life.who.quality, life.chance)):
            if isinstance(does, Command):
                self._command(life, at, does)
                at += timedelta(minutes=life.chance.randint(1, 9))
            else:
                self._plan(life, at, does)

    def _command(self, life: Life, at: datetime, does: Command) -> None:
        facts = {**does.facts, **({"noted": True} if does.note else {})}
        name = f"y{life.who.number}-c{life.commands + 1}"
        event = LeadEvent.model_validate({"id": name, "type": does.kind, "occurred_at": at, "facts": facts})
        life.simulation.run_until(at)
        if life.simulation.journey.refusal(event, at) is None:
            life.commands += 1
            life.simulation.deliver(event)
            if does.note:
                life.notes.append(Written(name, str(does.facts["by"]), does.note, at))

    def _look(self, life: Life, at: datetime) -> None:
        """What follows from what has just happened."""
        self.office.follow(life.state, life.who.company.domain)
        for action in life.simulation.actions[life.looked :]:
            if action.name == "email.send":
                for deed in visitors.after_mail(action, life.who, action.decided_at, life.chance):
                    self._put(deed.at, life, deed)
        life.looked = len(life.simulation.actions)
        self._assign_task(life, at)
        due = life.simulation.journey.next_wakeup
        if due is not None and (life.wakes_at is None or due < life.wakes_at):
            life.wakes_at = due
            self._put(due, life, None)

    def _assign_task(self, life: Life, at: datetime) -> None:
        state = life.state
        owned = state.owner in SELLERS and state.stage in WORKED_STAGES
        task = (state.stage, state.owner, state.pass_) if owned else ()
        if task != life.task:
            if _lies_there(state) and life.task:
                self._rescue(life, at)
            life.task = task
            plan = sellers.first_look(state, life.chance) if owned else None
            if plan is not None:
                self._plan(life, at, plan)

    def _rescue(self, life: Life, at: datetime) -> None:
        """The team was told that nobody took it: in a day or two somebody does."""
        rep_id = sellers.rescuer(life.who.company.country, life.chance)
        if rep_id is not None:
            due = at + timedelta(hours=life.chance.lognormvariate(2.6, 0.8))
            self._put(self.office.calendar(rep_id, due).next_start(due), life, _Rescue(rep_id))

    def _plan(self, life: Life, at: datetime, plan: Plan) -> None:
        """In the owner's working time, and for the lead as it then stands."""
        state = life.state
        if state.owner in SELLERS and state.stage in WORKED_STAGES:
            due = at + plan.after
            working = self.office.calendar(str(state.owner), due).next_start(due)
            later = timedelta(minutes=life.chance.randint(0, 50)) if working != due else timedelta(0)
            self._put(working + later, life, _Turn((state.stage, state.owner, state.pass_)))

    def _route(self, life: Life, action: Action) -> Assignment | None:
        given = self.office.route(action, life.state, life.who.company.domain)
        if given is None:
            return None
        life.given.append(given)
        return given.assignment


def _lies_there(state: JourneyState) -> bool:
    return state.owner is None and state.stage in WORKED_STAGES


def over(state: JourneyState) -> bool:
    """Whether nothing is to come any more."""
    return state.stage in (Stage.CUSTOMER, Stage.DISQUALIFIED)


def _event(name: str, number: int, deed: Deed) -> LeadEvent:
    said: Mapping[str, Any] = {"id": name, "seq": number, "type": deed.kind, "occurred_at": deed.at}
    return LeadEvent.model_validate({**said, "anonymous": deed.anonymous, "facts": dict(deed.facts)})
