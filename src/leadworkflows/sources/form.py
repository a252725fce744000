"""`form`: a plain HTML form, urlencoded or multipart, or the same fields as JSON. Nothing is signed.

A form's token stands in a web page for everybody to read, so a form can only report what a visitor
does; everything else comes through `POST /api/v1/events`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from pydantic_core import to_jsonable_python

from leadworkflows.domain.events import facts_model
from leadworkflows.sources.base import (
    InboundEvent,
    InboundRequest,
    PayloadRejected,
    SignatureRejected,
)
from leadworkflows.sources.bodies import JSON, MULTIPART, URLENCODED, read_form
from leadworkflows.sources.fields import Answer, identity_of, recognise
from leadworkflows.sources.intents import UNSTATED, VISITOR_TYPES, Intent, intent_of_word
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.shape import read_event, read_events
from leadworkflows.sources.signatures import same

_INTENT_FIELDS = ("intent", "form")


class FormSource:
    """A form that posts by itself. `options.id_field` names the field that makes a post unique."""

    name = "form"
    content_types = (URLENCODED, MULTIPART, JSON)
    accepts_api_keys = True
    """A key of the API, in a header, does as well as a token of the form."""

    def __init__(self, options: SourceOptions | None = None) -> None:
        self._options = options or SourceOptions()

    @classmethod
    def configured(cls, options: SourceOptions) -> Self:
        """With the honeypot, the id field and the window as set."""
        return cls(options)

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:  # noqa: ARG002 - nothing dated
        """Raise `SignatureRejected` unless the secret came as bearer, as X-API-Key or as `?token=`."""
        given = [*header_keys(request.headers), *_url_tokens(request)]
        if not any(same(key, secret.strip()) for key in given):
            raise SignatureRejected("no key: send a bearer key, X-API-Key, or the form's ?token=")

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The one event of a form post, or those of a JSON body in our own shape."""
        fields = read_form(request)
        if _lists_events(fields) or isinstance(fields.get("identity"), dict):
            bodies = fields["events"] if _lists_events(fields) else [fields]
            pairs = zip(_own_shape(fields), bodies, strict=True)
            return [self._told_apart(event, body) for event, body in pairs]
        if _text(fields.pop(self._options.honeypot, "")):
            return []
        return [self._event(fields)]

    def _event(self, fields: dict[str, Any]) -> InboundEvent:
        said = recognise(
            Answer((name,), _text(value)) for name, value in fields.items() if name not in _INTENT_FIELDS
        )
        intent = _intent(fields)
        delivery_id = _text(fields.get(self._options.id_field or "")) or None
        event = InboundEvent(
            delivery_id=delivery_id,
            type=intent.type,
            identity=identity_of(said, "email", "is missing: a form needs an email field, or anonymous_id"),
            person=said.person,
            facts=facts_model(intent.type).model_validate({**said.facts, **intent.facts()}),
            notes=said.notes,
        )
        return self._told_apart(event, fields)

    def _told_apart(self, event: InboundEvent, body: dict[str, Any]) -> InboundEvent:
        """Without an id, equal content within the window is one submission: a double click."""
        if event.delivery_id:
            return event
        window = self._options.dedupe_window
        return event.model_copy(update={"content_hash": _content_hash(body), "dedupe_window": window})


def header_keys(headers: Mapping[str, str]) -> list[str]:
    """The keys that a request carries in its headers."""
    scheme, _, bearer = headers.get("authorization", "").strip().partition(" ")
    bearer = bearer.strip() if scheme.lower() == "bearer" else ""
    return [key for key in (bearer, headers.get("x-api-key", "").strip()) if key]


def _url_tokens(request: InboundRequest) -> list[str]:
    try:
        return parse_qs(urlsplit(request.url).query).get("token", [])
    except ValueError:
        return []


def _content_hash(body: Mapping[str, Any]) -> str:
    """The same for the same content, whatever the order of its fields."""
    return sha256(json.dumps(to_jsonable_python(body), sort_keys=True).encode()).hexdigest()


def _lists_events(body: Mapping[str, Any]) -> bool:
    """A text under that name is an answer: a form may ask which events somebody comes to."""
    return isinstance(body.get("events"), list | dict)


def _own_shape(body: dict[str, Any]) -> list[InboundEvent]:
    readings = read_events(body["events"]) if _lists_events(body) else [read_event(body)]
    for reading in readings:
        if reading.event.type not in VISITOR_TYPES:
            problem = f"a form cannot report {reading.event.type.value}: post it to /api/v1/events with a key"
            raise PayloadRejected("type", problem)
    return [reading.event for reading in readings]


def _intent(fields: dict[str, Any]) -> Intent:
    words = (_text(fields.get(name)) for name in _INTENT_FIELDS)
    return next((intent for word in words if (intent := intent_of_word(word))), UNSTATED)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    return str(value).strip() if isinstance(value, str | int | float) else ""
