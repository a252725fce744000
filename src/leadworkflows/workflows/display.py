"""What people see of a lead in the Temporal UI: search attributes and current details."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate, TypedSearchAttributes

from leadworkflows.domain.decisions import TimelineEntry, iso
from leadworkflows.domain.journey import Journey
from leadworkflows.domain.state import JourneyState
from leadworkflows.workflows import options

Shown = dict[SearchAttributeKey[Any], Any]


def shown_attributes(state: JourneyState, view: dict[str, Any]) -> Shown:
    """The search attributes of a lead now; None where one is unset."""
    due = [clock.due_at for clock in state.clocks if clock.ticking]
    return {
        options.LEAD_STAGE: view["stage"],
        options.LEAD_PERSONA: view["persona"],
        options.LEAD_SEGMENT: view["segment"],
        options.LEAD_CHANNEL: view["channel"],
        options.LEAD_OWNER: view["owner"],
        options.LEAD_SCORE: view["score"]["total"],
        options.LEAD_SLA_DUE: min(due) if due else None,
        options.LEAD_POLICY: view["policy"],
    }


def already_shown(attributes: TypedSearchAttributes) -> Shown:
    """What an earlier run of the lead left in place."""
    return {key: attributes.get(key) for key in options.SEARCH_ATTRIBUTES}


def changes(before: Shown, after: Shown) -> list[SearchAttributeUpdate[Any]]:
    """The updates that are needed, none where nothing changed."""
    return [
        key.value_unset() if value is None else key.value_set(value)
        for key, value in after.items()
        if before.get(key) != value
    ]


def is_score_alone(before: Shown, after: Shown) -> bool:
    """Whether nothing but the score changed, as most visits do it: that goes with what changes next."""
    return all(before.get(key) == value for key, value in after.items() if key is not options.LEAD_SCORE)


def details(journey: Journey, view: dict[str, Any], recent: Sequence[TimelineEntry]) -> str:
    """Current details in Markdown: stage, score and why, clocks, next step, last entries."""
    score, parts = view["score"], []
    sub = f" ({view['sub_status'].replace('_', ' ')})" if view["sub_status"] else ""
    parts.append(f"## {view['stage'].upper()}{sub}{' · priority' if view['priority'] else ''}")
    parts.append(
        f"**Score** {score['total']} of {score['threshold']} ({view['segment']}): "
        f"fit {score['fit']}, engagement {score['engagement']}"
    )
    parts.append(
        _lines("Why", [f"{c['points']:+d} {c['rule']} ({c['group']})" for c in score["contributions"][-8:]])
    )
    parts.append(
        _lines("Clocks", [f"{c['clock']} {c['id']}: {c['state']}, due {c['due_at']}" for c in view["sla"]])
    )
    parts.append(f"**Next** {next_step(journey)}")
    parts.append(_lines("Under way", [action.summary for action in journey.state.pending.values()]))
    parts.append(_lines("Last entries", [_entry(entry) for entry in reversed(recent)]))
    return "\n\n".join(part for part in parts if part)


def next_step(journey: Journey) -> str:
    """What the lead is waiting for, in a few words; also the summary of its timer."""
    due = journey.next_wakeup
    return f"{_waits_for(journey, due)} at {iso(due)}" if due else "Waits for the next event"


def _waits_for(journey: Journey, due: datetime) -> str:
    enrolment = journey.state.enrolment
    if due == journey.state.paused_until:
        return "The clocks go on"
    clock = next((c for c in journey.state.clocks if c.ticking and due in (c.due_at, *c.rungs)), None)
    if clock:
        return f"{clock.id} {clock.name.replace('_', ' ')}"
    if enrolment and enrolment.next_at == due:
        steps = journey.policy.nurture[enrolment.sequence].steps
        return f"Nurture {enrolment.step + 1} of {len(steps)}: {steps[enrolment.step].content}"
    return "Silence"


def _lines(title: str, lines: list[str]) -> str:
    return "\n".join([f"**{title}**", "", *(f"- {line}" for line in lines)]) if lines else ""


def _entry(entry: TimelineEntry) -> str:
    why = f" ({'; '.join(entry.why)})" if entry.why else ""
    return f"{iso(entry.at)} {entry.what}{why}"
