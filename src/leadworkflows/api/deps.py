"""What the HTTP edge is given by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from leadworkflows.domain.events import LeadEvent
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store

LeadObject = dict[str, Any]
"""A lead as `GET /api/v1/leads/{id}` answers it."""


class CommandRefused(Exception):
    """The lead's chart or policy does not allow the command now: answered with 409."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CommandUnavailable(Exception):
    """The command could not be handed to the lead's workflow: answered with 503."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ApiDeps:
    """`on_accepted` wakes the relay; `command` is None where nothing connects to Temporal."""

    store: Store
    settings: Settings
    classify: Callable[[str], dict[str, Any]]
    policy_id: str
    on_accepted: Callable[[], None]
    temporal_ready: Callable[[], Awaitable[bool]]
    command: Callable[[str, LeadEvent], Awaitable[LeadObject]] | None = None
    clock: Callable[[], datetime] = _utc_now


def _deps(request: Request) -> ApiDeps:
    return cast("ApiDeps", request.app.state.deps)


Deps = Annotated[ApiDeps, Depends(_deps)]
