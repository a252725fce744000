"""Requests to the application in this process, without a client library's share of the time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message

_ORIGIN = {"type": "http", "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 40_000)}


async def ask(
    app: ASGIApp, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """POST with a body, GET without; the status and the body of the answer."""
    sent = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    path, _, query = path.partition("?")
    scope: dict[str, Any] = {**_ORIGIN, "method": "POST" if body else "GET", "path": path, "headers": sent}
    scope |= {
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "server": ("inside", 80),
    }
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    await app(scope, receive, send)
    return said[0]["status"], b"".join(each.get("body", b"") for each in said[1:])


async def gauge(app: ASGIApp, name: str) -> float:
    """A number of `GET /metrics`."""
    _, text = await ask(app, "/metrics")
    return next(float(line.split()[1]) for line in text.decode().splitlines() if line.startswith(f"{name} "))


def as_json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
