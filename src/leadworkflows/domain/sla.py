"""Service-level clocks (L1 to L4): started by a stage, climbed rung by rung, stopped by being met.

Instants are computed once, when a clock starts. Spans are plain elapsed time for now.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadworkflows.domain.conditions import holds
from leadworkflows.domain.decisions import EntryKind, iso
from leadworkflows.domain.policy import Clock
from leadworkflows.domain.state import ClockState, ClockStatus, JourneyState
from leadworkflows.domain.turn import Turn


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
    due = at + clock.within.delta
    shares = [rung.at for rung in clock.rungs]
    rungs = [at + clock.within.times(share / 100).delta for share in shares]
    turn.state.clocks = [c for c in turn.state.clocks if c.name != name]
    started = ClockState(
        name=name, id=clock.id, pass_=turn.state.pass_, started_at=at, due_at=due, rungs=rungs, shares=shares
    )
    turn.state.clocks.append(started)
    what, why = f"Clock {_title(name)} started, due {iso(due)}", [clock.id, f"within {clock.within}"]
    turn.note(EntryKind.CLOCK, what, at, why, clock=name, due_at=iso(due))


def stop_all(turn: Turn, at: datetime, why: str) -> None:
    """Stop every clock that still runs, whatever the stage."""
    for clock in turn.state.clocks:
        if clock.ticking:
            _stop(turn, clock, ClockStatus.STOPPED, at, why)


def meet(turn: Turn, by: str, at: datetime, done_at: datetime | None = None) -> None:
    """Stop every clock that this event (or enrolment) meets.

    `done_at` is when it was done, where that was reported later: a call within the hour keeps the
    hour, also when it is logged after it.
    """
    for clock in turn.state.clocks:
        spec = turn.policy.sla.get(clock.name)
        if clock.ticking and spec and by in spec.met_by:
            done = max(min(done_at or at, at), clock.started_at)
            if done <= clock.due_at:
                clock.status = ClockStatus.RUNNING
            _stop(turn, clock, ClockStatus.MET, at, by, done)


def _stop(
    turn: Turn, clock: ClockState, status: ClockStatus, at: datetime, why: str, done: datetime | None = None
) -> None:
    if clock.status is not ClockStatus.MISSED:  # what was missed stays missed
        clock.status = status
    clock.stopped_at = done or at
    late = status is ClockStatus.MET and clock.status is ClockStatus.MISSED
    outcome = "met late" if late else status.value
    minutes = round((clock.stopped_at - clock.started_at).total_seconds() / 60)
    turn.note(
        EntryKind.CLOCK, f"Clock {_title(clock.name)} {outcome} after {minutes} min", at, [clock.id, why],
        clock=clock.name, state=clock.status.value, minutes=minutes,
    )  # fmt: skip


def next_due(clocks: list[ClockState]) -> datetime | None:
    """The next rung, or the moment a clock is missed, over all clocks that tick."""
    due = [at for clock in clocks if clock.stopped_at is None and (at := _next(clock))]
    return min(due) if due else None


def _next(clock: ClockState) -> datetime | None:
    rung = clock.rungs[clock.climbed] if clock.climbed < len(clock.rungs) else None
    if clock.status is not ClockStatus.RUNNING:
        return rung
    return clock.due_at if rung is None or clock.due_at < rung else rung


def climb(turn: Turn, at: datetime, facts: dict[str, Any]) -> None:
    """Mark what is missed at this instant, and act on the rungs that are due."""
    for clock in turn.state.clocks:
        if clock.ticking and clock.status is ClockStatus.RUNNING and clock.due_at <= at:
            clock.status = ClockStatus.MISSED
            turn.note(EntryKind.CLOCK, f"Clock {_title(clock.name)} missed", at, [clock.id], clock=clock.name)
        while clock.ticking and clock.climbed < len(clock.rungs) and clock.rungs[clock.climbed] <= at:
            clock.climbed += 1
            _rung(turn, clock, at, facts)


def _rung(turn: Turn, clock: ClockState, at: datetime, facts: dict[str, Any]) -> None:
    share, spec = clock.shares[clock.climbed - 1], turn.policy.sla.get(clock.name)
    rung = next((rung for rung in spec.rungs if rung.at == share), None) if spec else None
    if rung is None:
        return  # a policy activated since the clock started has no such rung
    title = f"{_title(clock.name)} at {rung.at}%"
    turn.note(EntryKind.CLOCK, f"{title}: {rung.do.name}", at, [clock.id], clock=clock.name, rung=rung.at)
    if rung.do.name == "route.reassign" and turn.state.owner:
        turn.note(EntryKind.OWNER, f"Taken back from {turn.state.owner}", at, [clock.id], owner=None)
        turn.state.owner = None
    extra = {"clock": clock.name, "clock_id": clock.id, "due_at": iso(clock.due_at), "rung": rung.at}
    turn.act(f"sla.{clock.name}.{rung.at}", rung.do, at, f"{clock.id} {title}", {**facts, **extra})


def _title(name: str) -> str:
    return name.replace("_", " ")
