"""Service-level clocks (L1 to L4): started by a stage, counting working time, stopped by being met.

A clock counts the working time of whoever owns the lead. Its instants are computed when it starts, and
again when the owner changes or a pause ends; never in between.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import EntryKind, iso
from leadworkflows.domain.making import made
from leadworkflows.domain.policy import Clock
from leadworkflows.domain.state import ClockState, ClockStatus, JourneyState
from leadworkflows.domain.turn import Turn

SOME_DAY = timedelta(days=20 * 366)
"""As far ahead as working time is counted."""


_GONE = "not in the policy any more"


def start_for_stage(turn: Turn, at: datetime) -> None:
    """Stop the clocks that no longer apply, and start those of the stage the lead is in."""
    state = turn.state
    for clock in state.clocks:
        why = _over(turn, clock) if clock.stopped_at is None else None
        if why:
            _stop(turn, clock, ClockStatus.STOPPED, at, why)
            clock.dropped = why == _GONE
    for name, spec in turn.policy.clocks_on.get(state.stage, ()):
        ran = _of_this_stage(turn, name)
        if (ran and not ran.dropped) or not _applies(turn, spec):
            continue
        if ran:
            _revive(turn, ran, spec, at)
        else:
            _start(turn, name, spec, at)


def _over(turn: Turn, clock: ClockState) -> str | None:
    """Why a clock no longer applies; None where it does."""
    spec = turn.policy.sla.get(clock.name)
    if spec is None:
        return _GONE
    if _applies(turn, spec):
        return None
    return "replaced" if spec.on is turn.state.stage else "left"


def _applies(turn: Turn, clock: Clock) -> bool:
    state = turn.state
    if clock.on is not state.stage:
        return False
    for name, test in clock.when.items():  # noqa: SIM110 - asked at every event
        if not test.holds(_fact(state, name)):
            return False
    return True


def _fact(state: JourneyState, name: str) -> Any:
    if name == "priority":
        return state.priority
    return state.contact.allowed if name == "contact_allowed" else state.profile.get(name)


def _of_this_stage(turn: Turn, name: str) -> ClockState | None:
    """A stage is reached once a pass, so a clock of this pass is one of this stay."""
    for clock in turn.state.clocks:
        if clock.name == name and clock.pass_ == turn.state.pass_:
            return clock
    return None


def _revive(turn: Turn, clock: ClockState, spec: Clock, at: datetime) -> None:
    """A policy that dropped a clock, perhaps by mistake, has it again: it goes on with what it had left."""
    clock.dropped, clock.stopped_at, clock.since = False, None, None
    if clock.status is ClockStatus.STOPPED:
        clock.status = ClockStatus.RUNNING
    _take_shares(clock, spec)
    if not turn.state.paused:
        _go_on(turn, clock, at)
    note_due(turn, clock, at, ["in the policy again"])


def _start(turn: Turn, name: str, clock: Clock, at: datetime) -> None:
    turn.state.clocks = [c for c in turn.state.clocks if c.name != name]
    started = made(
        ClockState,
        name=name, id=clock.id, pass_=turn.state.pass_, started_at=at, due_at=at, rungs=[], shares=[],
        climbed=0, status=ClockStatus.RUNNING, stopped_at=None, length=0, business=clock.within.business,
        counted=0, since=at, answered=False, round=1, dropped=False, first_due_at=None,
    )  # fmt: skip
    turn.state.clocks.append(started)
    run_from(turn, started, clock, at)
    if turn.state.paused:
        started.since = None
    due, zone = iso(started.due_at), _calendar(turn).zone
    hours = [f"working time in {zone}"] if started.business else []
    what, why = f"Clock {title(name)} started, due {due}", [clock.id, f"within {clock.within}", *hours]
    turn.note(EntryKind.CLOCK, what, at, why, clock=name, due_at=due)


# Working time


def _calendar(turn: Turn) -> WorkCalendar:
    return turn.state.calendar or turn.policy.working_time


def run_from(turn: Turn, clock: ClockState, spec: Clock, at: datetime) -> None:
    """Give a clock its whole span from now on."""
    clock.length = length_of(turn, spec)
    clock.shares = [rung.at for rung in spec.rungs]
    clock.counted, clock.since, clock.climbed = 0, at, 0
    clock.rungs = [at] * len(clock.shares)
    clock.due_at = _reached(turn, clock, clock.length, at)
    _place_rungs(turn, clock, at)


def length_of(turn: Turn, spec: Clock) -> int:
    """A clock's span in seconds, where days are the owner's working days."""
    span = spec.within
    return round(span.seconds / 86_400 * _calendar(turn).day_seconds) if span.days else span.seconds


def _place_rungs(turn: Turn, clock: ClockState, at: datetime) -> None:
    """When each rung still ahead is due, counting on from `at`."""
    for n, share in enumerate(clock.shares[clock.climbed :], clock.climbed):
        clock.rungs[n] = _reached(turn, clock, round(clock.length * share / 100), at)


def _reached(turn: Turn, clock: ClockState, seconds: int, at: datetime) -> datetime:
    """When so much of the span has passed, counting on from `at`."""
    ahead = max(seconds - clock.counted, 0)
    return _worked(_calendar(turn), at, ahead) if clock.business else at + timedelta(seconds=ahead)


def _take_shares(clock: ClockState, spec: Clock) -> None:
    """The rungs of the policy as it is now; those that were climbed, or have passed, are not made up for."""
    passed = max([0, *clock.shares[: clock.climbed]])
    if clock.length:
        passed = max(passed, int(clock.counted * 100 / clock.length))
    clock.shares = [rung.at for rung in spec.rungs]
    clock.climbed = sum(share <= passed for share in clock.shares) if clock.counted or passed else 0
    clock.rungs = [clock.since or clock.started_at] * len(clock.shares)


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
    """Count on from now; a clock that has run out stays due when it was."""
    clock.since = at
    if clock.status is ClockStatus.RUNNING or clock.due_at > at:
        clock.due_at = _reached(turn, clock, clock.length, at)
    _place_rungs(turn, clock, at)


def change_calendar(turn: Turn, calendar: WorkCalendar | None, at: datetime, why: str) -> None:
    """From now on clocks count somebody else's working time; what was counted stays counted."""
    if calendar == turn.state.calendar:
        return
    running = hold_running(turn, at)
    turn.state.calendar = calendar
    for clock in running:
        _measure(turn, clock)
    go_on_with(turn, running, at, why)


def _measure(turn: Turn, clock: ClockState) -> None:
    """A business day is as long as the owner's: what share of the span has passed stays the same."""
    spec = turn.policy.sla.get(clock.name)
    if spec is None or not spec.within.days or not clock.length:
        return
    before, clock.length = clock.length, length_of(turn, spec)
    clock.counted = round(clock.counted * clock.length / before)


def hold_running(turn: Turn, at: datetime) -> list[ClockState]:
    """Count what has passed of the clocks that count working time; they are to go on at once."""
    running = [clock for clock in turn.state.clocks if clock.ticking and clock.business and not clock.paused]
    for clock in running:
        _hold(turn, clock, at)
    return running


def go_on_with(turn: Turn, clocks: list[ClockState], at: datetime, why: str) -> None:
    """Let them go on, and say so where one is due at another time now."""
    for clock in clocks:
        before = clock.due_at
        _go_on(turn, clock, at)
        if clock.due_at != before:
            note_due(turn, clock, at, [why, f"working time in {_calendar(turn).zone}"])


def follow_policy(turn: Turn) -> None:
    """A policy was activated that may have other rungs: running clocks keep their due time and take those."""
    for clock in turn.state.clocks:
        spec = turn.policy.sla.get(clock.name)
        if clock.ticking and spec and [rung.at for rung in spec.rungs] != clock.shares:
            _take_shares(clock, spec)
            _place_rungs(turn, clock, clock.since or clock.started_at)


def note_due(turn: Turn, clock: ClockState, at: datetime, why: list[str]) -> None:
    """Say that a clock is due at another time than was said before, and why."""
    due = iso(clock.due_at)
    what = f"Clock {title(clock.name)} " + (f"is due {due} now" if clock.due_at > at else "goes on")
    turn.note(EntryKind.CLOCK, what, at, [clock.id, *why], clock=clock.name, due_at=due, round=clock.round)


def pause(turn: Turn, until: datetime | None, at: datetime, by: str) -> None:
    """Let every clock stand still, until then or until `resume`."""
    for clock in turn.state.clocks:
        if clock.ticking and not clock.paused:
            _hold(turn, clock, at)
            turn.note(EntryKind.CLOCK, f"Clock {title(clock.name)} paused", at, [clock.id, by],
                      clock=clock.name, state="paused")  # fmt: skip
    turn.state.paused, turn.state.paused_until = True, until


def resume(turn: Turn, at: datetime, by: str) -> None:
    """Let every clock that stands still go on with what it had left."""
    turn.state.paused, turn.state.paused_until = False, None
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
        spec = turn.policy.sla.get(clock.name) if clock.stopped_at is None else None
        if spec is None:
            continue
        if by in spec.met_by:
            done = max(min(done_at or at, at), clock.started_at)
            if done <= (clock.first_due_at or clock.due_at):
                clock.status = ClockStatus.RUNNING
            _stop(turn, clock, ClockStatus.MET, at, str(by), done)
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
    # What was done before the time was last counted, and only reported now, took less than was counted.
    clock.counted = max(clock.counted - _passed(turn, clock, clock.stopped_at, since), 0)
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
