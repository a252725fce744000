"""A short way to the webhooks, past what FastAPI puts around every route.

Telemetry, exit stacks and the other routes cost a webhook a quarter of its time and do nothing for
it. Errors are answered on this way as on the other.
"""

from __future__ import annotations

from functools import cached_property

from fastapi import FastAPI
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from leadworkflows.api import webhooks
from leadworkflows.api.failsafe import FailSafe

_PREFIX = webhooks.PATH.partition("{")[0]


class Application(FastAPI):
    """FastAPI with the short way in front; also a webhook that is no POST goes the other."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"].startswith(_PREFIX):
            match, found = webhooks.ROUTE.matches(scope)
            if match is Match.FULL:
                scope.update(found, app=self)
                await self._short_way(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    @cached_property
    def _short_way(self) -> ASGIApp:
        return FailSafe(ExceptionMiddleware(webhooks.ROUTE.handle, self.exception_handlers))
