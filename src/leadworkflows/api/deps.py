"""What the HTTP edge is given by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from leadworkflows.api.slack_side import SlackSide
from leadworkflows.commands.carry_out import CalendarOf, CommandDesk, LeadObject, Send, no_calendar
from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.erasing import EraseDesk
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store

__all__ = ["ApiDeps", "CommandRefused", "CommandUnavailable", "Deps", "LeadObject"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ApiDeps:
    """`on_accepted` wakes the relay; `command` is None where nothing connects to Temporal.

    `calendar_of` says when a rep works. `slack` is None where nobody answers Slack, `erasing`
    where nobody can be erased.
    """

    store: Store
    settings: Settings
    classify: Callable[[str], dict[str, Any]]
    policy_id: str
    on_accepted: Callable[[], None]
    temporal_ready: Callable[[], Awaitable[bool]]
    command: Send | None = None
    clock: Callable[[], datetime] = _utc_now
    calendar_of: CalendarOf = no_calendar
    slack: SlackSide | None = None
    erasing: EraseDesk | None = None

    @property
    def desk(self) -> CommandDesk:
        """Where commands are taken to their leads."""
        return CommandDesk(self.store, self.command, self.calendar_of, self.clock)


def _deps(request: Request) -> ApiDeps:
    return cast("ApiDeps", request.app.state.deps)


Deps = Annotated[ApiDeps, Depends(_deps)]
