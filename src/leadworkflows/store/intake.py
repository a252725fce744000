"""What a delivery changes, worked out in memory between loading and writing.

Events are taken one after the other, so a batch has the same outcome as its events alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.sources.base import InboundEvent, Person
from leadworkflows.store.naming import visitor_keys, without_nul

Classify = Callable[[str], Mapping[str, Any]]
"""From a job title to `persona` and `seniority`; what it does not know it leaves out or None."""

PERSON_FIELDS = tuple(Person.model_fields)
SUPPRESSING = (EventType.UNSUBSCRIBED, EventType.EMAIL_BOUNCED, EventType.EMAIL_SPAM_REPORTED)


@dataclass
class Sighting:
    """An event on its way to a lead. `row_id` is None until it is in the inbox."""

    event_id: str
    type: EventType
    occurred_at: datetime
    row_id: int | None = None
    event: InboundEvent | None = None
    visitor: str | None = None
    person: dict[str, str] = field(default_factory=dict)
    lead: Prospect | None = None
    seq: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def anonymous(self) -> bool:
        """Seen before anyone was named."""
        return self.visitor is not None


@dataclass
class Prospect:
    """A lead with its person, as far as this delivery is concerned."""

    lead_id: str
    email: str
    last_seq: int
    person: dict[str, str | None]
    is_new: bool = False
    _before: tuple[int, dict[str, str | None]] = field(init=False)

    @classmethod
    def new(cls, email: str) -> Prospect:
        """A lead that nobody has seen before."""
        return cls(uuid4().hex, email, 0, dict.fromkeys(PERSON_FIELDS), is_new=True)

    def __post_init__(self) -> None:
        self._before = (self.last_seq, dict(self.person))

    @property
    def seq_changed(self) -> bool:
        """Whether this delivery brought the lead an event."""
        return self.last_seq != self._before[0]

    @property
    def person_changed(self) -> bool:
        """Whether this delivery taught us something about the person."""
        return self.person != self._before[1]

    def remember(self, person: Mapping[str, str]) -> None:
        """New values win, and what was not said stays."""
        self.person.update(person)


@dataclass
class Intake:
    """The leads, visitors and waiting events that a delivery touches."""

    received_at: datetime
    classify: Classify
    prospects: dict[str, Prospect] = field(default_factory=dict)
    """By e-mail address."""
    visitors: dict[str, Prospect] = field(default_factory=dict)
    """By visitor key: those that have a lead."""
    waiting: dict[str, list[Sighting]] = field(default_factory=dict)
    """By visitor key, in order of arrival."""
    fresh: list[Sighting] = field(default_factory=list)
    claimed: list[Sighting] = field(default_factory=list)
    linked: dict[str, Prospect] = field(default_factory=dict)
    suppressed: dict[str, str] = field(default_factory=dict)

    def take(self, event_id: str, event: InboundEvent) -> None:
        """Give the event to its lead, or let it wait for one."""
        sighting = Sighting(event_id, event.type, event.occurred_at or self.received_at, event=event)
        sighting.person = said_about(event.person)
        sighting.facts = event.facts.model_dump(mode="json", exclude_none=True)
        self.fresh.append(sighting)
        keys = visitor_keys(event.identity)
        lead = self._lead_of(event.identity.email or None, keys)
        if lead is None:
            self._wait(sighting, keys[0])
        else:
            self._give(sighting, lead, keys)
        check_readable(sighting)

    def _lead_of(self, email: str | None, keys: list[str]) -> Prospect | None:
        if email is None:
            return next((self.visitors[key] for key in keys if key in self.visitors), None)
        if email not in self.prospects:
            self.prospects[email] = Prospect.new(email)
        return self.prospects[email]

    def _wait(self, sighting: Sighting, key: str) -> None:
        sighting.visitor = key
        self.waiting.setdefault(key, []).append(sighting)

    def _give(self, sighting: Sighting, lead: Prospect, keys: list[str]) -> None:
        for key in keys:
            if key not in self.visitors:
                self.visitors[key] = self.linked[key] = lead
        self._claim(lead, [key for key in keys if self.visitors[key] is lead])
        lead.remember(sighting.person)
        sighting.facts = self._classified(sighting.facts, lead)
        self._append(sighting, lead)

    def _claim(self, lead: Prospect, keys: list[str]) -> None:
        """What a visitor did before being named comes first, in the order in which it happened."""
        found = [sighting for key in keys for sighting in self.waiting.pop(key, [])]
        for sighting in sorted(found, key=lambda each: each.occurred_at):
            lead.remember(sighting.person)
            self._append(sighting, lead)
            if sighting.row_id is not None:
                self.claimed.append(sighting)

    def _append(self, sighting: Sighting, lead: Prospect) -> None:
        lead.last_seq += 1
        sighting.lead, sighting.seq = lead, lead.last_seq
        if sighting.type in SUPPRESSING:
            self.suppressed.setdefault(lead.email, sighting.type)

    def _classified(self, facts: dict[str, Any], lead: Prospect) -> dict[str, Any]:
        title = lead.person["title"]
        known = self.classify(title) if title else {}
        return {**{name: value for name, value in known.items() if value is not None}, **facts}


def said_about(person: Person) -> dict[str, str]:
    """What is said about a person, without what is left empty."""
    said = {name: getattr(person, name) for name in PERSON_FIELDS}
    clean = {name: without_nul(value).strip() for name, value in said.items() if value is not None}
    return {name: value for name, value in clean.items() if value}


def check_readable(sighting: Sighting) -> None:
    """Raise now rather than let a row that nobody can read block its lead for ever."""
    lead_event(
        event_id=sighting.event_id,
        seq=sighting.seq or 0,
        event_type=sighting.type,
        occurred_at=sighting.occurred_at,
        anonymous=sighting.anonymous,
        facts=sighting.facts,
    )


def lead_event(
    *,
    event_id: str,
    seq: int,
    event_type: str,
    occurred_at: datetime,
    anonymous: bool,
    facts: Mapping[str, Any],
) -> LeadEvent:
    """The event as the lead's workflow gets it. Raises pydantic's ValidationError."""
    values = {"id": event_id, "seq": seq, "type": event_type, "occurred_at": occurred_at}
    return LeadEvent.model_validate({**values, "anonymous": anonymous, "facts": dict(facts)})
