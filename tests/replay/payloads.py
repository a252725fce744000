"""Every payload that lies in Temporal, and the model that each is read with: the wire format of releases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from leadworkflows.activities.inputs import (
    ActionInput,
    LookInput,
    PerformedAction,
    RecordInput,
    ReportInput,
    ReportTo,
    Telling,
)
from leadworkflows.domain.events import LeadEvent
from leadworkflows.workflows import options
from leadworkflows.workflows.funnel_watch import ReportStart, WatchStart
from leadworkflows.workflows.inputs import EventBatch, LeadInput, LeadOutcome
from tests.replay.stored import Happened, Stored, decoded, events

STARTS: dict[str, Any] = {
    options.LEAD_WORKFLOW: LeadInput,
    options.WATCH_WORKFLOW: WatchStart,
    options.REPORT_WORKFLOW: ReportStart,
}
RESULTS: dict[str, Any] = {
    options.LEAD_WORKFLOW: LeadOutcome,
    options.WATCH_WORKFLOW: list[str],
    options.REPORT_WORKFLOW: dict[str, str],
    options.UPKEEP_WORKFLOW: dict[str, int],
}
OTHER_ACTIVITIES: dict[str, tuple[Any, Any]] = {
    "funnel.look": (LookInput, list[Telling]),
    "funnel.tell": (Telling, str),
    "report.targets": (ReportInput, list[str]),
    "report.send": (ReportTo, str),
    "upkeep": (None, dict[str, int]),
    "record": (RecordInput, None),
}
"""Input and result; every other activity is an action."""


def payloads(stored: Stored) -> Iterator[tuple[str, Any, Any]]:
    """Each payload of the histories: what it is, its model, and its JSON."""
    scheduled: dict[tuple[str, int], str] = {}
    for each in events(stored.runs):
        for what, model, said in _of(each, scheduled):
            if model is not None and said is not None:
                yield what, model, said


def _of(each: Happened, scheduled: dict[tuple[str, int], str]) -> Iterator[tuple[str, Any, Any]]:
    started = each.run.events[0].workflow_execution_started_event_attributes
    kind, fields = started.workflow_type.name, each.fields
    if each.name in ("WORKFLOW_EXECUTION_STARTED", "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"):
        yield from ((f"start of {kind}", STARTS.get(kind), said) for said in each.payloads())
    elif each.name == "WORKFLOW_EXECUTION_COMPLETED":
        yield from ((f"result of {kind}", RESULTS[kind], said) for said in each.payloads("result"))
    elif each.name == "WORKFLOW_EXECUTION_SIGNALED" and fields.signal_name == options.EVENTS_SIGNAL:
        yield from (("signal", EventBatch, said) for said in each.payloads())
    elif each.name == "WORKFLOW_EXECUTION_UPDATE_ACCEPTED":
        arguments = fields.accepted_request.input.args.payloads
        yield from (("command", LeadEvent, decoded(said)) for said in arguments)
    elif each.name == "ACTIVITY_TASK_SCHEDULED":
        name = fields.activity_type.name
        scheduled[each.run.run_id, each.event.event_id] = name
        model = OTHER_ACTIVITIES.get(name, (ActionInput, PerformedAction))[0]
        yield from ((f"input of {name}", model, said) for said in each.payloads())
    elif each.name == "ACTIVITY_TASK_COMPLETED":
        name = scheduled[each.run.run_id, fields.scheduled_event_id]
        model = OTHER_ACTIVITIES.get(name, (ActionInput, PerformedAction))[1]
        yield from ((f"result of {name}", model, said) for said in each.payloads("result"))


def lost(before: Any, after: Any, at: str = "") -> list[str]:
    """What was said before and is not said after reading and writing; what is new does no harm."""
    if isinstance(before, dict) and isinstance(after, dict):
        gone = [f"{at}.{name}" for name in before if name not in after and before[name] not in (None, [], {})]
        return gone + [
            each
            for name in before
            if name in after
            for each in lost(before[name], after[name], f"{at}.{name}")
        ]
    if isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            return [f"{at}: {len(before)} became {len(after)}"]
        pairs = enumerate(zip(before, after, strict=True))
        return [each for n, (old, new) in pairs for each in lost(old, new, f"{at}[{n}]")]
    return [] if before == after else [f"{at}: {before!r} became {after!r}"]


def written_again(model: Any, said: Any) -> Any:
    """The payload, read with its model and written as Temporal would be given it."""
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    return adapter.dump_python(adapter.validate_python(said), mode="json")
