"""`POST /slack/…`: what people do in Slack. Acknowledged at once, whatever Temporal does.

Slack waits three seconds and repeats nothing that is pressed. So a press is on disk before the answer,
and carried out afterwards; the answer needs the store alone.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from leadworkflows.api.parts import PartsGiven
from leadworkflows.api.requests import read_body
from leadworkflows.api.slack_lookup import look_up
from leadworkflows.api.slack_payload import read_fields, read_payload, text_at
from leadworkflows.api.slack_requests import form_body, require_signed
from leadworkflows.sources.bodies import JSON, URLENCODED, read_object

router = APIRouter(prefix="/slack", tags=["slack"])


def _form(**fields: str) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": said} for name, said in fields.items()}
    schema = {"type": "object", "properties": properties}
    return {"requestBody": {"required": True, "content": {URLENCODED: {"schema": schema}}}}


_EVENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}}
}


@router.post("/interactions", openapi_extra=_form(payload="What was pressed, as JSON"))
async def post_interaction(request: Request, parts: PartsGiven) -> Response:
    """Take a press of a button, or a form that was sent. 200 means that it is on disk."""
    if (body := await form_body(request, parts)) is None:
        return Response()
    answer = await parts.slack.take(read_payload(request, body))
    return JSONResponse(answer) if answer else Response()


@router.post("/commands", openapi_extra=_form(command="The slash command", text="What follows it"))
async def post_slash_command(request: Request, parts: PartsGiven) -> Response:
    """Answer `/lead ada@example.com` with the lead's card, for the asker alone."""
    if (body := await form_body(request, parts)) is None:
        return Response()
    fields = read_fields(request, body)
    return JSONResponse(await look_up(fields.get("text", ""), parts.deps, parts.slack.side))


@router.post("/events", openapi_extra=_EVENT)
async def post_event(request: Request, parts: PartsGiven) -> Response:
    """Answer Slack's question whether this address is ours. Events themselves need no answer."""
    body = await read_body(request)
    require_signed(request, parts, body)
    event = read_object(body)
    if text_at(event, "type") == "url_verification":
        return JSONResponse({"challenge": text_at(event, "challenge")})
    return Response()
