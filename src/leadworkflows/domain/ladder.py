"""The ladder of a service level: rungs climbed while nobody answers, owner by owner, and how it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadworkflows.domain import sla
from leadworkflows.domain.decisions import Action, ActionResult, EntryKind, Outcome, iso
from leadworkflows.domain.ownership import release
from leadworkflows.domain.policy import Clock
from leadworkflows.domain.sla import title
from leadworkflows.domain.state import ClockState, ClockStatus
from leadworkflows.domain.turn import Turn

REASSIGN = "route.reassign"
"""The action that finds another owner; the core takes the lead from the one who did not act."""


def next_due(clocks: list[ClockState]) -> datetime | None:
    """The next rung, or the moment a clock is missed, over all clocks that count."""
    first: datetime | None = None
    for clock in clocks:
        if clock.stopped_at is None and clock.since and (at := _next(clock)):
            first = at if first is None or at < first else first
    return first


def _next(clock: ClockState) -> datetime | None:
    rung = clock.rungs[clock.climbed] if clock.climbed < len(clock.rungs) and not clock.answered else None
    if clock.status is not ClockStatus.RUNNING:
        return rung
    return clock.due_at if rung is None or clock.due_at < rung else rung


def climb(turn: Turn, at: datetime, facts: dict[str, Any]) -> None:
    """Mark what is missed at this instant, and act on the rungs that are due."""
    for clock in turn.state.clocks:
        if clock.ticking and clock.since and clock.status is ClockStatus.RUNNING and clock.due_at <= at:
            clock.status = ClockStatus.MISSED
            clock.first_due_at = clock.first_due_at or clock.due_at
            turn.note(EntryKind.CLOCK, f"Clock {title(clock.name)} missed", at, [clock.id],
                      clock=clock.name, state="missed")  # fmt: skip
        while _rung_is_due(clock, at):
            clock.climbed += 1
            _rung(turn, clock, at, facts)


def _rung_is_due(clock: ClockState, at: datetime) -> bool:
    ahead = clock.ticking and clock.since is not None and not clock.answered
    return ahead and clock.climbed < len(clock.rungs) and clock.rungs[clock.climbed] <= at


def _rung(turn: Turn, clock: ClockState, at: datetime, facts: dict[str, Any]) -> None:
    share, spec = clock.shares[clock.climbed - 1], turn.policy.sla.get(clock.name)
    rung = next((rung for rung in spec.rungs if rung.at == share), None) if spec else None
    if spec is None or rung is None:
        return  # a policy activated since the clock started has no such rung
    if rung.do.name == REASSIGN and clock.round >= spec.rounds:
        end(turn, clock, spec, at, facts, f"the last of {spec.rounds} rounds")
        return
    heading = f"{title(clock.name)} at {rung.at}%"
    turn.note(EntryKind.CLOCK, f"{heading}: {rung.do.name}", at, [clock.id, *_of_round(clock)],
              clock=clock.name, rung=rung.at, round=clock.round)  # fmt: skip
    if rung.do.name == REASSIGN:
        release(turn, at, clock.id)
    what = f"sla.{clock.name}.{_round_key(clock)}{rung.at}"
    turn.act(
        what, rung.do, at, f"{clock.id} {heading}", {**facts, **_clock_facts(turn, clock), "rung": rung.at}
    )


def end(turn: Turn, clock: ClockState, spec: Clock, at: datetime, facts: dict[str, Any], why: str) -> None:
    """Nobody is left to take the lead: the ladder ends by telling everybody, never in silence."""
    clock.climbed = len(clock.rungs)
    turn.note(EntryKind.CLOCK, f"{title(clock.name)}: nobody took it", at, [clock.id, why],
              clock=clock.name, round=clock.round)  # fmt: skip
    release(turn, at, clock.id)
    if spec.at_last is not None:
        what = f"sla.{clock.name}.{_round_key(clock)}last"
        summary = f"{clock.id} {title(clock.name)}: nobody took it"
        turn.act(what, spec.at_last, at, summary, {**facts, **_clock_facts(turn, clock), "owner": None})


def go_on_after(
    turn: Turn, action: Action, result: ActionResult, at: datetime, facts: dict[str, Any]
) -> None:
    """Finding another owner has ended: whoever has the lead now gets a round, else the ladder ends.

    Where nobody sells, the channel was asked, and nothing more is to be done.
    """
    clock = _climbing(turn, action)
    spec = turn.policy.sla.get(clock.name) if clock else None
    if clock is None or spec is None:
        return
    found = result.assignment
    if turn.state.owner is not None:
        begin_round(turn, clock.name, at)
    elif found is not None or result.outcome is not Outcome.CONFIRMED:
        why = "; ".join(found.why) if found else f"routing: {result.outcome.value}"
        end(turn, clock, spec, at, facts, why or "nobody else could take it")


def _climbing(turn: Turn, action: Action) -> ClockState | None:
    """The clock whose rung an action was, if it still is in that round and nobody has answered."""
    name, number = action.facts.get("clock"), action.facts.get("round")
    if not action.key.endswith(f":{turn.state.pass_}"):
        return None
    for clock in turn.state.clocks:
        if clock.name == name and clock.round == number and clock.ticking and not clock.answered:
            return clock
    return None


def begin_round(turn: Turn, name: str, at: datetime) -> None:
    """The new owner gets the whole ladder, from now and in their own working time."""
    spec = turn.policy.sla.get(name)
    for clock in turn.state.clocks:
        if spec and clock.name == name and clock.ticking:
            clock.round += 1
            clock.answered = False
            clock.first_due_at = clock.first_due_at or clock.due_at
            stood_still = clock.paused
            sla.run_from(turn, clock, spec, at)
            if stood_still:
                clock.since = None
            sla.note_due(turn, clock, at, [f"round {clock.round} of {spec.rounds}"])


def wake(turn: Turn, at: datetime) -> None:
    """A person gave the lead to another, who has not answered yet: what is left of the ladder is theirs.

    Rungs that fell due while it was in good hands are not made up for.
    """
    for clock in turn.state.clocks:
        if clock.ticking and clock.answered:
            clock.answered = False
            clock.climbed = max(clock.climbed, sum(due <= at for due in clock.rungs))
            if clock.rungs and clock.climbed == len(clock.rungs) and clock.status is ClockStatus.MISSED:
                begin_round(turn, clock.name, at)


def _clock_facts(turn: Turn, clock: ClockState) -> dict[str, Any]:
    return {
        "clock": clock.name,
        "clock_id": clock.id,
        "due_at": iso(clock.due_at),
        "round": clock.round,
        "revision": turn.state.entries,
    }


def _round_key(clock: ClockState) -> str:
    """The first round has none, so that the same intent keeps its key for ever."""
    return f"r{clock.round}." if clock.round > 1 else ""


def _of_round(clock: ClockState) -> list[str]:
    return [f"round {clock.round}"] if clock.round > 1 else []
