"""What of a lead's snapshot is kept in columns of its own, to be looked for, sorted and counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table

from leadworkflows.store.funnel_fold import FACTS
from leadworkflows.store.models import LeadRow

_WORDS = ("stage", "sub_status", "owner", "channel", "segment", "persona", "industry", "country")
_LEADS = cast("Table", LeadRow.__table__)
_LENGTHS = {name: getattr(_LEADS.c[name].type, "length", None) for name in (*_WORDS, "clock")}
NAMES = (*_WORDS, "stage_since", "priority", "score", "threshold", "clock", "clock_due_at", "pass")


def lead_columns(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `NAMES` with what the snapshot says; None where it says nothing.

    The clock is the one that is due first of those that tick: one that stands still is not due.
    """
    score = snapshot.get("score") or {}
    clock = _first_due(snapshot) or {}
    return {
        **{name: _cut(name, snapshot.get(name)) for name in _WORDS},
        "stage_since": _instant(snapshot.get("since")),
        "priority": snapshot.get("priority"),
        "score": score.get("total"),
        "threshold": score.get("threshold"),
        "clock": _cut("clock", clock.get("clock")),
        "clock_due_at": _instant(clock.get("due_at")),
        "pass": snapshot.get("pass"),
    }


def facts_of(snapshot: Mapping[str, Any]) -> dict[str, str | None]:
    """What all passes of a lead have from its snapshot."""
    return {name: _cut(name, snapshot.get(name)) for name in FACTS}


def _first_due(snapshot: Mapping[str, Any]) -> Mapping[str, Any] | None:
    clocks = snapshot.get("sla") or ()
    due = [each for each in clocks if each.get("due_at")]
    ticking = [each for each in due if not (each.get("stopped_at") or each.get("paused"))]
    return min(ticking, key=lambda each: str(each["due_at"]), default=None)


def _cut(name: str, value: Any) -> Any:
    return value[: _LENGTHS[name]] if isinstance(value, str) else value


def _instant(said: Any) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
