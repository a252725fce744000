"""What the repositories take and give: plain values, no rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from leadworkflows.domain.events import LeadEvent
from leadworkflows.sources.base import InboundEvent

Classify = Callable[[str], Mapping[str, Any]]
"""From a job title to `persona` and `seniority`; what it does not know it leaves out or None."""
EffectStatus = Literal["reserved", "confirmed", "failed", "unknown", "withheld", "released", "stuck"]


@dataclass(frozen=True)
class Accepted:
    """The answer to a delivery.

    `event_ids` has one id for each event given, in order; a duplicate's is that of the event which
    stands.
    """

    accepted: int
    duplicates: int
    event_ids: list[str]


@dataclass(frozen=True)
class Delivery:
    """One request's events, on their way into the inbox."""

    source: str
    events: Sequence[InboundEvent]
    received_at: datetime
    raw: bytes | None
    classify: Classify
    trace: str | None = None
    """The trace of the request, to go on with when its events are handed on."""


@dataclass(frozen=True)
class HandOn:
    """Events of one lead that its workflow has not been told yet, in `seq` order, claimed by one process."""

    lead_id: str
    rows: list[LeadEvent]
    claimed_by: str = ""
    traces: Sequence[str | None] = ()
    """The trace that each of them came in with, where somebody traces."""


@dataclass(frozen=True, repr=False)
class PersonRecord:
    """Who a lead is. Personal data: it never reaches Temporal or a log."""

    email: str
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    company: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "PersonRecord(…)"


@dataclass(frozen=True)
class LeadRecord:
    """A lead as the store knows it. `snapshot` is None until its workflow recorded something."""

    lead_id: str
    created_at: datetime
    person: PersonRecord
    snapshot: dict[str, Any] | None
    revision: int
    merged_into: str | None = None
    """The lead that this one turned out to be."""


@dataclass(frozen=True)
class Reservation:
    """What stands for an action's key. `first` is True when the caller may act."""

    status: EffectStatus
    first: bool
    vendor_id: str | None = None
    detail: str = ""
    result: dict[str, Any] | None = None


@dataclass(frozen=True)
class EffectRecord:
    """An action in the world, from reservation to outcome."""

    key: str
    lead_id: str
    action: str
    status: EffectStatus
    attempts: int
    """How often it was reserved: 1, and one more after each release."""
    reserved_at: datetime
    settled_at: datetime | None
    vendor_id: str | None
    detail: str
    result: dict[str, Any] | None = None
    """What the action returned to the lead beside its outcome: whom routing gave it to."""


@dataclass(frozen=True, kw_only=True, repr=False)
class OutboxItem:
    """A mail or an alert as it would have left. Personal data, so it shows its key alone."""

    key: str
    lead_id: str
    kind: Literal["email", "slack"]
    to: str | None = None
    channel: str | None = None
    content: str | None = None
    template: str | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    blocks: list[Any] | None = None
    at: datetime

    def __repr__(self) -> str:
        return f"OutboxItem(key={self.key!r}, …)"
