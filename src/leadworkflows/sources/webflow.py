"""`webflow`: a submitted form of a Webflow site, signed over its time and body."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from leadworkflows.sources.base import InboundEvent, InboundRequest, PayloadRejected, SignatureRejected
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.fields import Answer, event_of, identity_of, recognise
from leadworkflows.sources.freshness import MILLISECONDS, require_recent
from leadworkflows.sources.options import WithOptions
from leadworkflows.sources.parts import moment, part, text
from leadworkflows.sources.signatures import header, hex_hmac_sha256, same

TOLERANCE = timedelta(minutes=5)
"""As Webflow recommends."""
_SIGNATURE, _TIMESTAMP = "x-webflow-signature", "x-webflow-timestamp"


class WebflowSource(WithOptions):
    """`forms` maps form ids or names to intents; `fields` says what a field is whose name does not."""

    name = "webflow"
    content_types = (JSON,)
    vendor_retries = True

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:
        """Raise `SignatureRejected` unless the signature fits, and its time is within five minutes."""
        given, stamp = header(request, _SIGNATURE), header(request, _TIMESTAMP)
        require_recent(stamp, now, TOLERANCE, MILLISECONDS)
        if not same(given.lower(), _signature(secret, stamp, request.body)):
            raise SignatureRejected("the signature does not fit the timestamp, the body and the secret")

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:  # noqa: ARG002
        """The headers that Webflow would send."""
        stamp = str(int(now.timestamp() * MILLISECONDS))
        return {_TIMESTAMP: stamp, _SIGNATURE: _signature(secret, stamp, body), "content-type": JSON}

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The one event of a submission; none for another trigger, such as a published site."""
        body = read_object(request.body)
        if "triggerType" not in body and isinstance(body.get("data"), dict):
            return [self._event(body, "", request.body)]  # the API's first version has no envelope
        trigger = text(body.get("triggerType"))
        if not trigger:
            raise PayloadRejected("triggerType", "is missing: expected 'form_submission'")
        if trigger != "form_submission":
            return []
        if not isinstance(body.get("payload"), dict):
            raise PayloadRejected("payload", "is not an object")
        return [self._event(body["payload"], "payload.", request.body)]

    def _event(self, submission: dict[str, Any], prefix: str, raw: bytes) -> InboundEvent:
        said = recognise(_answers(part(submission, "data")), fields=self._options.fields)
        names = [text(submission.get(name)) for name in ("formId", "name", "formElementId")]
        intent = self._options.form_intent(*names, stated=said.intent, title=names[1])
        submitted = "submittedAt" if "submittedAt" in submission else "d"
        event = event_of(
            intent,
            said,
            identity_of(said, f"{prefix}data", "names nobody: no field for an e-mail address"),
            delivery_id=text(submission.get("id")) or text(submission.get("_id")) or None,
            occurred_at=moment(submission.get(submitted), f"{prefix}{submitted}"),
        )
        return event if event.delivery_id else self._told_apart(event, sha256(raw).hexdigest())

    def _told_apart(self, event: InboundEvent, digest: str) -> InboundEvent:
        """Without an id, the same body is the same submission; within the window where it has no date."""
        window = self._options.dedupe_window
        dated = {"delivery_id": digest} if event.occurred_at else None
        return event.model_copy(update=dated or {"content_hash": digest, "dedupe_window": window})


def _signature(secret: str, stamp: str, body: bytes) -> str:
    return hex_hmac_sha256(secret, f"{stamp}:".encode() + body)


def _answers(data: dict[str, Any]) -> Iterator[Answer]:
    for name, value in data.items():
        several = value if isinstance(value, list) else [value]
        yield Answer((name,), ", ".join(filter(None, map(text, several))))
