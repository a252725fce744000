"""The OpenAPI document: bodies that we read ourselves, and the problem documents of every route."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from leadworkflows.api import webhooks
from leadworkflows.api.problems import ProblemDocument
from leadworkflows.api.reports import CostsShape
from leadworkflows.api.teams import RepShape, TeamShape
from leadworkflows.commands.shape import CommandShape
from leadworkflows.sources.shape import MAX_EVENTS, EventShape

_OF_WEBHOOKS = (400, 401, 403, 404, 413, 415, 422, 429, 500, 503)
_REF = "#/components/schemas/{model}"
_UI = "https://cdn.jsdelivr.net"
_SANDBOX = (
    f"sandbox allow-scripts; default-src 'none'; script-src {_UI} 'unsafe-inline';"
    f" style-src {_UI} 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI comes from another host. In a sandbox its scripts belong to no origin: they can ask for nothing
in the name of who is signed in to the pages, and so the reference only shows and cannot try out."""


class EventBatch(BaseModel):
    """Several events, stored in one commit."""

    events: list[EventShape] = Field(max_length=MAX_EVENTS)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its documentation."""
    content = {"application/problem+json": {"schema": {"$ref": _REF.format(model="ProblemDocument")}}}
    return {status: {"description": "A problem document", "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """`/openapi.json`, completed with the models that FastAPI does not see, and `/docs`, which shows it."""

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign]

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> Response:
        # Nothing in it is secret, and the sandbox of `/docs` is a stranger to us.
        return JSONResponse(build(), headers={"Access-Control-Allow-Origin": "*"})

    @app.get("/docs", include_in_schema=False)
    async def reference(request: Request) -> Response:
        shown = get_swagger_ui_html(
            openapi_url=f"{request.scope.get('root_path', '')}/openapi.json",
            title=app.title,
            swagger_favicon_url="data:,",
            swagger_ui_parameters={"supportedSubmitMethods": []},
        )
        shown.headers["Content-Security-Policy"] = _SANDBOX
        return shown


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=[*webhooks.documented(problem_responses(*_OF_WEBHOOKS)).routes, *app.routes],
    )
    models: list[type[BaseModel]] = [
        EventBatch,
        CommandShape,
        RepShape,
        TeamShape,
        CostsShape,
        ProblemDocument,
    ]
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    document.setdefault("components", {}).setdefault("schemas", {}).update(schema["$defs"])
    return document
