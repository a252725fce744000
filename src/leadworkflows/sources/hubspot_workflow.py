"""A workflow's webhook: the whole contact, or a body that a user composed of its properties.

The contact comes as HubSpot's older contacts API shows it. Nothing in it names a happening but the
latest form submission, where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import Identity, InboundEvent, InboundRequest, PayloadRejected
from leadworkflows.sources.fields import Recognised, event_of
from leadworkflows.sources.hubspot_properties import recognise_keys, recognise_properties, valid_email
from leadworkflows.sources.hubspot_values import contact_key, moment, number, opaque
from leadworkflows.sources.identity import visitor_id
from leadworkflows.sources.intents import UNSTATED, Intent, intent_of_title, intent_of_word
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.parts import objects, part, text

RETRIED_FOR = timedelta(days=4)
"""HubSpot repeats a workflow's webhook for up to three days."""
MOST_MERGED = 250
"""HubSpot merges no more contacts into one."""
_NOT_A_FORM = Intent(EventType.FACTS_UPDATED)
_SUBMITTED = "recent_conversion_date"
_FORM = "recent_conversion_event_name"


def read_contact(
    request: InboundRequest, record: dict[str, Any], options: SourceOptions
) -> list[InboundEvent]:
    """The one event of a workflow's webhook. Raises `PayloadRejected`."""
    if "vid" in record or isinstance(record.get("properties"), dict):
        return [_of_record(request, record, options)]
    return [_of_keys(request, record, options)]


def _of_record(request: InboundRequest, record: dict[str, Any], options: SourceOptions) -> InboundEvent:
    properties = {name: _value(stated) for name, stated in part(record, "properties").items()}
    said = recognise_properties(properties, options.fields)
    said.email = said.email or next(_identities(record, "EMAIL"), None)
    identity = _identity(record, said)
    submission = max(objects(record, "form-submissions"), key=_submitted, default={})
    meant = _stated_in_address(request.url)
    intent = _intent(submission, meant, said.intent, options)
    return event_of(
        intent,
        said,
        identity,
        occurred_at=moment(submission.get("timestamp")),
        delivery_id=_delivery_id(request, record, submission, meant),
    )


def _of_keys(request: InboundRequest, keys: dict[str, Any], options: SourceOptions) -> InboundEvent:
    """Whoever composes the body names its keys; a key that says when makes each submission unique."""
    stated = {name: text(value) for name, value in keys.items() if not isinstance(value, dict | list)}
    said = recognise_keys(stated, options.fields)
    identity = _identity_of_keys(keys, said)
    meant, form = _stated_in_address(request.url), stated.get(_FORM, "")
    submission = {"form-id": keys.get("form_id") or keys.get("form"), "title": form}
    unique = stated.get(options.id_field or "", "") or stated.get(_SUBMITTED, "")
    who = identity.email or identity.vendor_ids.get("hubspot") or identity.anonymous_id
    digest = sha256(request.body).hexdigest()
    return event_of(
        _intent(submission, meant, said.intent, options),
        said,
        identity,
        occurred_at=moment(keys.get(_SUBMITTED)),
        delivery_id=f"{who}:{unique[:100]}:{meant}" if unique else None,
        content_hash=None if unique else sha256(f"{meant}:{digest}".encode()).hexdigest(),
        dedupe_window=None if unique else RETRIED_FOR,
    )


def _intent(submission: dict[str, Any], meant: str, said: str | None, options: SourceOptions) -> Intent:
    """What the workflow's address says it is for, else the form; without a form, the contact changed."""
    if stated := intent_of_word(meant):
        return stated
    form, title = text(submission.get("form-id")), text(submission.get("title"))
    page = text(submission.get("page-url"))
    if not (form or title or page or said or options.intent):
        return _NOT_A_FORM
    found = options.form_intent(form, title, page, _path(page), stated=said, title=title)
    if found is UNSTATED:
        spoken = (text(submission.get("page-title")), _path(page).replace("-", " ").replace("/", " "))
        return next(filter(None, map(intent_of_title, spoken)), found)
    return found


def _identity(record: dict[str, Any], said: Recognised) -> Identity:
    """The contact under its present id, and under the ids of contacts that were merged into it."""
    email, portal = valid_email(said), number(record.get("portal-id"))
    vid = number(record.get("canonical-vid")) or number(record.get("vid"))
    visitor = visitor_id(next(_identities(record, "LEAD_GUID"), "")) or None
    if not portal or not vid:
        if not email:
            raise PayloadRejected("properties.email", "is missing, and so is portal-id or vid: names nobody")
        return Identity(email=email, anonymous_id=visitor and visitor[:255])
    stated = record.get("merged-vids")
    others = [record.get("vid"), *(stated if isinstance(stated, list) else [])]
    gone = dict.fromkeys(each for other in others if (each := number(other)) and each != vid)
    return Identity(
        email=email,
        anonymous_id=visitor and visitor[:255],
        vendor_ids={"hubspot": contact_key(portal, vid)},
        merged_vendor_ids=tuple(f"hubspot:{contact_key(portal, each)}" for each in gone)[:MOST_MERGED],
    )


def _identity_of_keys(keys: dict[str, Any], said: Recognised) -> Identity:
    """A contact's number alone names nobody: it is unique within its portal only."""
    email = valid_email(said)
    portal = number(keys.get("portal_id")) or number(keys.get("portalId")) or number(keys.get("portal-id"))
    contact = number(keys.get("hs_object_id")) or number(keys.get("vid"))
    ids = {"hubspot": contact_key(portal, contact)} if portal and contact else {}
    if not (email or ids or said.anonymous_id):
        raise PayloadRejected(
            "email", "is missing or no address: add the property Email to the body of the webhook"
        )
    visitor = said.anonymous_id and said.anonymous_id[:255]
    return Identity(email=email, anonymous_id=visitor, vendor_ids=ids)


def _identities(record: dict[str, Any], kind: str) -> Iterator[str]:
    """A contact's further names, the primary ones first: addresses, and the cookies it was seen with."""
    found = [
        identity
        for profile in objects(record, "identity-profiles")
        for identity in objects(profile, "identities")
        if text(identity.get("type")).upper() == kind
    ]
    found.sort(key=lambda identity: identity.get("is-primary") is not True)
    return (stated for identity in found if (stated := text(identity.get("value"))))


def _delivery_id(
    request: InboundRequest, record: dict[str, Any], submission: dict[str, Any], meant: str
) -> str:
    """The contact and its submission; two workflows with addresses of their own may report the same one.

    Without a submission the content names it: the record holds the time of its last change.
    """
    who = ":".join(number(record.get(name)) or "" for name in ("portal-id", "vid"))
    times = text(submission.get("timestamp")), opaque(submission.get("conversion-id")) or ""
    which = ":".join(times) if moment(submission.get("timestamp")) else ""
    return f"{who}:{which or sha256(request.body).hexdigest()}{meant and ':' + meant}"


def _submitted(submission: dict[str, Any]) -> float:
    at: datetime | None = moment(submission.get("timestamp"))
    return at.timestamp() if at else 0.0


def _stated_in_address(url: str) -> str:
    """`?intent=demo` on the address that a user gave to one workflow; v2 and v3 sign the address."""
    try:
        return parse_qs(urlsplit(url).query).get("intent", [""])[0].strip()[:64]
    except ValueError:
        return ""


def _path(page: str) -> str:
    try:
        return urlsplit(page).path
    except ValueError:
        return ""


def _value(stated: Any) -> str:
    return text(stated.get("value")) if isinstance(stated, dict) else text(stated)
