"""The service levels of a lead: what is owed by when, and how it was kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadworkflows.web.lead_score import MomentOf
from leadworkflows.web.moments import Moment
from leadworkflows.web.spoken import clock_name

_SOON = timedelta(minutes=30)
_STATES = {"running": "running", "met": "met", "missed": "missed", "stopped": "no longer needed"}


@dataclass(frozen=True)
class ClockLine:
    """A service level. `tone` is calm, soon, late or done; `share` is how much of its time is over, in %."""

    name: str
    id: str
    state: str
    tone: str
    due: Moment | None
    notes: tuple[str, ...]
    share: int = 0


def clocks_of(lead: Mapping[str, Any], now: datetime, moment: MomentOf) -> list[ClockLine]:
    """Those that tick first, by when they are due; of the others the latest first."""
    lines = [_line(each, now, moment) for each in lead["sla"]]
    ticking = [line for line in lines if line.tone != "done"]
    over = [line for line in lines if line.tone == "done"]
    return [*sorted(ticking, key=lambda line: line.due.iso if line.due else ""), *over[::-1]]


def _line(clock: Mapping[str, Any], now: datetime, moment: MomentOf) -> ClockLine:
    due, state = moment(clock.get("due_at")), str(clock.get("state"))
    over = state in ("met", "stopped") or bool(clock.get("stopped_at"))
    soon = due is not None and due.at - now < _SOON
    tone = "done" if over else "late" if state == "missed" else "soon" if soon else "calm"
    name, code = clock_name(str(clock["clock"])), str(clock.get("id", ""))
    share = _share(moment(clock.get("started_at")), due, now)
    return ClockLine(name, code, _STATES.get(state, state), tone, due, _notes(clock, now, moment), share)


def _share(started: Moment | None, due: Moment | None, now: datetime) -> int:
    if started is None or due is None or due.at <= started.at:
        return 100
    return max(0, min(100, round(100 * ((now - started.at) / (due.at - started.at)))))


def _notes(clock: Mapping[str, Any], now: datetime, moment: MomentOf) -> tuple[str, ...]:
    rungs = [rung for rung in clock.get("rungs") or [] if isinstance(rung, Mapping)]
    ahead = [moment(rung.get("due_at")) for rung in rungs if not rung.get("done")]
    following = next((each for each in ahead if each and each.at > now), None)
    climbing = not clock.get("answered") and not clock.get("stopped_at") and not clock.get("paused")
    said = {
        "paused": bool(clock.get("paused")),
        "somebody has it": bool(clock.get("answered")) and not clock.get("stopped_at"),
        f"round {clock.get('round')}": isinstance(clock.get("round"), int) and clock["round"] > 1,
        f"next step {following.text if following else ''}": following is not None and climbing,
    }
    return tuple(note for note, holds in said.items() if holds)
