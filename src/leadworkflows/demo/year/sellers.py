"""Who sells in the playground, how diligent each is, and what each does about a lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from leadworkflows.demo.year import words
from leadworkflows.demo.year.channels import REGIONS
from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.state import JourneyState
from leadworkflows.domain.teams import CalendarSpec, Rep, Team

TEAM = "sales"
_GERMANY, _WEST, _AMERICA, _ALPS = REGIONS
_OFFICE = CalendarSpec(
    zone="Europe/Berlin", hours={"mon-thu": "09:00-18:00", "fri": "09:00-16:00"}, holidays=("DE",)
)
_LONDON = CalendarSpec(zone="Europe/London", holidays=("GB",))
_NEW_YORK = CalendarSpec(zone="America/New_York", hours={"mon-fri": "08:30-17:30"}, holidays=("US",))
_VIENNA = CalendarSpec(zone="Europe/Vienna", holidays=("AT",))


@dataclass(frozen=True)
class Habits:
    """How somebody works: typical hours to a review and to a first call, and the skill to win, around 1."""

    reviews_h: float
    calls_h: float
    neglects: float
    """How often a lead is left lying."""
    strict: float
    """How much quality an MQL must have to be accepted."""
    skill: float


def _rep(
    name: str, countries: tuple[str, ...], calendar: CalendarSpec, habits: Habits, weight: float = 2
) -> tuple[Rep, Habits]:
    member = f"U0{name.partition(' ')[0].upper():0<7}"
    return Rep(name=name, slack=member, weight=weight, countries=countries, calendar=calendar), habits


SELLERS: Mapping[str, tuple[Rep, Habits]] = {
    "anna": _rep("Anna Berg", _GERMANY, _OFFICE, Habits(5, 0.2, 0.01, 0.4, 1.25)),
    "bruno": _rep("Bruno Keller", _GERMANY, _OFFICE, Habits(11, 0.5, 0.05, 0.48, 1.0)),
    "clara": _rep("Clara Huber", _ALPS, _VIENNA, Habits(20, 5.0, 0.14, 0.58, 0.85), 1),
    "daniel": _rep("Daniel Moreau", _WEST, _LONDON, Habits(7, 0.25, 0.03, 0.43, 1.1)),
    "ella": _rep("Ella Reed", _AMERICA, _NEW_YORK, Habits(9, 0.3, 0.03, 0.43, 1.15)),
    "frank": _rep("Frank Walsh", _AMERICA, _NEW_YORK, Habits(26, 6.0, 0.16, 0.56, 0.8), 1),
    "helena": _rep("Helena Gruber", _ALPS, _VIENNA, Habits(8, 0.3, 0.02, 0.44, 1.1)),
    "sofia": _rep("Sofia Evans", _WEST, _LONDON, Habits(14, 0.9, 0.08, 0.5, 0.95), 1),
    "greta": _rep("Greta Lindner", (), _OFFICE, Habits(6, 0.5, 0.0, 0.3, 1.1), 0),
}
"""Reps by id. Greta manages the others and takes nothing by turn."""
SALES_TEAM = Team(reps=tuple(SELLERS), manager="greta", channel="#sales", calendar=_OFFICE)
_BANT = ("budget", "authority", "need", "timeline")
_MAPS = ("motivation", "authority", "process", "solution_fit", "committee", "schedule")
_LOST = {"price": 4, "no_decision": 4, "timing": 3, "no_budget": 3, "competitor": 2}


@dataclass(frozen=True)
class Command:
    """What a rep does: a type of event with its facts, and a note in their own words."""

    kind: str
    facts: Mapping[str, Any]
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """When somebody comes back to a lead, in their working time."""

    after: timedelta


def first_look(state: JourneyState, chance: Random) -> Plan | None:
    """After how long the owner turns to a lead that has come to its stage; None where they never do."""
    habits = SELLERS[str(state.owner)][1]
    if state.stage is Stage.OPPORTUNITY:
        return Plan(timedelta(days=min(chance.lognormvariate(3.4, 0.5), 150)))
    if chance.random() < habits.neglects:
        return None
    hours = habits.reviews_h if state.stage is Stage.MQL else habits.calls_h
    if state.stage is Stage.SAL:
        hours = habits.calls_h * 2 + 3
    return Plan(timedelta(hours=hours * chance.lognormvariate(0, 0.8) * (0.6 if state.priority else 1)))


def rescuer(country: str, chance: Random) -> str | None:
    """Who claims a lead that two owners left lying; None where nobody does."""
    near = [rep_id for rep_id, (rep, _) in SELLERS.items() if country in rep.countries]
    return chance.choice(near) if near and chance.random() < 0.9 else None


def claim(rep_id: str, calendar: WorkCalendar) -> Command:
    """Somebody takes a lead that is nobody's."""
    return Command("lead_claimed", {"by": rep_id, "calendar": calendar})


def work(state: JourneyState, quality: float, chance: Random) -> Iterator[Command | Plan]:
    """What the owner does when they turn to the lead, and when they look at it again."""
    habits = SELLERS[str(state.owner)][1]
    if state.stage is Stage.MQL:
        yield _review(state, quality, habits, chance)
    elif state.stage is Stage.SAL:
        yield from _vet(state, quality, chance)
    elif state.stage is Stage.SQL:
        yield from _pursue(state, quality, habits, chance)
    elif state.stage is Stage.OPPORTUNITY:
        yield from _close(state, quality, habits, chance)


def _review(state: JourneyState, quality: float, habits: Habits, chance: Random) -> Command:
    if quality + chance.gauss(0, 0.1) > habits.strict + 0.1:
        return _says(state, "lead_accepted")
    junior = state.profile.get("seniority") in (None, "intern", "staff")
    weights = (1, 4, 2) if junior else (2, 1, 5)
    reason = chance.choices(("incomplete_data", "wrong_profile", "not_ready"), weights)[0]
    note = chance.choice(words.RETURN_NOTES[reason]) if chance.random() < 0.6 else ""
    return _says(state, "lead_returned", note, reason=reason)


def _vet(state: JourneyState, quality: float, chance: Random) -> Iterator[Command | Plan]:
    if chance.random() > 0.6:
        yield _says(
            state, "contact_attempted", outcome=chance.choice(("no_answer", "no_answer", "bad_timing"))
        )
        if state.attempts < 3 and chance.random() < 0.75:
            yield Plan(timedelta(hours=chance.uniform(20, 90)))
        return
    yield _says(state, "contact_made")
    known = {name: _level(quality, chance) for name in _BANT}
    known["need"] = "yes" if quality > 0.3 else "partial"
    yield _says(state, "qualification_recorded", **known)
    if quality < 0.62 and chance.random() < 0.16:
        yield _says(
            state, "lead_returned", chance.choice(words.RETURN_NOTES["not_ready"]), reason="not_ready"
        )
    elif chance.random() < 0.4:
        yield Plan(timedelta(days=chance.uniform(4, 15)))
    elif chance.random() < 0.7:
        yield _says(state, "contact_attempted", outcome="no_answer")


def _pursue(state: JourneyState, quality: float, habits: Habits, chance: Random) -> Iterator[Command | Plan]:
    """Reach an SQL first; then make an opportunity of it, or give it back."""
    if state.sub_status != "connected":
        if chance.random() > 0.72:
            yield _says(state, "contact_attempted", outcome="no_answer")
            if state.attempts < 4:
                yield Plan(timedelta(hours=chance.uniform(2, 30)))
            return
        yield _says(state, "contact_made")
        yield Plan(timedelta(days=chance.uniform(2, 16)))
        return
    if chance.random() < (0.05 + 0.42 * quality) * habits.skill * _freshness(state):
        yield _says(state, "opportunity_opened", **dict.fromkeys(_MAPS, "yes"))
    elif chance.random() < 0.10:
        yield _says(
            state, "lead_disqualified", reason=chance.choice(("competitor", "out_of_market", "student"))
        )
    elif chance.random() < 0.13:
        yield _says(state, "lead_returned", reason="not_ready")
    elif chance.random() < 0.5:
        yield _says(state, "contact_attempted", outcome="no_answer")
    else:
        yield Plan(timedelta(days=chance.uniform(5, 20)))


def _close(state: JourneyState, quality: float, habits: Habits, chance: Random) -> Iterator[Command | Plan]:
    if not state.commitments and chance.random() < 0.5:
        chosen = chance.choice(("shared_document", "introduced_users", "planned_workshop"))
        yield _says(state, "micro_commitment", commitment=chosen)
        yield Plan(timedelta(days=chance.uniform(6, 30)))
    elif chance.random() < (0.12 + 0.4 * quality) * habits.skill:
        yield _says(state, "deal_won")
    else:
        reason = chance.choices(list(_LOST), list(_LOST.values()))[0]
        yield _says(state, "deal_lost", reason=reason)


def _freshness(state: JourneyState) -> float:
    """Whoever is reached within a day is likelier to buy (L3)."""
    clock = next((each for each in reversed(state.clocks) if each.name == "first_contact"), None)
    met_at: datetime | None = clock.stopped_at if clock else None
    late = clock is not None and met_at is not None and met_at - clock.started_at > timedelta(hours=24)
    return 0.62 if late else 1.0


def _level(quality: float, chance: Random) -> str:
    drawn = chance.random()
    return "yes" if drawn < quality * 0.37 else "partial" if drawn < quality * 0.6 else "no"


def _says(state: JourneyState, kind: str, note: str = "", **facts: Any) -> Command:
    return Command(kind, {"by": state.owner, **facts}, note)
