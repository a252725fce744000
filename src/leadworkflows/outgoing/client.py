"""One POST to an address that a user wrote: resolved once, judged, and connected to what was judged."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property, partial

import httpx

from leadworkflows.outgoing.addresses import is_public
from leadworkflows.vendor import OutcomeUnknown, VendorUnavailable

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_MOST_ADDRESSES = 4
"""Of one name are tried, in the order of the system's resolver."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class AddressRefused(Exception):
    """The address is none that may be called; the message says why and what to change."""


@dataclass(frozen=True)
class Answered:
    """What the other side answered; its body is never read."""

    status: int
    headers: Mapping[str, str]

    def retry_after(self, now: datetime) -> timedelta | None:
        """How long it asks to wait (RFC 9110: seconds or a date). None where it does not say."""
        stated = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,9}", stated, re.ASCII):
            return timedelta(seconds=int(stated))
        try:
            until = parsedate_to_datetime(stated)
        except (TypeError, ValueError):
            return None
        return max((until if until.tzinfo else until.replace(tzinfo=UTC)) - now, timedelta(0))


class OutgoingClient:
    """Posts to addresses that users write.

    `allow_private`: addresses inside the own network may be called, and without TLS. `timeout_s`
    bounds the whole call. No redirect is followed, no proxy of the environment is used, and no
    connection is kept: one that was judged for one name is never used for another.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        timeout_s: float = 10.0,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._transport = partial(
            GuardedTransport, allow_private=allow_private, resolve=resolve or resolved, tls=tls
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Post once.

        Raises `AddressRefused`, `VendorUnavailable` where nothing was sent, and `OutcomeUnknown` where
        no answer came back.
        """
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream("POST", url, content=body, headers=dict(headers)) as answer,
            ):
                return Answered(answer.status_code, answer.headers)
        except _NEVER_SENT as lost:
            raise VendorUnavailable(f"the receiver was not reached: {_in_words(lost)}") from None
        except TimeoutError:
            raise OutcomeUnknown(f"the receiver did not answer within {self._timeout_s:g} s") from None
        except httpx.HTTPError as lost:
            raise OutcomeUnknown(f"the receiver did not answer: {_in_words(lost)}") from None

    async def aclose(self) -> None:
        """Give everything back."""
        await self._client.aclose()

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        """Made for the first post: reading the certificates takes a while, and most policies post nowhere."""
        return httpx.AsyncClient(
            transport=self._transport(), timeout=self._timeout_s, follow_redirects=False, trust_env=False
        )


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves a request's host once, judges what came, and connects to just that.

    A second look at the name could give another address (DNS rebinding), so there is none. The Host
    header and the name that TLS verifies stay those of the URL.
    """

    def __init__(self, *, allow_private: bool, resolve: Resolve, tls: ssl.SSLContext | None = None) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = httpx.AsyncHTTPTransport(
            verify=tls or True, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to the first of the name's addresses that can be connected to."""
        if request.url.scheme != "https" and not self._allow_private:
            raise AddressRefused("the address is not encrypted: write https:// in the policy")
        lost: httpx.TransportError | None = None
        for address in await self._judged(request.url):
            try:
                return await self._inner.handle_async_request(_sent_to(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                lost = error
        raise lost or httpx.ConnectError("no address")

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()

    async def _judged(self, url: httpx.URL) -> Sequence[str]:
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self._resolve(_host(url), port)
        if not addresses:
            raise VendorUnavailable("the receiver was not reached: host name not found")
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise AddressRefused(
                "the address leads inside the own network, which is not called: correct it in the policy,"
                " or set LEADWORKFLOWS_ALLOW_PRIVATE_ADDRESSES=true if it is meant"
            )
        return addresses[:_MOST_ADDRESSES]


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses that the system knows for a name. Raises `VendorUnavailable` where there is none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise VendorUnavailable("the receiver was not reached: host name not found") from None
    # One with a zone (fe80::1%eth0) is of a cable of this machine, and no URL can say it.
    return [each for each in dict.fromkeys(str(address[0]) for *_, address in found) if "%" not in each]


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").strip("[]")


def _sent_to(address: str, request: httpx.Request) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # Host among them, as the URL had it
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": _host(request.url)},
    )


def _in_words(lost: Exception) -> str:
    match lost:
        case httpx.TimeoutException():
            return "timed out"
        case httpx.ConnectError() if "CERTIFICATE" in str(lost).upper() or "SSL" in str(lost).upper():
            return "TLS failed"
        case httpx.ConnectError():
            return "connection failed"
        case _:
            return "connection lost"
