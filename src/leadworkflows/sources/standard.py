"""`standard`: Standard Webhooks, and our own generic source.

The body is one event of ours, `{"events": […]}`, or `{"type", "timestamp", "data": {identity, person,
facts}}` as the specification suggests. An event's own id comes before the `webhook-id`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Self

from standardwebhooks.webhooks import Webhook

from leadworkflows.sources.base import InboundEvent, InboundRequest, SignatureRejected
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.freshness import require_recent
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.shape import read_event, read_events
from leadworkflows.sources.signatures import header, same, standard_key

TOLERANCE = timedelta(minutes=5)


class StandardSource:
    """Signed by `webhook-id`, `webhook-timestamp` and `webhook-signature`, or another prefix."""

    name = "standard"
    content_types = (JSON,)

    def __init__(self, header_prefix: str = "webhook") -> None:
        self._prefix = header_prefix

    @classmethod
    def configured(cls, options: SourceOptions) -> Self:
        """With `header_prefix` as set: `svix` for a sender that signs as Svix does."""
        return cls(options.header_prefix)

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:
        """Raise `SignatureRejected` unless one v1 signature fits and the time is within five minutes."""
        message_id = header(request, f"{self._prefix}-id")
        stamp = header(request, f"{self._prefix}-timestamp")
        require_recent(stamp, now, TOLERANCE)
        given = header(request, f"{self._prefix}-signature")
        sent_at = datetime.fromtimestamp(int(stamp), tz=UTC)
        expected = _signature(secret, message_id, sent_at, request.body)
        versioned = (part.partition(",") for part in given.split())
        if not any(same(value, expected) for version, _, value in versioned if version == "v1"):
            raise SignatureRejected("no v1 signature fits the body and the secret")

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:  # noqa: ARG002
        """The headers of a sender; the same body has the same id, as a repetition has.

        Raises `ValueError` for a secret that is none.
        """
        message_id, sent_at = f"msg_{sha256(body).hexdigest()[:24]}", now.replace(microsecond=0)
        try:
            signature = _signature(secret, message_id, sent_at, body)
        except SignatureRejected as unusable:
            raise ValueError(str(unusable)) from None
        return {
            "content-type": JSON,
            f"{self._prefix}-id": message_id,
            f"{self._prefix}-timestamp": str(int(sent_at.timestamp())),
            f"{self._prefix}-signature": f"v1,{signature}",
        }

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The events of the body. Raises `PayloadRejected`."""
        body = read_object(request.body)
        message_id = request.headers.get(f"{self._prefix}-id") or None
        if "events" in body:
            return [reading.event for reading in read_events(body["events"], message_id)]
        return [read_event(_unwrapped(body), message_id).event]


@lru_cache(maxsize=64)
def _signer(secret: str) -> Webhook:
    return Webhook(standard_key(secret))


def _signature(secret: str, message_id: str, sent_at: datetime, body: bytes) -> str:
    try:
        return _signer(secret).sign(message_id, sent_at, body.decode("utf-8")).partition(",")[2]
    except UnicodeError:
        raise SignatureRejected("the message is not UTF-8") from None


def _unwrapped(body: dict[str, Any]) -> dict[str, Any]:
    """The specification's envelope opened; our own shape as it is.

    An id in `data` names what the event is about, not the event.
    """
    data = body.get("data")
    if not isinstance(data, dict) or "identity" in body:
        return body
    when = {"occurred_at": body["timestamp"]} if "timestamp" in body else {}
    parts = {part: data[part] for part in ("identity", "person", "facts") if part in data}
    return {"type": body.get("type"), **when, **parts}
