"""Sorts a failed HTTP call by the one question that matters: whether the vendor can have acted."""

from __future__ import annotations

import http.client
import socket
import ssl
from urllib.error import URLError

from leadworkflows.vendor import OutcomeUnknown, VendorUnavailable

LOST: tuple[type[Exception], ...] = (OSError, http.client.HTTPException)
"""What urllib raises when no complete answer came back (HTTPError, an answer, is sorted before)."""


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
