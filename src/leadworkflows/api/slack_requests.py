"""Whether a request is Slack's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from fastapi import Request
from slack_sdk.signature import Clock, SignatureVerifier

from leadworkflows.api.parts import Parts
from leadworkflows.api.problems import Problem, unauthorised
from leadworkflows.api.requests import client_address, read_body
from leadworkflows.settings import PREFIX
from leadworkflows.sources.base import SignatureRejected

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class _At(Clock):
    def __init__(self, now: datetime) -> None:
        self._now = now.timestamp()

    def now(self) -> float:
        return self._now


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raise SignatureRejected unless Slack signed this body within five minutes of `now`.

    slack_sdk compares, in constant time. What it would fail on is refused before: a time that is no
    number in ASCII, a signature or a body that is no text.
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRejected("the header x-slack-request-timestamp holds no time in seconds")
    if not _SIGNATURE.fullmatch(signature):
        raise SignatureRejected("the header x-slack-signature holds no signature such as v0=…")
    try:
        fits = SignatureVerifier(secret.strip(), _At(now)).is_valid(body, timestamp, signature)
    except ValueError:
        raise SignatureRejected("the body is no text in UTF-8") from None
    if not fits:
        raise SignatureRejected("the signature does not fit, or is more than five minutes off")


async def form_body(request: Request, parts: Parts) -> bytes | None:
    """The body of a form that Slack signed; None where it only looks whether the certificate is good.

    That question is not signed, and there is nothing to do but to answer. Raises 401, 413 and 429.
    """
    body = await read_body(request)
    if b"ssl_check=1" in body.split(b"&"):
        return None
    require_signed(request, parts, body)
    return body


def require_signed(request: Request, parts: Parts, body: bytes) -> None:
    """Raise 401 unless Slack signed the request, and 429."""
    address = client_address(request)
    try:
        _require_signature(request, parts, body)
    except Problem:
        parts.limits.check(address)
        parts.limits.count_failure(address)
        raise
    parts.limits.count_source("slack")


def _require_signature(request: Request, parts: Parts, body: bytes) -> None:
    secret = parts.deps.settings.slack_signing_secret
    if secret is None:
        raise unauthorised(f"No signing secret is set for Slack: set {PREFIX}SLACK_SIGNING_SECRET.")
    try:
        verify(secret.get_secret_value(), request.headers, body, parts.deps.clock())
    except SignatureRejected as rejected:
        raise unauthorised(f"Not accepted: {rejected}.") from None
