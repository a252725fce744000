"""`sendgrid`: what became of the mails that we sent, by SendGrid's signed event webhook.

A batch holds events of many people, so one that cannot be read costs none of the others: it is named in
the notes of the first event that can. Only a batch of which nothing can be taken is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter, ValidationError

from leadworkflows.domain.events import EventType, facts_model
from leadworkflows.domain.facts import ActionKey, Word
from leadworkflows.sources.base import (
    Identity,
    InboundEvent,
    InboundRequest,
    PayloadRejected,
    SignatureRejected,
)
from leadworkflows.sources.bodies import JSON, read_json
from leadworkflows.sources.freshness import SECONDS, require_recent
from leadworkflows.sources.identity import EmailInvalid, normalise_email
from leadworkflows.sources.parts import since_1970, text
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected
from leadworkflows.sources.sendgrid_keys import fits, signature_of
from leadworkflows.sources.sendgrid_machines import Touch, by_machines
from leadworkflows.sources.signatures import header

TOLERANCE = timedelta(minutes=10)
"""Ours: SendGrid documents none, and collects events for half a minute before it signs them."""
_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# The custom_args that every mail of ours carries (activities/sendgrid.py); they come back at top level.
_MESSAGE_KEY, _CONTENT = "message_key", "content"
_KEYS_OF_OURS = "lead:"
_KEYS_OF_REPORTS = "report:"
"""Mails to colleagues: what becomes of them says nothing about a lead."""
_WAYS_OUT = ("/unsubscribe/", "/preferences/")

_TYPES = {
    "delivered": EventType.EMAIL_DELIVERED,
    "open": EventType.EMAIL_OPENED,
    "click": EventType.EMAIL_CLICKED,
    "spamreport": EventType.EMAIL_SPAM_REPORTED,
    "unsubscribe": EventType.UNSUBSCRIBED,
    "group_unsubscribe": EventType.UNSUBSCRIBED,
}
_DROPPED = {
    "bounced address": EventType.EMAIL_BOUNCED,
    "invalid": EventType.EMAIL_BOUNCED,
    "unsubscribed address": EventType.UNSUBSCRIBED,
    "spam reporting address": EventType.EMAIL_SPAM_REPORTED,
}
"""What SendGrid knows of an address that it does not even try; other reasons are about the mail."""
_MOST_PROBLEMS = 100
_UNTOLD = datetime(1970, 1, 1, tzinfo=UTC)
_LOOKS = frozenset({EventType.EMAIL_OPENED, EventType.EMAIL_CLICKED})
_WORD: TypeAdapter[str] = TypeAdapter(Word)
_KEY: TypeAdapter[str] = TypeAdapter(ActionKey)


class SendGridEventsSource:
    """The secret is a public key: SendGrid signs with the private one."""

    name = "sendgrid"
    content_types = (JSON,)
    vendor_retries = True

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:
        """Raise `SignatureRejected` unless the signature fits and its time is within ten minutes."""
        signature, stamp = header(request, _SIGNATURE), header(request, _TIMESTAMP)
        require_recent(stamp, now, TOLERANCE)
        if not fits(secret, signature, stamp.encode() + request.body):
            raise SignatureRejected("the signature does not fit the timestamp, the body and the public key")

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:  # noqa: ARG002
        """The headers that SendGrid would send. Raises `ValueError` unless the secret is a private key."""
        stamp = str(int(now.timestamp()))
        signature = signature_of(secret, stamp.encode() + body)
        return {_TIMESTAMP: stamp, _SIGNATURE: signature, "content-type": JSON}

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The events that say something about a lead. Raises `PayloadRejected` where nothing can be taken."""
        batch = read_json(request.body)
        if not isinstance(batch, list):
            raise PayloadRejected("body", "is not a list: SendGrid sends its events as [{…}, …]")
        events, problems = _sorted_out(batch)
        if problems and not events:
            raise FieldsRejected(problems)
        if problems:
            left_out = [f"{found.field} {found.problem}" for found in problems]
            events[0] = events[0].model_copy(update={"notes": {**events[0].notes, "left out": left_out}})
        return events


def _sorted_out(batch: list[Any]) -> tuple[list[InboundEvent], list[FieldProblem]]:
    events: list[InboundEvent] = []
    problems: list[FieldProblem] = []
    touches = {place: touch for place, item in enumerate(batch) if (touch := _touch(place, item))}
    machines = by_machines(list(touches.values()))
    for place, item in enumerate(batch):
        try:
            found = _event(item, machine=touches.get(place) in machines)
        except PayloadRejected as wrong:
            if len(problems) < _MOST_PROBLEMS:
                field = f"[{place}].{wrong.field}" if wrong.field else f"[{place}]"
                problems.append(FieldProblem(field, wrong.problem, "send it as SendGrid documents it"))
        else:
            events += [found] if found else []
    return events, problems


def _touch(place: int, item: Any) -> Touch | None:
    """What shows a machine at work; None for what is no event, which is complained of elsewhere."""
    if not isinstance(item, dict):
        return None
    at = since_1970(item.get("timestamp"), SECONDS)
    mail = _key_of_ours(item) or text(item.get("sg_message_id"))
    return Touch(
        # What does not say of which mail and when it was is compared with nothing.
        mail=mail if mail and at else f"only {place}",
        event=text(item.get("event")),
        at=at or _UNTOLD,
        link=text(item.get("url")),
        agent=text(item.get("useragent")),
        says_machine=item.get("sg_machine_open") is True,
    )


def _event(item: Any, *, machine: bool) -> InboundEvent | None:
    if not isinstance(item, dict):
        raise PayloadRejected("", "is not an object")
    kind = _type(item)
    if kind is None:
        return None
    key = _key_of_ours(item)
    marked = {"machine": True} if machine and kind in _LOOKS else {}
    content = _taken(_WORD, item.get(_CONTENT)) if key else None
    reason = text(item.get("reason"))
    return InboundEvent(
        delivery_id=_delivery_id(item, key),
        type=kind,
        occurred_at=_happened_at(item),
        identity=Identity(email=_email(item)),
        facts=facts_model(kind).model_validate({"content": content, "key": key, **marked}),
        notes={"reason": reason} if reason else {},
    )


def _type(item: dict[str, Any]) -> EventType | None:
    """None for what says nothing about a lead: the mail's way."""
    event = text(item.get("event"))
    if not event:
        raise PayloadRejected("event", "is missing")
    if text(item.get(_MESSAGE_KEY)).startswith(_KEYS_OF_REPORTS):
        return None
    if event == "click" and any(page in text(item.get("url")) for page in _WAYS_OUT):
        return None  # who looks for the way out shows no interest; the page itself reports the rest
    if event == "bounce":
        hard = text(item.get("type")) in {"", "bounce"}  # "blocked" is about this mail or this hour
        return EventType.EMAIL_BOUNCED if hard else None
    if event == "dropped":
        return _DROPPED.get(text(item.get("reason")).lower())
    return _TYPES.get(event)


def _delivery_id(item: dict[str, Any], key: str | None) -> str:
    """What stays the same when SendGrid repeats itself, as some users' `sg_event_id` does not."""
    mail, second = key or text(item.get("sg_message_id")), text(item.get("timestamp"))
    if mail and second:
        link = text(item.get("url"))
        clicked = [sha256(link.encode()).hexdigest()[:16]] if link else []
        return ":".join([mail, text(item.get("event")), second, *clicked])
    if stated := text(item.get("sg_event_id")):
        return stated
    raise PayloadRejected("sg_event_id", "is missing, and so is what else would tell a repetition")


def _happened_at(item: dict[str, Any]) -> datetime | None:
    stated = item.get("timestamp")
    if stated is None:
        return None
    happened_at = since_1970(stated, SECONDS)
    if happened_at is None:
        raise PayloadRejected("timestamp", "is not a number of seconds since 1970")
    return happened_at


def _email(item: dict[str, Any]) -> str:
    try:
        return normalise_email(text(item.get("email")))
    except EmailInvalid as invalid:
        raise PayloadRejected("email", str(invalid)) from None


def _key_of_ours(item: dict[str, Any]) -> str | None:
    """Another sender's key may be the same for all that it writes to, and would make them one delivery."""
    found = _taken(_KEY, item.get(_MESSAGE_KEY))
    return found if found and found.startswith(_KEYS_OF_OURS) else None


def _taken(reader: TypeAdapter[str], value: Any) -> str | None:
    """Custom arguments of other senders may hold anything."""
    try:
        return reader.validate_python(value)
    except ValidationError:
        return None
