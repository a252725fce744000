"""`form`: a plain HTML form, urlencoded or multipart, or the same fields as JSON. Nothing is signed.

A form's token stands in a web page for everybody to read, so a form can only report what a visitor
does; everything else comes through `POST /api/v1/events`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic_core import to_jsonable_python

from leadworkflows.sources.base import (
    InboundEvent,
    InboundRequest,
    PayloadRejected,
    SignatureRejected,
)
from leadworkflows.sources.bodies import JSON, MULTIPART, URLENCODED, read_form
from leadworkflows.sources.fields import Answer, consent_of, event_of, identity_of, recognise
from leadworkflows.sources.intents import VISITOR_TYPES, Intent, intent_of_word
from leadworkflows.sources.options import WithOptions
from leadworkflows.sources.parts import text
from leadworkflows.sources.rejections import field_path
from leadworkflows.sources.shape import read_event, read_events
from leadworkflows.sources.signatures import same
from leadworkflows.sources.topics import field_key

_FORM_FIELDS = ("form", "form_id")
"""Fields that name the form; `form` may be a word itself, an id is looked up in `FORMS` alone."""


class FormSource(WithOptions):
    """A form that posts by itself. `options.id_field` names the field that makes a post unique."""

    name = "form"
    content_types = (URLENCODED, MULTIPART, JSON)
    accepts_api_keys = True
    """A key of the API, in a header, does as well as a token of the form."""

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:  # noqa: ARG002 - nothing dated
        """Raise `SignatureRejected` unless the secret came as bearer, as X-API-Key or as `?token=`."""
        given = [*header_keys(request.headers), *_url_tokens(request)]
        if not any(same(key, secret.strip()) for key in given):
            raise SignatureRejected("no key: send a bearer key, X-API-Key, or the form's ?token=")

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:  # noqa: ARG002
        """The headers of a form that sends its token as a bearer; no other part of it is signed."""
        return {"content-type": URLENCODED, "authorization": f"Bearer {secret.strip()}"}

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The event of a form post, and of the consent given with it, or those of a body in our own shape."""
        fields = read_form(request)
        if _lists_events(fields) or isinstance(fields.get("identity"), dict):
            bodies = fields["events"] if _lists_events(fields) else [fields]
            pairs = zip(_own_shape(fields), bodies, strict=True)
            return [self._told_apart(event, body) for event, body in pairs]
        if _text(fields.pop(self._options.honeypot, "")):
            return []
        return self._events(fields)

    def _events(self, fields: dict[str, Any]) -> list[InboundEvent]:
        said = recognise(
            (Answer((name,), _text(value)) for name, value in fields.items() if not self._names_form(name)),
            fields=self._options.fields,
        )
        intent = self._intent(fields, said.intent)
        identity = identity_of(said, "email", "is missing: a form needs an email field, or anonymous_id")
        delivery_id = _text(fields.get(self._options.id_field or "")) or None
        event = self._told_apart(event_of(intent, said, identity, delivery_id=delivery_id), fields)
        return [event, *consent_of(event, said)]

    def _names_form(self, name: str) -> bool:
        return name in _FORM_FIELDS and field_key(name) not in self._options.fields

    def _intent(self, fields: dict[str, Any], stated: str | None) -> Intent:
        """`FORMS` first, then the field `intent`, then `form`."""
        named = [_text(fields[name]) for name in _FORM_FIELDS if name in fields and self._names_form(name)]
        form = _text(fields.get("form")) if self._names_form("form") else ""
        word = next((said for said in (stated, form) if said and intent_of_word(said)), None)
        return self._options.form_intent(stated or "", *named, stated=word)

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
    if not _lists_events(body):
        return [_public(read_event(body).event, ())]
    events = [reading.event for reading in read_events(body["events"])]
    return [_public(event, ("events", index)) for index, event in enumerate(events)]


def _public(event: InboundEvent, at: tuple[str | int, ...]) -> InboundEvent:
    """What anybody may claim. A vendor's id would merge leads, so that a stranger must not state one."""
    elsewhere = "post it to /api/v1/events with a key"
    if event.type not in VISITOR_TYPES:
        raise PayloadRejected(
            field_path([*at, "type"]), f"a form cannot report {event.type.value}: {elsewhere}"
        )
    if event.identity.vendor_ids:
        raise PayloadRejected(
            field_path([*at, "identity", "vendor_ids"]), f"a form cannot state a vendor's ids: {elsewhere}"
        )
    return event


def _text(value: Any) -> str:
    return ", ".join(filter(None, map(_text, value))) if isinstance(value, list) else text(value)
