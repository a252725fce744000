"""What the application makes of what it is given, once: it lives as long as the process."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from leadworkflows.api.adapters import Adapters
from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.keyring import KeyRing
from leadworkflows.api.limits import Limits
from leadworkflows.api.metrics import Counted, Metrics
from leadworkflows.api.quarantine import Desk
from leadworkflows.api.slack_presses import SlackPresses


class Parts:
    """Sources, keys, limits, counters, the desk of what could not be understood, and presses in Slack."""

    def __init__(self, deps: ApiDeps) -> None:
        self.deps = deps
        self.adapters = Adapters(deps.settings)
        self.keys = KeyRing(deps.settings, deps.store.api_keys, deps.clock)
        self.limits = Limits(deps.settings, lambda: deps.clock().timestamp())
        self.metrics = Metrics()
        self.counted = Counted(deps.store.measures)
        self.desk = Desk(deps.store.quarantine, deps.settings.public_url, deps.clock)
        self.slack = SlackPresses(deps)


def _parts(request: Request) -> Parts:
    return cast("Parts", request.app.state.parts)


PartsGiven = Annotated[Parts, Depends(_parts)]
