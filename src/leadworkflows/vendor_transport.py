"""Calls through urllib: to the vendor alone, and a failed one sorted by whether the vendor can have acted."""

from __future__ import annotations

import http.client
import socket
import ssl
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, build_opener

from leadworkflows.vendor import OutcomeUnknown, VendorUnavailable

LOST: tuple[type[Exception], ...] = (OSError, http.client.HTTPException)
"""What urllib raises when no complete answer came back (HTTPError, an answer, is sorted before)."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """None: the answer that points elsewhere is the answer, an HTTPError."""


def to_the_vendor_alone() -> OpenerDirector:
    """An opener that follows no redirect.

    urllib's own would go wherever an answer points, our own network included, and take the key along.
    """
    return build_opener(_NoRedirects)


def sort_lost(vendor: str, error: Exception) -> VendorUnavailable | OutcomeUnknown:
    """The exception to raise for a call that brought no answer.

    urllib wraps in URLError only what fails while connecting or sending: the vendor never held the
    whole request. Everything that fails later, while the answer is awaited or read, may have
    reached it.
    """
    if isinstance(error, URLError):
        return VendorUnavailable(f"{vendor} was not reached: {_in_words(error.reason)}")
    return OutcomeUnknown(f"{vendor} got the request and did not answer: {_in_words(error)}")


def _in_words(error: object) -> str:
    match error:
        case TimeoutError():
            return "timed out"
        case ConnectionRefusedError():
            return "connection refused"
        case socket.gaierror():
            return "host name not found"
        case ssl.SSLError():
            return "TLS failed"
        case ConnectionError() | http.client.HTTPException():
            return "connection lost"
        case _:
            return "network error"
