"""CRM subscriptions: an array of changes to contacts, without order and without e-mail addresses.

An event is named by the contact's id alone; whoever hands it on finds the address (`leadworkflows.hubspot`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import Facts
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.sources.hubspot_properties import recognise_properties, valid_email
from leadworkflows.sources.hubspot_values import contact_key, moment, number, opaque
from leadworkflows.sources.parts import text
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected

MAX_CHANGES = 1_000
"""HubSpot sends up to 100 in one request."""
_CONTACT = "0-1"
"""The `objectTypeId` of contacts, for subscriptions to objects of any kind."""
_READ = frozenset({"creation", "propertyChange", "merge", "restore"})


def kind_of(change: Any) -> str:
    """`contact.creation` and so on; the documents write `eventType`, the requests `subscriptionType`."""
    found = change if isinstance(change, dict) else {}
    return text(found.get("subscriptionType")) or text(found.get("eventType"))


def read_changes(changes: list[Any], fields: Mapping[str, str]) -> list[InboundEvent]:
    """The events of all changes that can be read. Raises `FieldsRejected` where none can.

    One wrong change must not hold up the others, nor vanish: the first event's notes name it, and the
    raw body is kept beside.
    """
    if len(changes) > MAX_CHANGES:
        problem = FieldProblem("body", f"holds more than {MAX_CHANGES} changes", "send fewer in one request")
        raise FieldsRejected([problem])
    events: list[InboundEvent] = []
    problems: list[FieldProblem] = []
    for index, change in enumerate(changes):
        try:
            events += _events(change, index, fields)
        except FieldsRejected as rejected:
            problems += rejected.problems
    if problems and not events:
        raise FieldsRejected(problems)
    return _with_problems(events, problems)


def _with_problems(events: list[InboundEvent], problems: list[FieldProblem]) -> list[InboundEvent]:
    if not problems:
        return events
    unread = [f"{problem.field} {problem.problem}" for problem in problems]
    first = events[0].model_copy(update={"notes": {**events[0].notes, "not read": unread}})
    return [first, *events[1:]]


def _events(change: Any, index: int, fields: Mapping[str, str]) -> list[InboundEvent]:
    at = f"[{index}]"
    if not isinstance(change, dict):
        raise _wrong(at, "is not an object", "send a change as {…}")
    kind = kind_of(change)
    if not kind:
        raise _wrong(f"{at}.subscriptionType", "is missing", "send contact.creation or the like")
    about, _, act = kind.partition(".")
    contact = about == "contact" or (about == "object" and text(change.get("objectTypeId")) == _CONTACT)
    if not contact or act not in _READ:
        return []
    return [_merge(change, at) if act == "merge" else _change(change, at, fields)]


def _change(change: dict[str, Any], at: str, fields: Mapping[str, str]) -> InboundEvent:
    portal, contact = _id(change, "portalId", at), _id(change, "objectId", at)
    name, value = text(change.get("propertyName")), text(change.get("propertyValue"))
    said = recognise_properties({name: value} if name else {}, fields)
    source = text(change.get("changeSource"))
    return _updated(
        change,
        at,
        Identity(email=valid_email(said), vendor_ids={"hubspot": contact_key(portal, contact)}),
        person=said.person,
        facts=Facts.model_validate(said.facts),
        notes={**said.notes, **({"change source": source} if source else {})},
    )


def _merge(change: dict[str, Any], at: str) -> InboundEvent:
    """Who was several contacts is one from now on, under the id that exists after the merge."""
    portal, primary = _id(change, "portalId", at), _id(change, "primaryObjectId", at)
    survivor = number(change.get("newObjectId")) or primary
    stated = change.get("mergedObjectIds")
    merged = [number(item) for item in stated] if isinstance(stated, list) else []
    gone = dict.fromkeys(each for each in (primary, *merged) if each and each != survivor)
    if not gone or None in merged:
        raise _wrong(f"{at}.mergedObjectIds", "does not name the contacts that were merged", "send their ids")
    return _updated(
        change,
        at,
        Identity(
            vendor_ids={"hubspot": contact_key(portal, survivor)},
            merged_vendor_ids=tuple(f"hubspot:{contact_key(portal, each)}" for each in gone),
        ),
    )


def _updated(change: dict[str, Any], at: str, identity: Identity, **said: Any) -> InboundEvent:
    return InboundEvent(
        delivery_id=_delivery_id(change, at),
        type=EventType.FACTS_UPDATED,
        occurred_at=_occurred_at(change, at),
        identity=identity,
        **said,
    )


def _delivery_id(change: dict[str, Any], at: str) -> str:
    """HubSpot guarantees none of these alone; a repetition differs in `attemptNumber` only."""
    event = opaque(change.get("eventId"))
    if event is None:
        raise _wrong(f"{at}.eventId", "is missing or no id", "send the event's id")
    portal, about = _id(change, "portalId", at), opaque(change.get("objectId")) or ""
    return ":".join((portal, kind_of(change), about, event, text(change.get("occurredAt"))))


def _occurred_at(change: dict[str, Any], at: str) -> datetime:
    found = moment(change.get("occurredAt"))
    if found is None:
        raise _wrong(f"{at}.occurredAt", "is not a time in milliseconds", "send one, such as 1768469400000")
    return found


def _id(change: dict[str, Any], name: str, at: str) -> str:
    found = number(change.get(name))
    if found is None:
        raise _wrong(f"{at}.{name}", "is missing or no number", "send the number that HubSpot gave")
    return found


def _wrong(field: str, problem: str, fix: str) -> FieldsRejected:
    return FieldsRejected([FieldProblem(field, problem, fix)])
