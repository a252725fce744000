"""`calendly`: meetings that invitees book, move, cancel and miss, and routing forms.

A moved meeting comes as two requests, `invitee.canceled` with `rescheduled` and `invitee.created` with
the new time: it is no meeting lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import Facts
from leadworkflows.sources.base import (
    Identity,
    InboundEvent,
    InboundRequest,
    PayloadRejected,
    SignatureRejected,
)
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.fields import Answer, Recognised, facts_of, identity_of, recognise
from leadworkflows.sources.freshness import require_recent
from leadworkflows.sources.intents import Intent
from leadworkflows.sources.options import WithOptions
from leadworkflows.sources.parts import moment, objects, part, text
from leadworkflows.sources.signatures import header, hex_hmac_sha256, same

TOLERANCE = timedelta(minutes=3)
"""Calendly's own sample code allows as much."""
HEADER = "calendly-webhook-signature"
_ROUTING = "routing_form_submission.created"
_MEANS = {
    "invitee.created": Intent(EventType.MEETING_BOOKED),
    "invitee.canceled": Intent(EventType.MEETING_CANCELLED),
    # Sales was there and the lead was not: an attempt, which starts the wait for an answer (T12).
    "invitee_no_show.created": Intent(EventType.CONTACT_ATTEMPTED),
    # The mark is taken back, so the meeting took place after all.
    "invitee_no_show.deleted": Intent(EventType.CONTACT_MADE),
}


class CalendlySource(WithOptions):
    """`events` maps the names of event types, such as "Product demo", to what booking one means."""

    name = "calendly"
    content_types = (JSON,)
    vendor_retries = True

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:
        """Raise `SignatureRejected` unless one `v1` fits the time and the body, three minutes around now."""
        parts = [each.strip().partition("=") for each in header(request, HEADER).split(",")]
        times = [value for name, _, value in parts if name == "t"]
        if len(times) != 1:
            raise SignatureRejected(f"{HEADER} has no time: expected t= and seconds")
        require_recent(times[0], now, TOLERANCE, name="the time of the signature")
        expected = _signature(secret, times[0], request.body)
        if not any(same(value.lower(), expected) for name, _, value in parts if name == "v1"):
            raise SignatureRejected("no v1 signature fits the body and the signing key")

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The one event of a request; none for a meeting that is moved, or for what is not about a lead."""
        body = read_object(request.body)
        kind = body.get("event")
        if not isinstance(kind, str) or not kind:
            raise PayloadRejected("event", "is missing: expected 'invitee.created' or the like")
        if kind not in _MEANS and kind != _ROUTING:
            return []
        payload = part(body, "payload")
        if kind == "invitee.canceled" and payload.get("rescheduled") is True:
            return []
        return [self._routing(body, payload) if kind == _ROUTING else self._invitee(body, payload)]

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:  # noqa: ARG002 - not signed
        """The headers with which Calendly would send this body."""
        sent_at = str(int(now.timestamp()))
        return {"content-type": JSON, HEADER: f"t={sent_at},v1={_signature(secret, sent_at, body)}"}

    def _invitee(self, body: dict[str, Any], payload: dict[str, Any]) -> InboundEvent:
        said = recognise(_answers(payload), fields=self._options.fields)
        meeting = part(payload, "scheduled_event")
        intent = self._booked(meeting) if body["event"] == "invitee.created" else _MEANS[body["event"]]
        starts_at = moment(meeting.get("start_time"), "payload.scheduled_event.start_time")
        stated: dict[str, Any] = {"starts_at": starts_at}
        if body["event"] == "invitee_no_show.created":
            stated["outcome"] = "no_show"
        said.notes |= _about(meeting, payload, starts_at)
        return _event(body, payload, intent, said, stated)

    def _routing(self, body: dict[str, Any], payload: dict[str, Any]) -> InboundEvent:
        """What a visitor answered before choosing a time."""
        said = recognise(_answers(payload), fields=self._options.fields)
        form = text(payload.get("routing_form"))
        intent = self._options.form_intent(form, _last(form), stated=said.intent)
        return _event(body, payload, intent, said, {})

    def _booked(self, meeting: dict[str, Any]) -> Intent:
        address = text(meeting.get("event_type"))
        named = (text(meeting.get("name")), address, _last(address))
        mapped = (self._options.event_intent(name) for name in named if name)
        return next(filter(None, mapped), _MEANS["invitee.created"])


def _event(
    body: dict[str, Any], payload: dict[str, Any], intent: Intent, said: Recognised, stated: dict[str, Any]
) -> InboundEvent:
    missing = "is missing: names nobody" if "email" not in payload else "is empty: names nobody"
    delivery_id = _delivery_id(body, payload)
    identity = identity_of(said, "payload.email", missing)
    return InboundEvent(
        delivery_id=delivery_id,
        type=intent.type,
        occurred_at=moment(body.get("created_at"), "created_at"),
        identity=identity,
        person=said.person,
        facts=_facts(intent, said, identity, stated),
        notes=said.notes,
    )


def _facts(intent: Intent, said: Recognised, identity: Identity, stated: dict[str, Any]) -> Facts:
    try:
        return facts_of(intent.type, said, identity, **intent.facts(), **stated)
    except ValidationError:
        raise PayloadRejected(
            "payload.scheduled_event.name",
            f"is set to mean {intent.type.value}, which needs facts that a meeting does not state: "
            "map it in EVENTS to demo, meeting_booked or the like",
        ) from None


def _answers(payload: dict[str, Any]) -> Iterator[Answer]:
    """What Calendly itself asks comes first; a question may ask for the same again."""
    for label, topic in (("email", "email"), ("first_name", "first_name"), ("last_name", "last_name")):
        yield Answer((label,), text(payload.get(label)), topic)
    yield Answer(("name",), text(payload.get("name")), "name")
    yield Answer(("timezone",), text(payload.get("timezone")), "time_zone")
    for item in objects(payload, "questions_and_answers"):
        if question := text(item.get("question")):
            yield Answer((question,), text(item.get("answer")))
    yield Answer(("text_reminder_number",), text(payload.get("text_reminder_number")), "phone")
    for name, value in part(payload, "tracking").items():
        yield Answer((name,), text(value))


def _about(meeting: dict[str, Any], payload: dict[str, Any], starts_at: datetime | None) -> dict[str, str]:
    """What a person wants to know of the meeting, beside the facts."""
    stated = {
        "meeting": text(meeting.get("name")),
        "meeting starts at": starts_at.isoformat() if starts_at else "",
        "moved from": text(payload.get("old_invitee")),
        "cancelled because": text(part(payload, "cancellation").get("reason")),
    }
    return {name: value for name, value in stated.items() if value}


def _delivery_id(body: dict[str, Any], payload: dict[str, Any]) -> str:
    """Calendly numbers no delivery; these three stay the same when it is repeated."""
    uri, created_at = text(payload.get("uri")), text(body.get("created_at"))
    for field, value in (("payload.uri", uri), ("created_at", created_at)):
        if not value:
            raise PayloadRejected(field, "is missing: a repetition could not be told")
    return f"{body['event']}:{uri}:{created_at}"


def _signature(secret: str, sent_at: str, body: bytes) -> str:
    return hex_hmac_sha256(secret, f"{sent_at}.".encode() + body)


def _last(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]
