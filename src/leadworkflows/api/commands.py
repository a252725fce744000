"""`POST /api/v1/leads/{id}/commands`: what a person in sales does with a lead."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from leadworkflows.api.deps import Deps, LeadObject
from leadworkflows.api.keys import key_required
from leadworkflows.api.problems import Problem, unavailable
from leadworkflows.api.requests import read_body, require_media
from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.commands.events import read_command
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.store.api_keys import Scope

router = APIRouter(prefix="/api/v1", tags=["commands"], dependencies=[key_required(Scope.COMMAND)])

_EXAMPLES: dict[str, dict[str, Any]] = {
    "accept": {"command": "accept", "by": "rep-7", "seen": 17},
    "return": {"command": "return", "by": "rep-7", "reason": "not_ready"},
    "facts": {"command": "record_facts", "by": "rep-7", "facts": {"budget": "yes"}},
    "meeting": {"command": "book_meeting", "by": "rep-7"},
    "assign": {"command": "assign", "by": "rep-7", "facts": {"to": "rep-9"}},
    "pause": {"command": "pause", "by": "rep-7", "facts": {"until": "2026-12-01T09:00:00Z"}},
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/CommandShape"},
                "examples": {name: {"value": body} for name, body in _EXAMPLES.items()},
            }
        },
    }
}


@router.post("/leads/{lead_id}/commands", openapi_extra=_BODY)
async def post_command(lead_id: str, request: Request, deps: Deps) -> LeadObject:
    """Do something with a lead. 200 with the lead as it then is, or 409 with the reason."""
    require_media(request.headers)
    shape = read_command(read_object(await read_body(request)))
    try:
        return await deps.desk.carry_out(lead_id, shape)
    except CommandRefused as refused:
        raise Problem(409, "not-allowed-now", refused.reason) from None
    except CommandUnavailable as error:
        raise unavailable(f"The command did not reach the lead: {error}.") from None
