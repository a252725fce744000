"""`/live/…`: pages that are open hear that something happened, and fetch themselves anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from leadworkflows.api.problems import unavailable
from leadworkflows.web.access import reader_required
from leadworkflows.web.pulse import ANYTHING, Pulse, TooMany
from leadworkflows.web.rendering import PageRoute

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
_AGAIN_MS = 3000
router = APIRouter(route_class=PageRoute, dependencies=[reader_required], include_in_schema=False)


@router.get("/live/today")
async def of_all(
    request: Request, seen: Annotated[str | None, Query(max_length=64)] = None
) -> StreamingResponse:
    """An event `moved` whenever anything was recorded, at once where that is newer than what was `seen`."""
    return await _stream(request, ANYTHING, seen)


@router.get("/live/leads/{lead_id}")
async def of_lead(
    lead_id: Annotated[str, Path(pattern=r"^[0-9A-Za-z]{1,64}$")],
    request: Request,
    seen: Annotated[str | None, Query(max_length=12)] = None,
) -> StreamingResponse:
    """An event `moved` whenever the lead was recorded, at once where that is newer than what was `seen`."""
    return await _stream(request, lead_id, seen)


async def _stream(request: Request, of: str, seen: str | None) -> StreamingResponse:
    pulse = cast("Pulse", request.app.state.pulse)
    if pulse.full:
        raise unavailable("Too many pages are open at once.")
    # Who comes back after the line was broken says what was heard last.
    known = request.headers.get("last-event-id", "")[:64] or seen
    return StreamingResponse(_events(pulse, of, known), headers=_HEADERS, media_type="text/event-stream")


async def _events(pulse: Pulse, of: str, seen: str | None) -> AsyncIterator[bytes]:
    yield format_sse_event(comment="here", retry=_AGAIN_MS)
    try:
        async for stands in pulse.news(of, seen):
            if stands is None:
                yield format_sse_event(comment="still here")
            else:
                yield format_sse_event(event="moved", data_str=stands, id=stands)
    except TooMany:
        return
