"""`POST /api/v1/leads/{id}/commands`: what a person in sales does with a lead."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from leadworkflows.api.deps import ApiDeps, CommandRefused, CommandUnavailable, Deps, LeadObject
from leadworkflows.api.keys import key_required
from leadworkflows.api.leads import known_lead
from leadworkflows.api.problems import Problem, unavailable
from leadworkflows.api.requests import read_body, require_media
from leadworkflows.domain.events import EventType, LeadEvent, facts_model
from leadworkflows.domain.facts import QUALIFICATION, Facts, RepId
from leadworkflows.domain.sales_facts import AttemptFacts, ReasonFacts
from leadworkflows.domain.wording import use_the_other
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected, problems_of
from leadworkflows.store.api_keys import Scope

router = APIRouter(prefix="/api/v1", tags=["commands"], dependencies=[key_required(Scope.COMMAND)])


class Command(StrEnum):
    """What sales can do."""

    CLAIM = "claim"
    ACCEPT = "accept"
    RETURN = "return"
    DISQUALIFY = "disqualify"
    REOPEN = "reopen"
    LOG_ATTEMPT = "log_attempt"
    LOG_CONTACT = "log_contact"
    RECORD_FACTS = "record_facts"
    OPEN_OPPORTUNITY = "open_opportunity"
    WIN = "win"
    LOSE = "lose"


EVENT_OF: dict[Command, EventType] = {
    Command.CLAIM: EventType.LEAD_CLAIMED,
    Command.ACCEPT: EventType.LEAD_ACCEPTED,
    Command.RETURN: EventType.LEAD_RETURNED,
    Command.DISQUALIFY: EventType.LEAD_DISQUALIFIED,
    Command.REOPEN: EventType.LEAD_REOPENED,
    Command.LOG_ATTEMPT: EventType.CONTACT_ATTEMPTED,
    Command.LOG_CONTACT: EventType.CONTACT_MADE,
    Command.RECORD_FACTS: EventType.QUALIFICATION_RECORDED,
    Command.OPEN_OPPORTUNITY: EventType.OPPORTUNITY_OPENED,
    Command.WIN: EventType.DEAL_WON,
    Command.LOSE: EventType.DEAL_LOST,
}


def _nothing(value: Any) -> Any:
    return {} if value is None else value


class CommandShape(BaseModel):
    """One command. `reason` is required to return, disqualify and lose; a note is free text."""

    model_config = ConfigDict(extra="forbid")

    command: Command
    by: RepId | None = Field(default=None, examples=["rep-7"])
    reason: str | None = Field(default=None, max_length=200, examples=["not_ready"])
    note: str | None = Field(default=None, max_length=10_000)
    facts: Annotated[dict[str, Any], BeforeValidator(_nothing)] = Field(
        default={}, examples=[{"budget": "yes"}]
    )


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/CommandShape"},
                "examples": {
                    "accept": {"value": {"command": "accept", "by": "rep-7"}},
                    "return": {"value": {"command": "return", "by": "rep-7", "reason": "not_ready"}},
                    "facts": {
                        "value": {"command": "record_facts", "by": "rep-7", "facts": {"budget": "yes"}}
                    },
                },
            }
        },
    }
}


@router.post("/leads/{lead_id}/commands", openapi_extra=_BODY)
async def post_command(lead_id: str, request: Request, deps: Deps) -> LeadObject:
    """Do something with a lead. 200 with the lead as it then is, or 409 with the reason."""
    require_media(request.headers)
    shape = read_command(read_object(await read_body(request)))
    record = await known_lead(lead_id, deps)
    if record.merged_into:
        raise Problem(409, "not-allowed-now", f"{use_the_other(record.merged_into)}.")
    event = LeadEvent(
        id=f"cmd-{uuid4()}", type=EVENT_OF[shape.command], occurred_at=deps.clock(), facts=_facts(shape)
    )
    if text := _free_text(shape, event):
        return await _carry_out_noted(lead_id, event, shape.by, text, deps)
    return await _carry_out(lead_id, event, deps)


def read_command(body: dict[str, Any]) -> CommandShape:
    """The command with its facts. Raises `FieldsRejected` with every field that is wrong."""
    try:
        shape = CommandShape.model_validate(body)
    except ValidationError as error:
        raise FieldsRejected(problems_of(error)) from None
    if problems := [*_unknown_facts(shape), *_nothing_said(shape)]:
        raise FieldsRejected(problems)
    return shape


def _facts(shape: CommandShape) -> Facts:
    model = facts_model(EVENT_OF[shape.command])
    given = dict(shape.facts)
    if shape.by:
        given["by"] = shape.by
    if shape.reason and issubclass(model, ReasonFacts):
        given["reason"] = shape.reason
    if shape.reason and issubclass(model, AttemptFacts):
        given.setdefault("outcome", shape.reason)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise FieldsRejected([_placed(problem, shape.facts) for problem in problems_of(error)]) from None


def _placed(problem: FieldProblem, facts: dict[str, Any]) -> FieldProblem:
    """Named where the caller wrote it, or has to write it."""
    if problem.field == "reason" and problem.problem == "is missing":
        return FieldProblem("reason", "is missing", "say why, in a word such as not_ready")
    where = f"facts.{problem.field}" if problem.field in facts else problem.field
    return FieldProblem(where, problem.problem, problem.fix)


def _unknown_facts(shape: CommandShape) -> list[FieldProblem]:
    """A person's misspelt fact is refused: nobody would look for it later."""
    known = facts_model(EVENT_OF[shape.command]).model_fields
    fix = f"use one of {', '.join(known)}"
    return [FieldProblem(f"facts.{name}", "is not known", fix) for name in shape.facts if name not in known]


def _nothing_said(shape: CommandShape) -> list[FieldProblem]:
    if shape.command is Command.CLAIM and not shape.by:
        return [FieldProblem("by", "is missing", "name the person in sales who claims the lead")]
    if shape.command is Command.RECORD_FACTS and not shape.facts:
        return [FieldProblem("facts", "is missing", f"state one of {', '.join(QUALIFICATION)}")]
    return []


def _free_text(shape: CommandShape, event: LeadEvent) -> str:
    """The note, and a reason where the event carries none: both stay out of Temporal."""
    carried = isinstance(event.facts, ReasonFacts | AttemptFacts)
    said = (None if carried else shape.reason, shape.note)
    return "\n".join(text.replace("\x00", "").strip() for text in said if text and text.strip())


async def _carry_out_noted(
    lead_id: str, event: LeadEvent, by: str | None, text: str, deps: ApiDeps
) -> LeadObject:
    """The note first: a command that was carried out must not be answered as if it were not."""
    await deps.store.notes.add(lead_id, event.id, by, text, event.occurred_at)
    try:
        return await _carry_out(lead_id, event, deps)
    except Problem:
        await deps.store.notes.remove(event.id)
        raise


async def _carry_out(lead_id: str, event: LeadEvent, deps: ApiDeps) -> LeadObject:
    if deps.command is None:
        raise unavailable("This process takes no commands: it is not connected to Temporal.")
    try:
        return await deps.command(lead_id, event)
    except CommandRefused as refused:
        raise Problem(409, "not-allowed-now", refused.reason) from None
    except CommandUnavailable as error:
        raise unavailable(f"The command did not reach the lead: {error}.") from None
