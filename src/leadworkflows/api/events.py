"""`POST /api/v1/events`: our own event shape, one or up to 1,000 at a time."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ConfigDict

from leadworkflows.api.deps import Deps
from leadworkflows.api.intake import AcceptedAnswer, take_in
from leadworkflows.api.keys import key_required
from leadworkflows.api.parts import PartsGiven
from leadworkflows.api.requests import read_body, require_media
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.shape import Reading, read_event, read_events
from leadworkflows.store.api_keys import Scope

SOURCE = "api"
"""The source under which these events are kept and told apart."""

router = APIRouter(prefix="/api/v1", tags=["events"], dependencies=[key_required(Scope.INGEST)])
_ONE = {
    "id": "evt-17",
    "type": "page_viewed",
    "occurred_at": "2026-03-02T09:30:00Z",
    "identity": {"email": "ada@example.com", "anonymous_id": "a-81"},
    "person": {"first_name": "Ada", "last_name": "Lovelace", "title": "CFO", "company": "Example GmbH"},
    "facts": {"page": "pricing", "seconds": 40, "industry": "fintech", "employees": 180, "country": "DE"},
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/EventShape"},
                        {"$ref": "#/components/schemas/EventBatch"},
                    ]
                },
                "examples": {
                    "one": {"summary": "One event", "value": _ONE},
                    "several": {"summary": "Several events", "value": {"events": [_ONE]}},
                },
            }
        },
    }
}


class EventsAnswer(AcceptedAnswer):
    """What became of the events; `ignored` names, by event id, fields that are not known and not kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "accepted": 1,
                    "duplicates": 0,
                    "event_ids": ["evt-17"],
                    "ignored": {"evt-17": ["facts.pge"]},
                }
            ]
        }
    )

    ignored: dict[str, list[str]] | None = None


@router.post("/events", status_code=202, response_model_exclude_none=True, openapi_extra=_BODY)
async def post_events(request: Request, deps: Deps, parts: PartsGiven) -> EventsAnswer:
    """Take events of your own. All of them are stored in one commit, or none with 422."""
    require_media(request.headers)
    readings = _readings(read_object(await read_body(request)))
    accepted = await take_in(deps, SOURCE, [reading.event for reading in readings])
    parts.metrics.events_accepted(SOURCE, accepted.accepted)
    return EventsAnswer(
        accepted=accepted.accepted,
        duplicates=accepted.duplicates,
        event_ids=accepted.event_ids,
        ignored=_ignored(readings, accepted.event_ids) or None,
    )


def _readings(body: dict[str, Any]) -> list[Reading]:
    return read_events(body["events"]) if "events" in body else [read_event(body)]


def _ignored(readings: list[Reading], event_ids: list[str]) -> dict[str, list[str]]:
    named = zip(readings, event_ids, strict=True)
    return {
        reading.event.delivery_id or event_id: list(reading.ignored)
        for reading, event_id in named
        if reading.ignored
    }
