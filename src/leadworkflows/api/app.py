"""The FastAPI application."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI

from leadworkflows.api import (
    commands,
    events,
    health,
    leads,
    openapi,
    problems,
    reports,
    rights,
    slack,
    teams,
    webhooks,
)
from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.failsafe import FailSafe
from leadworkflows.api.fastlane import Application
from leadworkflows.api.parts import Parts
from leadworkflows.tracing.http import TracedRequests
from leadworkflows.tracing.spans import is_on

_DESCRIPTION = "Webhooks and events in, leads with their reasons out. Errors are RFC 9457 problem documents."


def create_app(deps: ApiDeps) -> FastAPI:
    """The HTTP edge over what it is given. Opening and closing the store is the caller's."""
    # `openapi` has the document and its page: FastAPI's own page would run a stranger's script among ours.
    app = Application(title="leadworkflows", version=_version(), description=_DESCRIPTION, openapi_url=None)
    app.state.deps, app.state.parts = deps, Parts(deps)
    app.add_middleware(FailSafe)
    if is_on():
        app.add_middleware(TracedRequests)
    problems.install(app)
    openapi.install(app)
    with_key = openapi.problem_responses(401, 403, 422, 429, 503)
    taken_in = with_key | openapi.problem_responses(400, 413, 415)
    app.router.routes.append(webhooks.ROUTE)
    app.include_router(events.router, responses=taken_in)
    app.include_router(commands.router, responses=taken_in | openapi.problem_responses(404, 409))
    app.include_router(leads.router, responses=with_key | openapi.problem_responses(404))
    app.include_router(rights.router, responses=with_key | openapi.problem_responses(404))
    app.include_router(reports.router, responses=taken_in)
    app.include_router(slack.router, responses=openapi.problem_responses(400, 401, 413, 415, 422, 429, 503))
    app.include_router(teams.router, responses=taken_in | openapi.problem_responses(404))
    app.include_router(health.router, responses=openapi.problem_responses(503))
    return app


def create_health_app(deps: ApiDeps) -> FastAPI:
    """`/healthz`, `/readyz` and `/metrics` alone: how a process is watched that takes nothing in."""
    app = FastAPI(title="leadworkflows", version=_version(), openapi_url=None)
    app.state.deps, app.state.parts = deps, Parts(deps)
    app.add_middleware(FailSafe)
    problems.install(app)
    app.include_router(health.router)
    return app


def _version() -> str:
    try:
        return version("leadworkflows")
    except PackageNotFoundError:
        return "0"  # a source tree that is not installed
