"""The last resort: an error that nobody foresaw is logged without its values and answered with 500."""

from __future__ import annotations

import traceback

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadworkflows.api.headers import completed
from leadworkflows.api.problems import crashed

_log = structlog.get_logger(__name__)


class FailSafe:
    """Keeps exceptions from the server's own log: their messages may quote personal data.

    Every answer of the application passes here, so it gets its headers here too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = completed(message.get("headers", ()))
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return  # who hung up midway reads no answer, and sends again
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a problem document
            log_defect(error)
            if not started:
                await crashed().response()(scope, receive, watched)


def log_defect(error: Exception) -> None:
    """Its kind and its place, never its message: that may quote personal data."""
    _log.error("request_failed", error=type(error).__name__, where=_where(error))


def _where(error: Exception) -> list[str]:
    """The innermost places, without the values that were there."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
