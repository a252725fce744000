"""`tally`: a response to a Tally form, signed over its body.

Nothing signed carries a time, so a replay verifies for ever: the id of the response makes it a duplicate.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from leadworkflows.sources.base import InboundEvent, InboundRequest, PayloadRejected, SignatureRejected
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.fields import Answer, event_of, identity_of, recognise
from leadworkflows.sources.options import WithOptions
from leadworkflows.sources.parts import moment, objects, text
from leadworkflows.sources.signatures import base64_hmac_sha256, header, same

_SIGNATURE = "tally-signature"
_TOPICS = {"INPUT_EMAIL": "email", "INPUT_PHONE_NUMBER": "phone"}
_FILES = frozenset({"FILE_UPLOAD", "SIGNATURE"})


class TallySource(WithOptions):
    """`forms` maps form ids or names to intents; `fields` says what a question is whose label does not."""

    name = "tally"
    content_types = (JSON,)
    vendor_retries = True

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:  # noqa: ARG002 - nothing dated
        """Raise `SignatureRejected` unless `Tally-Signature` fits the body."""
        if not same(header(request, _SIGNATURE), base64_hmac_sha256(secret, request.body)):
            raise SignatureRejected("the signature does not fit the body and the secret")

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:  # noqa: ARG002
        """The headers that Tally would send."""
        return {_SIGNATURE: base64_hmac_sha256(secret, body), "content-type": JSON}

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The one event of a response; none for another kind of event."""
        body = read_object(request.body)
        kind = text(body.get("eventType"))
        if not kind:
            raise PayloadRejected("eventType", "is missing: expected 'FORM_RESPONSE'")
        if kind != "FORM_RESPONSE":
            return []
        if not isinstance(body.get("data"), dict):
            raise PayloadRejected("data", "is not an object")
        return [self._event(body, body["data"])]

    def _event(self, body: dict[str, Any], response: dict[str, Any]) -> InboundEvent:
        said = recognise(_answers(response), fields=self._options.fields)
        title = text(response.get("formName"))
        intent = self._options.form_intent(
            text(response.get("formId")), title, stated=said.intent, title=title
        )
        return event_of(
            intent,
            said,
            identity_of(said, "data.fields", "names nobody: no answer holds an e-mail address"),
            delivery_id=_delivery_id(body, response),
            occurred_at=_submitted_at(body, response),
        )


def _answers(response: dict[str, Any]) -> Iterator[Answer]:
    """Each answer under its question; a hidden field is a question that is answered by the link."""
    for field in objects(response, "fields"):
        kind = text(field.get("type"))
        if kind in _FILES or (kind == "CHECKBOXES" and isinstance(field.get("value"), bool)):
            continue  # ticked boxes come as one list, and once more each as yes or no
        labels = (text(field.get("label")), text(field.get("key")))
        yield Answer(tuple(filter(None, labels)), _value(field), _TOPICS.get(kind))


def _value(field: dict[str, Any]) -> str:
    """What was chosen comes as ids of options; the texts stand beside."""
    value = field.get("value")
    if isinstance(value, dict):
        return _matrix(field, value)
    options = _texts(field, "options")
    chosen = map(text, value if isinstance(value, list) else [value])
    return ", ".join(filter(None, (options.get(choice, choice) for choice in chosen)))


def _matrix(field: dict[str, Any], value: dict[str, Any]) -> str:
    rows, columns = _texts(field, "rows"), _texts(field, "columns")
    lines = []
    for row, chosen in value.items():
        picked = map(text, chosen if isinstance(chosen, list) else [chosen])
        lines.append(f"{rows.get(row, row)}: {', '.join(columns.get(column, column) for column in picked)}")
    return "; ".join(lines)


def _texts(field: dict[str, Any], name: str) -> dict[str, str]:
    return {text(option.get("id")): text(option.get("text")) for option in objects(field, name)}


def _delivery_id(body: dict[str, Any], response: dict[str, Any]) -> str:
    """The response's own id: an event sent once more by hand has a new `eventId` for the same response."""
    stated = (response.get("responseId"), response.get("submissionId"), body.get("eventId"))
    found = next(filter(None, map(text, stated)), None)
    if found is None:
        raise PayloadRejected("data.responseId", "is missing, and so is eventId: a replay could not be told")
    return found


def _submitted_at(body: dict[str, Any], response: dict[str, Any]) -> datetime | None:
    answered = moment(response.get("createdAt"), "data.createdAt")
    return answered or moment(body.get("createdAt"), "createdAt")
