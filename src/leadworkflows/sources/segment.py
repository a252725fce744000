"""`segment`: people and what they do, as Segment's webhook destination sends them.

Nothing signed carries a time, so a replay verifies for ever: the `messageId` makes it a duplicate.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha1
from typing import Any

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import (
    Identity,
    InboundEvent,
    InboundRequest,
    PayloadRejected,
    Person,
    SignatureRejected,
)
from leadworkflows.sources.bodies import JSON, read_json
from leadworkflows.sources.fields import facts_of
from leadworkflows.sources.options import WithOptions
from leadworkflows.sources.parts import moment, text
from leadworkflows.sources.segment_events import page_word, tracked
from leadworkflows.sources.segment_people import alias_identity, identity_of, said_by
from leadworkflows.sources.signatures import header, key_of, same

_SIGNATURE = "x-signature"


class SegmentSource(WithOptions):
    """`events` maps the names of track calls, `pages` the names and paths of pages."""

    name = "segment"
    content_types = (JSON,)
    vendor_retries = True

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:  # noqa: ARG002 - nothing dated
        """Raise `SignatureRejected` unless `X-Signature` fits the body, or the first event of a batch."""
        given = header(request, _SIGNATURE).lower()
        if not any(same(given, _signature(secret, signed)) for signed in _signed(request.body)):
            raise SignatureRejected("the signature does not fit the body and the secret")

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:  # noqa: ARG002
        """The headers that Segment would send."""
        *_, signed = _signed(body)
        return {_SIGNATURE: _signature(secret, signed), "content-type": JSON}

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The one event of a call; none for a track call that means nothing to us."""
        message = _message(read_json(request.body))
        kind = text(message.get("type"))
        if not kind:
            raise PayloadRejected(
                "type", "is missing: expected identify, track, page, screen, group or alias"
            )
        if kind == "alias":
            identity = alias_identity(message)
            return [_event(message, EventType.FACTS_UPDATED, identity)] if identity else []
        meaning = self._meaning(kind, message)
        if meaning is None:
            return []
        said = said_by(message, kind, self._options.fields)
        event_type, facts = meaning
        identity = identity_of(message, said)
        event = _event(message, event_type, identity, said.person)
        known = facts_of(event_type, said, identity, **facts)
        return [event.model_copy(update={"facts": known, "notes": said.notes})]

    def _meaning(self, kind: str, message: dict[str, Any]) -> tuple[EventType, dict[str, Any]] | None:
        if kind in {"identify", "group"}:
            return EventType.FACTS_UPDATED, {}
        if kind in {"page", "screen"}:
            return EventType.PAGE_VIEWED, {"page": page_word(message, self._options)}
        return tracked(message, self._options) if kind == "track" else None


def _event(
    message: dict[str, Any], event_type: EventType, identity: Identity, person: Person | None = None
) -> InboundEvent:
    delivery_id = text(message.get("messageId"))
    if not delivery_id:
        raise PayloadRejected("messageId", "is missing: a replay could not be told")
    return InboundEvent(
        delivery_id=delivery_id,
        type=event_type,
        occurred_at=moment(message.get("timestamp"), "timestamp"),
        identity=identity,
        person=person or Person(),
    )


def _message(body: Any) -> dict[str, Any]:
    """The one call of the body. Of several in a batch, nobody vouches for any but the first."""
    if isinstance(body, list) and len(body) > 1:
        raise PayloadRejected(
            "body",
            f"is a batch of {len(body)} calls, of which Segment signs the first alone: switch batching off",
        )
    if isinstance(body, list):
        body = body[0] if body else None
    if not isinstance(body, dict):
        raise PayloadRejected("body", "is not an object: expected one call of Segment's as {…}")
    return body


def _signature(secret: str, signed: bytes) -> str:
    return hmac.new(key_of(secret), signed, sha1).hexdigest()


def _signed(body: bytes) -> Iterator[bytes]:
    """What a signature may cover: the body, or of a batch its first call, in the very bytes that were sent.

    https://github.com/segmentio/action-destinations, the webhook destination's tests.
    """
    yield body
    if not body.startswith(b"["):
        return
    try:
        batch = body.decode("utf-8")
        _, end = json.JSONDecoder().raw_decode(batch, 1)
    except (ValueError, RecursionError):
        return
    yield batch[1:end].encode("utf-8")
