"""The OpenAPI document: bodies that we read ourselves, and the problem documents of every route."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
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


class EventBatch(BaseModel):
    """Several events, stored in one commit."""

    events: list[EventShape] = Field(max_length=MAX_EVENTS)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its documentation."""
    content = {"application/problem+json": {"schema": {"$ref": _REF.format(model="ProblemDocument")}}}
    return {status: {"description": "A problem document", "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Complete the generated document with the models that it does not see."""

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign]


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
