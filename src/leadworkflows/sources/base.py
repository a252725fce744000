"""The door every webhook source comes through: verify, then translate.

A source is registered under the entry-point group `leadworkflows.sources`; the built-in ones use
the same door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import Facts, Instant

VendorIds = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=255)]], Field(max_length=10)
]
"""A person's id with each vendor, by the vendor's name."""


class SignatureRejected(Exception):
    """The request was not signed by who it claims to come from: answered with 401."""


class PayloadRejected(Exception):
    """The request is genuine but cannot be understood: answered with 422."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True)
class InboundRequest:
    """A webhook as it arrived. Header names are lower case; `url` is the public one."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Identity(BaseModel):
    """Who an event is about. At least one of the three names a visitor."""

    model_config = ConfigDict(frozen=True)

    email: str | None = None
    """Normalised: see `leadworkflows.sources.identity`."""
    anonymous_id: str | None = Field(default=None, max_length=255)
    vendor_ids: VendorIds = {}
    """Ids that a vendor guarantees to be one person: two e-mail addresses under one id are one lead."""
    merged_vendor_ids: tuple[Annotated[str, Field(max_length=300)], ...] = ()
    """Ids that the vendor says are the same person from now on, as `hubspot:62515-123`."""


class Person(BaseModel):
    """Personal data: it stays in the store and never reaches Temporal."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    first_name: str | None = Field(default=None, max_length=200)
    last_name: str | None = Field(default=None, max_length=200)
    title: str | None = Field(default=None, max_length=200)
    company: str | None = Field(default=None, max_length=300)
    phone: str | None = Field(default=None, max_length=64)


class InboundEvent(BaseModel):
    """One event as a source understood it, before anyone knows which lead it belongs to.

    `delivery_id` is unique within its source for ever. A source without one (a plain form) leaves
    it None and sets `content_hash` and `dedupe_window`: the same content within the window is the
    same delivery. With neither, the event is new each time. `occurred_at` None means: when it was received.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: str | None = None
    content_hash: str | None = None
    dedupe_window: timedelta | None = None
    type: EventType
    occurred_at: Instant | None = None
    identity: Identity
    person: Person = Person()
    facts: Facts = Facts()
    """An instance of `facts_model(type)`."""
    notes: dict[str, Any] = {}
    """What was said beside (free text, unmapped answers): kept in the inbox, never in Temporal."""


class Source(Protocol):
    """A vendor's webhooks."""

    name: str

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:
        """Raise `SignatureRejected` unless the request was signed with the secret."""

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The events in the request. Raises `PayloadRejected` naming the field."""
