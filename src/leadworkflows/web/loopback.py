"""Whether a browser runs on this very machine, so that its user could read our files anyway."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

_FORWARDED = (
    "forwarded",
    "x-forwarded",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "via",
)
"""How the names of headers begin that proxies write."""


def is_here(request: Request, public_url: str) -> bool:
    """Whether the request came from this machine, to an address of this machine, through nobody.

    The `Host` header must name this machine too: a name that somebody else's DNS points to 127.0.0.1
    is that somebody's page. A public address means a proxy, whose requests all come from here.
    """
    hosts = (_host_of(f"//{request.headers.get('host', '')}"), _host_of(public_url))
    client = request.client.host if request.client else ""
    # No browser speaks HTTP/1.0 any more: a proxy that tells of nobody does (nginx, as it is delivered).
    through = request.scope.get("http_version") == "1.0" or any(
        name.startswith(_FORWARDED) for name in request.headers
    )
    return not through and all(is_loopback(each) for each in (*hosts, client))


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
