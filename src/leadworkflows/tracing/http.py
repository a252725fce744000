"""A span for each HTTP request, named by its route: a path itself may hold a token or an address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from opentelemetry.trace import StatusCode

from leadworkflows.tracing.spans import Span, SpanKind, span

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_UNWATCHED = ("/healthz", "/readyz", "/metrics")


class TracedRequests:
    """ASGI middleware. A stranger's `traceparent` is not believed: a trace begins here."""

    def __init__(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _UNWATCHED:
            await self._app(scope, receive, send)
            return
        with span(str(scope["method"]), SpanKind.SERVER) as ours:
            try:
                await self._app(scope, receive, _noting(send, ours))
            finally:
                ours.update_name(f"{scope['method']} {_route(scope)}".strip())


def _noting(send: Send, ours: Span) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours.set_attribute("http.response.status_code", message["status"])
            if message["status"] >= 500:
                ours.set_status(StatusCode.ERROR)
        await send(message)

    return noting


def _route(scope: Message) -> str:
    """The path as the application knows it; nothing where no route was found."""
    if "endpoint" not in scope:
        return ""
    path = str(scope["path"])
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(f"/{value}", f"/{{{name}}}", 1)
    return path
