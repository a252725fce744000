"""An address that nothing is at: a person is told so on a page, a program by a problem document."""

from __future__ import annotations

from typing import Any, cast

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from leadworkflows.web.access import visitor_if_known
from leadworkflows.web.rendering import page

_PROGRAMS = ("/api/", "/webhooks/", "/slack/")


def install(app: FastAPI) -> None:
    """Answer browsers with a page; whatever else asks gets what `app` has answered so far."""
    usual = cast("Any", app.exception_handlers[HTTPException])

    @app.exception_handler(404)
    async def _lost(request: Request, error: HTTPException) -> Response:
        if not _by_a_person(request):
            return cast("Response", await usual(request, error))
        request.state.visitor = await visitor_if_known(request, app.state.parts)
        detail = "There is no page at this address."
        return page(request, "refused.html", 404, title="Not found", detail=detail, lost=True)


def _by_a_person(request: Request) -> bool:
    reads = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    return reads and not request.url.path.startswith(_PROGRAMS)
