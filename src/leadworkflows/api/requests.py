"""Reading requests within limits, before anything is believed."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from starlette.requests import ClientDisconnect

from leadworkflows.api.problems import Problem
from leadworkflows.sources.base import InboundRequest
from leadworkflows.sources.bodies import JSON, media_type

MAX_BODY = 1024 * 1024
"""Bytes of one body."""


async def read_body(request: Request) -> bytes:
    """The raw body. Raises 413 as soon as it is known to be over 1 MiB, before the rest is read."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and len(declared) < 20 and int(declared) > MAX_BODY:
        raise _too_large()
    chunks: list[bytes] = []
    size, more = 0, True
    while more:  # rather than `request.stream()`, whose layers cost a webhook several microseconds
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > MAX_BODY:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


async def read_inbound(request: Request, public_url: str) -> InboundRequest:
    """The request as a source sees it: at its public address, with the body's exact bytes."""
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string", b"")
    url = public_url + path.decode("latin-1") + ("?" + query.decode("latin-1") if query else "")
    # Of a header that came twice the first one counts.
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(request.scope["headers"])
    }
    return InboundRequest(request.method, url, headers, await read_body(request))


def client_address(request: Request) -> str:
    """Who is at the other end: of an IPv6 address its network, whose other half anybody may vary."""
    client = request.scope.get("client")
    host = client[0] if client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host


def require_media(headers: Mapping[str, str], accepted: tuple[str, ...] = (JSON,)) -> None:
    """Raise 415 unless the body claims to be one of the accepted types, or claims nothing."""
    named = media_type(headers)
    if named not in accepted:
        raise Problem(415, "content-type", f"Send {' or '.join(accepted)}, not {named}.")


def _too_large() -> Problem:
    return Problem(413, "too-large", "The body is over 1 MiB. Send it in smaller parts.")
