"""`typeform`: a response to a form, signed over its body.

Nothing signed carries a time, so a replay verifies for ever: the response's token, or else the
event's id, makes it a duplicate.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from leadworkflows.domain.events import facts_model
from leadworkflows.sources.base import (
    InboundEvent,
    InboundRequest,
    PayloadRejected,
    SignatureRejected,
)
from leadworkflows.sources.bodies import read_object
from leadworkflows.sources.fields import Answer, identity_of, recognise
from leadworkflows.sources.intents import UNSTATED, Intent, intent_of_title, intent_of_word
from leadworkflows.sources.moments import Moment
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.signatures import base64_hmac_sha256, header, same

_TOPICS = {"email": "email", "phone_number": "phone"}
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


class TypeformSource:
    """`forms` maps form ids to intents; without it the hidden field `intent` or the title tells."""

    name = "typeform"
    content_types = ("application/json",)

    def __init__(self, forms: dict[str, str] | None = None) -> None:
        self._forms = forms or {}

    @classmethod
    def configured(cls, options: SourceOptions) -> Self:
        """With the map of form ids as set."""
        return cls(options.forms)

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:  # noqa: ARG002 - nothing dated
        """Raise `SignatureRejected` unless `Typeform-Signature` fits the body."""
        given = header(request, "typeform-signature")
        expected = base64_hmac_sha256(secret.strip().encode(), request.body)
        if not same(given, f"sha256={expected}"):
            raise SignatureRejected("the signature does not fit the body and the secret")

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The one event of a response; none for a partial response or another kind of event."""
        body = read_object(request.body)
        if body.get("event_type") != "form_response":
            if isinstance(body.get("event_type"), str):
                return []
            raise PayloadRejected("event_type", "is missing: expected 'form_response'")
        response = _part(body, "form_response")
        if not response:
            raise PayloadRejected("form_response", "is not an object")
        return [self._event(body, response)]

    def _event(self, body: dict[str, Any], response: dict[str, Any]) -> InboundEvent:
        hidden = _part(response, "hidden")
        said = recognise([*_answers(response), *_hidden_answers(hidden)])
        intent = self._intent(response, hidden)
        facts = {**said.facts, **intent.facts()}
        return InboundEvent(
            delivery_id=_delivery_id(body, response),
            type=intent.type,
            occurred_at=_submitted_at(response),
            identity=identity_of(
                said, "form_response.answers", "names nobody: no e-mail answer, no hidden email"
            ),
            person=said.person,
            facts=facts_model(intent.type).model_validate(facts),
            notes=said.notes,
        )

    def _intent(self, response: dict[str, Any], hidden: dict[str, Any]) -> Intent:
        mapped = self._forms.get(_text(response.get("form_id")))
        title = _text(_part(response, "definition").get("title"))
        return (
            (mapped and intent_of_word(mapped))
            or intent_of_word(_text(hidden.get("intent")))
            or intent_of_title(title)
            or UNSTATED
        )


def _answers(response: dict[str, Any]) -> Iterator[Answer]:
    """Each answer under its field's ref and title; old payloads have only the id to join by."""
    fields = {_text(field.get("id")): field for field in _objects(_part(response, "definition"), "fields")}
    for answer in _objects(response, "answers"):
        field = _part(answer, "field")
        defined = fields.get(_text(field.get("id")), {})
        labels = (field.get("ref"), defined.get("ref"), defined.get("title"))
        named = tuple(dict.fromkeys(_text(label) for label in labels if _text(label)))
        yield Answer(named, _value(answer), _TOPICS.get(_text(answer.get("type"))))


def _hidden_answers(hidden: dict[str, Any]) -> Iterator[Answer]:
    return (Answer((name,), _text(value)) for name, value in hidden.items() if name != "intent")


def _value(answer: dict[str, Any]) -> str:
    kind = _text(answer.get("type"))
    value = answer.get(kind)
    if isinstance(value, dict):
        labels = value.get("labels")
        chosen = labels if isinstance(labels, list) else [value.get("label")]
        return ", ".join(filter(None, map(_text, [*chosen, value.get("other")])))
    return _text(value)


def _delivery_id(body: dict[str, Any], response: dict[str, Any]) -> str:
    found = _text(response.get("token")) or _text(body.get("event_id"))
    if not found:
        raise PayloadRejected(
            "form_response.token", "is missing, and so is event_id: a replay could not be told"
        )
    return found


def _submitted_at(response: dict[str, Any]) -> datetime | None:
    if not (stated := _text(response.get("submitted_at"))):
        return None
    try:
        return _MOMENT.validate_python(stated)
    except ValidationError:
        raise PayloadRejected("form_response.submitted_at", "is not a time with its offset") from None


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def _objects(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = data.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip() if isinstance(value, str | int | float) else ""
