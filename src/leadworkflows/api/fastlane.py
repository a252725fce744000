"""A short way to the webhooks, past what FastAPI puts around every route.

Telemetry, exit stacks and the other routes cost a webhook a quarter of its time and do nothing for
it. Errors are answered on this way as on the other.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from fastapi import FastAPI, Request
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
        return FailSafe(self._webhook)

    async def _webhook(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await webhooks.receive(request)
        except Exception as error:
            handler = self._handler(error)
            if handler is None:
                raise
            response = await handler(request, error)
        await response(scope, receive, send)

    def _handler(self, error: Exception) -> Any:
        """The answer to this error, as FastAPI would choose it."""
        classes = (kind for kind in type(error).__mro__ if kind in self.exception_handlers)
        return next((self.exception_handlers[kind] for kind in classes), None)
