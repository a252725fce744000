"""Which addresses may be called: those of the public internet, and no way round.

A server that calls whatever address it is told can be made to call its own network (OWASP: server-side
request forgery). So every address that a name stands for is judged, and one that leads inside, in
whatever clothes, refuses the name.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import httpx

MOST_CHARACTERS = 2000
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is really called."""
_INSIDE_4 = (IPv4Network("168.63.129.16/32"),)
"""Public by number, but a cloud's own service for its machines (Azure)."""
_INSIDE_6 = (
    IPv6Network("64:ff9b:1::/48"),  # RFC 8215: translated into a network's own addresses
    IPv6Network("2001::/32"),  # Teredo: the client's own address is in it
    IPv6Network("fec0::/10"),  # RFC 3879: site-local, given up and still routed
    IPv6Network("::/96"),  # IPv4-compatible, given up
    IPv6Network("3fff::/20"),  # RFC 9637: for examples in documents, which Python 3.11 does not know yet
)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet. What cannot be read is not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _public_6(parsed) if isinstance(parsed, IPv6Address) else _public_4(parsed)


def _public_4(address: IPv4Address) -> bool:
    return _plain(address) and not any(address in network for network in _INSIDE_4)


def _public_6(address: IPv6Address) -> bool:
    if address.scope_id or any(address in network for network in _INSIDE_6):
        return False
    inner = _inner(address)
    return _public_4(inner) if inner is not None else _plain(address)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address is another spelling of."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _plain(address: IPv4Address | IPv6Address) -> bool:
    # Python calls some multicast addresses global, which they are, and a server is at none of them.
    inside = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not inside


def checked_url(url: str) -> str:
    """The URL, if it has the form that can be called. Raises ValueError with the fix.

    Where its host leads is judged when it is called: names change their addresses.
    """
    if len(url) > MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"expected an address in printable ASCII of at most {MOST_CHARACTERS} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
        called = httpx.URL(url).host  # read more strictly: with 0177.0.0.1 or xn--a every attempt would break
    except (ValueError, httpx.InvalidURL):
        raise ValueError("expected an address such as https://example.com/leads") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or not called:
        raise ValueError("expected an address such as https://example.com/leads")
    if "@" in parts.netloc:
        raise ValueError("expected an address without a user name or password in it")
    if parts.fragment:
        raise ValueError("expected an address without #: what follows it is never sent")
    return url
