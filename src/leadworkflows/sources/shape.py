"""Our own event shape, as `POST /api/v1/events` and signed generic webhooks carry it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from leadworkflows.domain.events import OUR_OWN, EventType, facts_model
from leadworkflows.domain.facts import Facts
from leadworkflows.sources.base import Identity, InboundEvent, Person, VendorIds
from leadworkflows.sources.identity import known_ids, normalise_email, visitor_id
from leadworkflows.sources.mailboxes import mailbox_facts
from leadworkflows.sources.moments import Moment
from leadworkflows.sources.phones import normalise_phone
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected, field_path, problems_of

_NOBODY = Person()
_TYPES = frozenset(EventType)
_VENDOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}", re.ASCII)
_OUR_KINDS = frozenset({"anonymous", "anonymous_id", "email"})
"""Under these names the store keeps what proves less than a vendor's id does."""
MAX_EVENTS = 1_000
"""Events of one request."""


def _blank_is_absent(value: Any) -> Any:
    return (value.strip() or None) if isinstance(value, str) else value


def _email(value: Any) -> Any:
    value = _blank_is_absent(value)
    return normalise_email(str(value)) if isinstance(value, str | int | float) else value


def _visitor(value: Any) -> Any:
    """A number is read as text before pydantic does so: zero is nobody's id."""
    return visitor_id(str(value)) if isinstance(value, str | int | float) else value


def _reportable(value: EventType) -> EventType:
    if value in OUR_OWN:
        raise ValueError("is written by leadworkflows itself; it cannot be reported")
    return value


def _nothing(value: Any) -> Any:
    return {} if value is None else value


def _vendors(value: Any) -> Any:
    """A vendor's name is part of a visitor's key, and of an answer that says what is wrong with its id."""
    names = list(value) if isinstance(value, dict) else []
    if not all(isinstance(name, str) and _VENDOR.fullmatch(name) for name in names):
        raise ValueError("expected the id under its vendor's name, a short word such as 'hubspot'")
    if not _OUR_KINDS.isdisjoint(names):
        raise ValueError("email and anonymous_id stand beside vendor_ids, not in it")
    return _nothing(value)


_Blank = BeforeValidator(_blank_is_absent)
# The limits stand inside the optional: pydantic would measure None otherwise.
_Label = Annotated[Annotated[str, Field(max_length=200)] | None, _Blank]
_Name = Annotated[Annotated[str, Field(max_length=300)] | None, _Blank]
_Phone = Annotated[Annotated[str, Field(max_length=64)] | None, _Blank]
_Anonymous = Annotated[Annotated[str, Field(max_length=255)] | None, BeforeValidator(_visitor)]
_Id = Annotated[Annotated[str, Field(max_length=500)] | None, _Blank]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class IdentityShape(_Shape):
    """Who the event is about: an e-mail address, the visitor's anonymous id, or a vendor's ids."""

    email: Annotated[str | None, BeforeValidator(_email)] = Field(default=None, examples=["ada@example.com"])
    anonymous_id: _Anonymous = Field(default=None, examples=["a-81"])
    vendor_ids: Annotated[VendorIds, BeforeValidator(_vendors), AfterValidator(known_ids)] = Field(
        default_factory=dict
    )


class PersonShape(_Shape):
    """Personal data. What is absent stays as it was."""

    first_name: _Label = Field(default=None, examples=["Ada"])
    last_name: _Label = Field(default=None, examples=["Lovelace"])
    title: _Label = Field(default=None, examples=["CFO"])
    company: _Name = Field(default=None, examples=["Example GmbH"])
    phone: _Phone = Field(default=None, examples=["+49 30 1234"])


class EventShape(_Shape):
    """One event. Facts depend on the type; those that the type does not know are not kept."""

    id: _Id = Field(default=None, examples=["evt-17"])
    """Unique for ever within the sender, so that a retry is one duplicate. Without one, each event is new."""
    type: Annotated[EventType, AfterValidator(_reportable)]
    occurred_at: Moment | None = Field(default=None, examples=["2026-03-02T09:30:00Z"])
    identity: IdentityShape
    person: Annotated[PersonShape, BeforeValidator(_nothing)] = Field(default_factory=PersonShape)
    facts: Annotated[dict[str, Any], BeforeValidator(_nothing)] = Field(
        default_factory=dict, examples=[{"page": "pricing", "seconds": 40}]
    )


@dataclass(frozen=True)
class Reading:
    """One event as understood, what was stated, and the fields of it that are not kept."""

    event: InboundEvent
    stated: dict[str, Any]

    @property
    def ignored(self) -> list[str]:
        """Looked for when asked: a vendor's webhook has nobody to tell."""
        return _ignored(self.stated, self.event.facts)


def read_event(data: Any, fallback_id: str | None = None, at: Sequence[str | int] = ()) -> Reading:
    """One event; `at` is its place in the request. Raises `FieldsRejected` with every field that is wrong."""
    if not isinstance(data, dict):
        raise FieldsRejected([FieldProblem(field_path(at), "is not an object", "send an event as {…}")])
    shape, problems = _shape(data, at)
    facts, wrong_facts = _facts(data, shape.identity.email if shape else None, at)
    problems += wrong_facts
    if problems or shape is None or facts is None:
        raise FieldsRejected(problems)
    return Reading(_inbound(shape, facts, fallback_id), data)


def read_events(items: Any, fallback_id: str | None = None) -> list[Reading]:
    """The events of `{"events": […]}`: all of them or, with `FieldsRejected`, none."""
    if not isinstance(items, list) or len(items) > MAX_EVENTS:
        raise FieldsRejected(
            [FieldProblem("events", "is not a list of at most 1,000 events", "send it in smaller parts")]
        )
    readings: list[Reading] = []
    problems: list[FieldProblem] = []
    for index, item in enumerate(items):
        try:
            readings.append(read_event(item, _indexed(fallback_id, index), ("events", index)))
        except FieldsRejected as rejected:
            problems += rejected.problems
    if problems:
        raise FieldsRejected(problems)
    return readings


def _indexed(fallback_id: str | None, index: int) -> str | None:
    return f"{fallback_id}:{index}" if fallback_id else None


def _shape(data: dict[str, Any], at: Sequence[str | int]) -> tuple[EventShape | None, list[FieldProblem]]:
    try:
        shape = EventShape.model_validate(data)
    except ValidationError as error:
        return None, problems_of(error, *at)
    if not (shape.identity.email or shape.identity.anonymous_id or shape.identity.vendor_ids):
        where = field_path([*at, "identity"])
        return None, [FieldProblem(where, "names nobody", "add email or anonymous_id")]
    return shape, []


def _facts(
    data: dict[str, Any], email: str | None, at: Sequence[str | int]
) -> tuple[Facts | None, list[FieldProblem]]:
    """Read beside the shape, so that one answer names what is wrong in both.

    What an address itself tells is a fact, unless the sender states it in another way.
    """
    given = data.get("facts") or {}
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in _TYPES or not isinstance(given, dict):
        return None, []
    try:
        return facts_model(EventType(kind)).model_validate({**mailbox_facts(email), **given}), []
    except ValidationError as error:
        return None, problems_of(error, *at, "facts")


def _inbound(shape: EventShape, facts: Facts, fallback_id: str | None) -> InboundEvent:
    who = shape.identity
    return InboundEvent(
        delivery_id=shape.id or fallback_id,
        type=shape.type,
        occurred_at=shape.occurred_at,
        identity=Identity(email=who.email, anonymous_id=who.anonymous_id, vendor_ids=who.vendor_ids),
        person=_person(shape.person, facts.country) if shape.person.model_fields_set else _NOBODY,
        facts=facts,
        notes={},  # stated, because pydantic would copy the default each time
    )


def _person(said: PersonShape, country: str | None) -> Person:
    phone = said.phone and normalise_phone(said.phone, country)
    return Person(**{**said.__dict__, "phone": phone})


def _ignored(data: dict[str, Any], facts: Facts) -> list[str]:
    unknown = [name for name in data if name not in _names(EventShape)]
    for part, model in (("identity", IdentityShape), ("person", PersonShape), ("facts", type(facts))):
        if stated := data.get(part):
            unknown += [f"{part}.{name}" for name in stated if name not in _names(model)]
    return unknown


@cache
def _names(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(model.model_fields)
