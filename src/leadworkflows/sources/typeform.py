"""`typeform`: a response to a form, signed over its body.

Nothing signed carries a time, so a replay verifies for ever: the response's token, or else the
event's id, makes it a duplicate.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from leadworkflows.sources.base import (
    InboundEvent,
    InboundRequest,
    PayloadRejected,
    SignatureRejected,
)
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.fields import Answer, event_of, identity_of, recognise
from leadworkflows.sources.options import WithOptions
from leadworkflows.sources.parts import moment, objects, part, text
from leadworkflows.sources.signatures import base64_hmac_sha256, header, same

_SIGNATURE = "typeform-signature"
_TOPICS = {"email": "email", "phone_number": "phone"}


class TypeformSource(WithOptions):
    """`forms` maps form ids to intents; without it the hidden field `intent` or the title tells."""

    name = "typeform"
    content_types = (JSON,)
    vendor_retries = True

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:  # noqa: ARG002 - nothing dated
        """Raise `SignatureRejected` unless `Typeform-Signature` fits the body."""
        if not same(header(request, _SIGNATURE), _signature(request.body, secret)):
            raise SignatureRejected("the signature does not fit the body and the secret")

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:  # noqa: ARG002
        """The headers that Typeform would send."""
        return {_SIGNATURE: _signature(body, secret), "content-type": JSON}

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The one event of a response; none for a partial response or another kind of event."""
        body = read_object(request.body)
        if body.get("event_type") != "form_response":
            if isinstance(body.get("event_type"), str):
                return []
            raise PayloadRejected("event_type", "is missing: expected 'form_response'")
        response = part(body, "form_response")
        if not response:
            raise PayloadRejected("form_response", "is not an object")
        return [self._event(body, response)]

    def _event(self, body: dict[str, Any], response: dict[str, Any]) -> InboundEvent:
        hidden = (Answer((name,), text(value)) for name, value in part(response, "hidden").items())
        said = recognise([*_answers(response), *hidden], fields=self._options.fields)
        title = text(part(response, "definition").get("title"))
        intent = self._options.form_intent(
            text(response.get("form_id")), title, stated=said.intent, title=title
        )
        missing = "names nobody: no e-mail answer, no hidden email"
        return event_of(
            intent,
            said,
            identity_of(said, "form_response.answers", missing),
            delivery_id=_delivery_id(body, response),
            occurred_at=moment(response.get("submitted_at"), "form_response.submitted_at"),
        )


def _signature(body: bytes, secret: str) -> str:
    return f"sha256={base64_hmac_sha256(secret, body)}"


def _answers(response: dict[str, Any]) -> Iterator[Answer]:
    """Each answer under its field's ref and title; old payloads have only the id to join by."""
    fields = {text(field.get("id")): field for field in objects(part(response, "definition"), "fields")}
    for answer in objects(response, "answers"):
        field = part(answer, "field")
        defined = fields.get(text(field.get("id")), {})
        labels = (field.get("ref"), defined.get("ref"), defined.get("title"))
        named = tuple(dict.fromkeys(text(label) for label in labels if text(label)))
        yield Answer(named, _value(answer), _TOPICS.get(text(answer.get("type"))))


def _value(answer: dict[str, Any]) -> str:
    kind = text(answer.get("type"))
    value = answer.get(kind)
    if isinstance(value, dict):
        labels = value.get("labels")
        chosen = labels if isinstance(labels, list) else [value.get("label")]
        return ", ".join(filter(None, map(text, [*chosen, value.get("other")])))
    return text(value)


def _delivery_id(body: dict[str, Any], response: dict[str, Any]) -> str:
    found = text(response.get("token")) or text(body.get("event_id"))
    if not found:
        raise PayloadRejected(
            "form_response.token", "is missing, and so is event_id: a replay could not be told"
        )
    return found
