"""Who has a lead: given by routing or by a person, taken by a claim, released by a return."""

from __future__ import annotations

from datetime import datetime

from leadworkflows.domain import sla
from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import Action, Assignment, EntryKind
from leadworkflows.domain.lifecycle import WORKED_STAGES
from leadworkflows.domain.teams import Roster
from leadworkflows.domain.turn import Turn
from leadworkflows.domain.working_time import rep_calendar

MOST_SAID = 20
"""Of how many candidates the timeline says why they were passed over; the store has all."""


def give(
    turn: Turn, rep: str, at: datetime, how: str, why: list[str], calendar: WorkCalendar | None = None
) -> bool:
    """Make somebody the owner; clocks go on in their working time. Returns whether that is news."""
    state = turn.state
    changed = state.owner != rep
    state.owner = rep
    known = calendar or _calendar_in_policy(turn, rep, at)
    if changed:
        state.assignments += 1
        turn.note(EntryKind.OWNER, f"Owner: {rep}", at, why, owner=rep, how=how)
        state.handed = state.entries
    sla.change_calendar(turn, known, at, f"owner {rep}")
    return changed


def release(turn: Turn, at: datetime, why: str) -> None:
    """Take the lead from its owner, if it has one."""
    state = turn.state
    if state.owner is not None:
        turn.note(EntryKind.OWNER, f"Taken back from {state.owner}", at, [why], owner=None, how="released")
        state.owner, state.handed = None, state.entries
        sla.change_calendar(turn, None, at, "nobody's hours")


def settle_assignment(turn: Turn, action: Action, assignment: Assignment, at: datetime) -> bool:
    """Take in whom routing found; returns whether the lead got that owner.

    Routing runs beside everything else: a claim that was quicker stays, and so does a return.
    """
    state = turn.state
    overtaken = _overtaken(turn, action)
    if overtaken:
        turn.note(EntryKind.OWNER, overtaken, at, assignment.why, owner=state.owner, how="kept")
        return False
    if assignment.rep is None:
        return False
    if state.owner == assignment.rep:
        sla.change_calendar(turn, assignment.calendar, at, f"owner {state.owner}")
        return False
    others = assignment.passed_over
    more = [f"and {len(others) - MOST_SAID} more"] if len(others) > MOST_SAID else []
    why = [*assignment.why, *others[:MOST_SAID], *more]
    return give(turn, assignment.rep, at, "routing", why, assignment.calendar)


def _overtaken(turn: Turn, action: Action) -> str:
    """Why what routing found comes too late; empty where it does not."""
    state = turn.state
    if state.stage not in WORKED_STAGES or not action.key.endswith(f":{state.pass_}") or state.merged_into:
        return f"Not assigned: the lead is {state.stage.value} by now"
    changed = state.handed > int(str(action.facts.get("revision") or 0))
    return f"Stays with {state.owner}, who was quicker" if state.owner and changed else ""


def _calendar_in_policy(turn: Turn, rep: str, at: datetime) -> WorkCalendar | None:
    policy = turn.policy
    if rep not in policy.reps:
        return None
    return rep_calendar(Roster(reps=policy.reps, teams=policy.teams), rep, policy, at)
