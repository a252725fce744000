"""A command as it is written: by a program, on a command line, or by pressing a button."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from leadworkflows.domain.events import EventType, facts_model
from leadworkflows.domain.facts import QUALIFICATION, RepId
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected, problems_of


class Command(StrEnum):
    """What sales can do."""

    CLAIM = "claim"
    ACCEPT = "accept"
    RETURN = "return"
    DISQUALIFY = "disqualify"
    REOPEN = "reopen"
    LOG_ATTEMPT = "log_attempt"
    LOG_CONTACT = "log_contact"
    BOOK_MEETING = "book_meeting"
    RECORD_FACTS = "record_facts"
    OPEN_OPPORTUNITY = "open_opportunity"
    WIN = "win"
    LOSE = "lose"
    ASSIGN = "assign"
    PAUSE = "pause"
    RESUME = "resume"


EVENT_OF: dict[Command, EventType] = {
    Command.CLAIM: EventType.LEAD_CLAIMED,
    Command.ACCEPT: EventType.LEAD_ACCEPTED,
    Command.RETURN: EventType.LEAD_RETURNED,
    Command.DISQUALIFY: EventType.LEAD_DISQUALIFIED,
    Command.REOPEN: EventType.LEAD_REOPENED,
    Command.LOG_ATTEMPT: EventType.CONTACT_ATTEMPTED,
    Command.LOG_CONTACT: EventType.CONTACT_MADE,
    # `meeting_booked` is the lead's own act; a meeting that sales agreed on is contact with an outcome.
    Command.BOOK_MEETING: EventType.CONTACT_MADE,
    Command.RECORD_FACTS: EventType.QUALIFICATION_RECORDED,
    Command.OPEN_OPPORTUNITY: EventType.OPPORTUNITY_OPENED,
    Command.WIN: EventType.DEAL_WON,
    Command.LOSE: EventType.DEAL_LOST,
    Command.ASSIGN: EventType.LEAD_ASSIGNED,
    Command.PAUSE: EventType.CLOCKS_PAUSED,
    Command.RESUME: EventType.CLOCKS_RESUMED,
}

_ELSEWHERE = {"by": "state it beside the command", "seen": "state it beside the command"}
_OURS = frozenset({"calendar", "noted"})
"""What the edge finds out by itself."""


def _nothing(value: Any) -> Any:
    return {} if value is None else value


class CommandShape(BaseModel):
    """One command. `reason` is required to return, disqualify and lose; a note is free text.

    `assign` needs `facts.to`, `pause` takes `facts.until`. With `seen`, the `revision` of the lead that
    was looked at, a command that comes after the lead moved on is refused.
    """

    model_config = ConfigDict(extra="forbid")

    command: Command
    by: RepId | None = Field(default=None, examples=["rep-7"])
    reason: str | None = Field(default=None, max_length=200, examples=["not_ready"])
    note: str | None = Field(default=None, max_length=10_000)
    seen: Annotated[int, Field(ge=0)] | None = Field(default=None, examples=[17])
    facts: Annotated[dict[str, Any], BeforeValidator(_nothing)] = Field(
        default={}, examples=[{"budget": "yes"}]
    )

    def __repr__(self) -> str:
        """Without the note, which may name people."""
        return f"CommandShape(command={self.command.value!r}, by={self.by!r}, …)"


def shape_of(body: dict[str, Any]) -> CommandShape:
    """The command without a look at what its facts mean. Raises `FieldsRejected`."""
    try:
        shape = CommandShape.model_validate(body)
    except ValidationError as error:
        raise FieldsRejected(problems_of(error)) from None
    if problems := [*_unknown_facts(shape), *_nothing_said(shape)]:
        raise FieldsRejected(problems)
    return shape


def _unknown_facts(shape: CommandShape) -> list[FieldProblem]:
    """A person's misspelt fact is refused: nobody would look for it later."""
    known = [
        name
        for name in facts_model(EVENT_OF[shape.command]).model_fields
        if name not in _OURS and name not in _ELSEWHERE
    ]
    fix = f"use one of {', '.join(known)}"
    return [
        FieldProblem(f"facts.{name}", "is not known", _ELSEWHERE.get(name, fix))
        for name in shape.facts
        if name not in known
    ]


def _nothing_said(shape: CommandShape) -> list[FieldProblem]:
    if shape.command is Command.CLAIM and not shape.by:
        return [FieldProblem("by", "is missing", "name the person in sales who claims the lead")]
    if shape.command is Command.ASSIGN and not shape.facts.get("to"):
        return [FieldProblem("facts.to", "is missing", "name the person in sales who gets the lead")]
    if shape.command is Command.RECORD_FACTS and not shape.facts:
        return [FieldProblem("facts", "is missing", f"state one of {', '.join(QUALIFICATION)}")]
    return []
