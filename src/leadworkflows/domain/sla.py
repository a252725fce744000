"""Service-level clocks (L1 to L4): started by a stage, counting working time, stopped by being met.

A clock counts the working time of whoever owns the lead. Its instants are computed when it starts, and
again when the owner changes or a pause ends; never in between.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.conditions import holds
from leadworkflows.domain.decisions import EntryKind, iso
from leadworkflows.domain.policy import Clock
from leadworkflows.domain.state import ClockState, ClockStatus, JourneyState
from leadworkflows.domain.turn import Turn

SOME_DAY = timedelta(days=20 * 366)
"""As far ahead as working time is counted."""


def start_for_stage(turn: Turn, at: datetime) -> None:
    """Stop the clocks that no longer apply, and start those of the stage the lead is in."""
    state = turn.state
    for clock in state.clocks:
        why = _over(turn, clock) if clock.ticking else None
        if why:
            _stop(turn, clock, ClockStatus.STOPPED, at, why)
    for name, spec in turn.policy.clocks_on.get(state.stage, ()):
        if not _ran_in_this_stage(turn, name) and _applies(turn, spec):
            _start(turn, name, spec, at)


def _over(turn: Turn, clock: ClockState) -> str | None:
    """Why a clock no longer applies; None where it does."""
    spec = turn.policy.sla.get(clock.name)
    if spec is None:
        return "not in the policy any more"
    if _applies(turn, spec):
        return None
    return "replaced" if spec.on is turn.state.stage else "left"


def _applies(turn: Turn, clock: Clock) -> bool:
    state = turn.state
    return clock.on is state.stage and holds(clock.when, lambda name: _fact(state, name))


def _fact(state: JourneyState, name: str) -> Any:
    if name == "priority":
        return state.priority
    return state.contact.allowed if name == "contact_allowed" else state.profile.get(name)


def _ran_in_this_stage(turn: Turn, name: str) -> bool:
    """A stage is reached once a pass, so a clock of this pass is one of this stay."""
    return any(c.name == name and c.pass_ == turn.state.pass_ for c in turn.state.clocks)


def _start(turn: Turn, name: str, clock: Clock, at: datetime) -> None:
    turn.state.clocks = [c for c in turn.state.clocks if c.name != name]
    started = ClockState(
        name=name, id=clock.id, pass_=turn.state.pass_, started_at=at, due_at=at, rungs=[],
        shares=[rung.at for rung in clock.rungs], business=clock.within.business, since=at,
    )  # fmt: skip
    turn.state.clocks.append(started)
    run_from(turn, started, clock, at)
    due, zone = iso(started.due_at), _calendar(turn).zone
    hours = [f"working time in {zone}"] if started.business else []
    what, why = f"Clock {title(name)} started, due {due}", [clock.id, f"within {clock.within}", *hours]
    turn.note(EntryKind.CLOCK, what, at, why, clock=name, due_at=due)


# Working time


def _calendar(turn: Turn) -> WorkCalendar:
    return turn.state.calendar or turn.policy.working_time


def run_from(turn: Turn, clock: ClockState, spec: Clock, at: datetime) -> None:
    """Give a clock its whole span from now on."""
    calendar = _calendar(turn)
    span = spec.within
    clock.length = round(span.seconds / 86_400 * calendar.day_seconds) if span.days else span.seconds
    clock.counted, clock.since, clock.climbed = 0, at, 0
    clock.rungs = [at] * len(clock.shares)
    clock.due_at = at
    _compute(turn, clock, at)


def _compute(turn: Turn, clock: ClockState, at: datetime) -> None:
    """When the clock runs out and each rung still ahead is due, counting on from `at`."""

    def reached(seconds: int) -> datetime:
        ahead = max(seconds - clock.counted, 0)
        return _worked(_calendar(turn), at, ahead) if clock.business else at + timedelta(seconds=ahead)

    if clock.status is ClockStatus.RUNNING or clock.round > 1:
        clock.due_at = reached(clock.length)
    for n, share in enumerate(clock.shares[clock.climbed :], clock.climbed):
        clock.rungs[n] = reached(round(clock.length * share / 100))


def _worked(calendar: WorkCalendar, at: datetime, seconds: int) -> datetime:
    """When so much work is done; where that takes longer than calendars are counted, some day.

    An error here would leave a lead's workflow stuck for what somebody wrote about their hours.
    """
    try:
        return calendar.add(at, seconds)
    except ValueError:
        return at + SOME_DAY


def _hold(turn: Turn, clock: ClockState, at: datetime) -> None:
    """Count what has passed, and stand still."""
    since = clock.since or at
    passed = _passed(turn, clock, since, at)
    clock.counted, clock.since = clock.counted + passed, None


def _passed(turn: Turn, clock: ClockState, since: datetime, at: datetime) -> int:
    if clock.business:
        return _calendar(turn).between(since, at)
    return max(int((at - since).total_seconds()), 0)


def _go_on(turn: Turn, clock: ClockState, at: datetime) -> None:
    clock.since = at
    _compute(turn, clock, at)


def change_calendar(turn: Turn, calendar: WorkCalendar | None, at: datetime, why: str) -> None:
    """From now on clocks count somebody else's working time; what was counted stays counted."""
    if calendar == turn.state.calendar:
        return
    running = [clock for clock in turn.state.clocks if clock.ticking and clock.business and not clock.paused]
    for clock in running:
        _hold(turn, clock, at)
    turn.state.calendar = calendar
    for clock in running:
        before = clock.due_at
        _go_on(turn, clock, at)
        if clock.due_at != before and clock.due_at > at:
            note_due(turn, clock, at, [why, f"working time in {_calendar(turn).zone}"])


def note_due(turn: Turn, clock: ClockState, at: datetime, why: list[str]) -> None:
    """Say that a clock is due at another time than was said before, and why."""
    what, due = f"Clock {title(clock.name)} is due {iso(clock.due_at)} now", iso(clock.due_at)
    turn.note(EntryKind.CLOCK, what, at, [clock.id, *why], clock=clock.name, due_at=due, round=clock.round)


def pause(turn: Turn, until: datetime | None, at: datetime, by: str) -> None:
    """Let every clock stand still, until then or until `resume`."""
    for clock in turn.state.clocks:
        if clock.ticking and not clock.paused:
            _hold(turn, clock, at)
            turn.note(EntryKind.CLOCK, f"Clock {title(clock.name)} paused", at, [clock.id, by],
                      clock=clock.name, state="paused")  # fmt: skip
    turn.state.paused_until = until


def resume(turn: Turn, at: datetime, by: str) -> None:
    """Let every clock that stands still go on with what it had left."""
    turn.state.paused_until = None
    for clock in turn.state.clocks:
        if clock.paused:
            _go_on(turn, clock, at)
            note_due(turn, clock, at, ["resumed", by])


# Ends


def stop_all(turn: Turn, at: datetime, why: str) -> None:
    """Stop every clock that still runs, whatever the stage."""
    for clock in turn.state.clocks:
        if clock.ticking:
            _stop(turn, clock, ClockStatus.STOPPED, at, why)


def meet(turn: Turn, by: str, at: datetime, done_at: datetime | None = None) -> None:
    """Stop every clock that this event (or enrolment) meets, and end the ladder of those it answers.

    `done_at` is when it was done, where that was reported later: a call within the hour keeps the
    hour, also when it is logged after it.
    """
    for clock in turn.state.clocks:
        spec = turn.policy.sla.get(clock.name)
        if not clock.ticking or spec is None:
            continue
        if by in spec.met_by:
            done = max(min(done_at or at, at), clock.started_at)
            if done <= (clock.first_due_at or clock.due_at):
                clock.status = ClockStatus.RUNNING
            _stop(turn, clock, ClockStatus.MET, at, by, done)
        elif by in spec.answered_by and not clock.answered:
            clock.answered = True
            _note_answered(turn, clock, at, by)


def _note_answered(turn: Turn, clock: ClockState, at: datetime, by: str) -> None:
    """Said only where a rung was still to come; one that raced it went before or did not go."""
    if clock.climbed < len(clock.rungs):
        what = f"Clock {title(clock.name)} climbs no further"
        turn.note(EntryKind.CLOCK, what, at, [clock.id, by.replace("_", " ")], clock=clock.name)


def _stop(
    turn: Turn, clock: ClockState, status: ClockStatus, at: datetime, why: str, done: datetime | None = None
) -> None:
    if clock.status is not ClockStatus.MISSED:  # what was missed stays missed
        clock.status = status
    clock.stopped_at = done or at
    since = clock.since or clock.stopped_at
    clock.counted += _passed(turn, clock, since, clock.stopped_at)
    late = status is ClockStatus.MET and clock.status is ClockStatus.MISSED
    outcome = "met late" if late else status.value
    minutes = round((clock.stopped_at - clock.started_at).total_seconds() / 60)
    turn.note(
        EntryKind.CLOCK, f"Clock {title(clock.name)} {outcome} after {minutes} min", at, [clock.id, why],
        clock=clock.name, state=clock.status.value, minutes=minutes, round=clock.round,
        working_minutes=round(clock.counted / 60) if clock.business else minutes,
    )  # fmt: skip


def title(name: str) -> str:
    """A clock's name for people."""
    return name.replace("_", " ")
