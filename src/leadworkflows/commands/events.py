"""A command as the event that tells the lead's workflow of it, without personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from leadworkflows.commands.shape import EVENT_OF, Command, CommandShape, shape_of
from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.events import LeadEvent, facts_model
from leadworkflows.domain.facts import Facts
from leadworkflows.domain.sales_facts import AttemptFacts, ReasonFacts
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected, problems_of

_MEETING = "meeting_booked"
_TOP = frozenset(CommandShape.model_fields)


def read_command(body: dict[str, Any]) -> CommandShape:
    """The command with its facts. Raises `FieldsRejected` with every field that is wrong."""
    shape = shape_of(body)
    facts_of(shape)
    return shape


def event_of(
    shape: CommandShape, event_id: str, at: datetime, calendar: WorkCalendar | None = None
) -> LeadEvent:
    """The event of a command. Raises `FieldsRejected`."""
    facts = facts_of(shape)
    found = {"calendar": calendar, "noted": bool(free_text(shape))}
    return LeadEvent(
        id=event_id,
        type=EVENT_OF[shape.command],
        occurred_at=at,
        facts=facts.model_copy(update={name: value for name, value in found.items() if value}),
    )


def facts_of(shape: CommandShape) -> Facts:
    """What the command states. Raises `FieldsRejected`, naming each field where the caller wrote it."""
    model = facts_model(EVENT_OF[shape.command])
    said = {"by": shape.by, "seen": shape.seen, **_reason(shape, model), **shape.facts}
    if shape.command is Command.BOOK_MEETING:
        said["outcome"] = _MEETING
    try:
        return model.model_validate({name: value for name, value in said.items() if value is not None})
    except ValidationError as error:
        raise FieldsRejected([_placed(problem, shape) for problem in problems_of(error)]) from None


def free_text(shape: CommandShape) -> str:
    """The note, and a reason where the event carries none: both stay out of Temporal."""
    model = facts_model(EVENT_OF[shape.command])
    said = (None if _reason(shape, model) else shape.reason, shape.note)
    return "\n".join(text.replace("\x00", "").strip() for text in said if text and text.strip())


def whose_calendar(shape: CommandShape) -> str | None:
    """Whose working time the lead's clocks run in after this command; None where they stay as they are."""
    if shape.command is Command.ASSIGN:
        return str(shape.facts.get("to"))
    return shape.by if shape.command in (Command.CLAIM, Command.ACCEPT) else None


def _reason(shape: CommandShape, model: type[Facts]) -> dict[str, str]:
    """The reason as a fact, where the event has a place for it."""
    if not shape.reason or shape.command is Command.BOOK_MEETING:
        return {}
    if issubclass(model, ReasonFacts):
        return {"reason": shape.reason}
    return {"outcome": shape.reason} if issubclass(model, AttemptFacts) else {}


def _placed(problem: FieldProblem, shape: CommandShape) -> FieldProblem:
    if problem.field == "reason" and problem.problem == "is missing":
        return FieldProblem("reason", "is missing", "say why, in a word such as not_ready")
    if problem.field == "outcome" and "outcome" not in shape.facts:
        return FieldProblem("reason", problem.problem, problem.fix)
    elsewhere = problem.field in _TOP and problem.field not in shape.facts
    where = problem.field if elsewhere else f"facts.{problem.field}"
    return FieldProblem(where, problem.problem, problem.fix)
