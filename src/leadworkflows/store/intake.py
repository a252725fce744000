"""What a group of deliveries changes, worked out in memory between loading and writing.

Events are taken one after the other, so a batch has the same outcome as its events alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.events import RIDES_ALONG, EventType, facts_model, is_gathered
from leadworkflows.sources.base import InboundEvent, Person
from leadworkflows.store.naming import every_key, visitor_keys, without_nul
from leadworkflows.store.people import PERSON_FIELDS, People, Prospect
from leadworkflows.store.records import Delivery
from leadworkflows.store.refusals import LASTING, Refusals


@dataclass(frozen=True)
class IntakeRules:
    """What an installation says about taking events in."""

    gather: timedelta = timedelta(0)
    """For how long a lead's behaviour is collected before its workflow is told."""
    can_name: frozenset[str] = frozenset()
    """Vendors that can be asked who a contact is, where an event does not say it."""
    ride_along: timedelta = timedelta(0)
    """For how long a delivery waits for the lead's next event before its workflow is told all the same."""

    def wait_for(self, event_type: EventType, *, anonymous: bool = False) -> timedelta:
        """How long an event of this type may wait for others of the same lead."""
        if event_type in RIDES_ALONG:
            return max(self.ride_along, self.gather)
        return self.gather if anonymous or is_gathered(event_type) else timedelta(0)


AS_IT_COMES = IntakeRules()
"""Nothing is collected, and nobody is asked."""


@dataclass
class Sighting:
    """An event on its way to a lead. `row_id` is None until it is in the inbox."""

    event_id: str
    type: EventType
    occurred_at: datetime
    source: str = ""
    row_id: int | None = None
    event: InboundEvent | None = None
    delivery: Delivery | None = None
    request_id: int | None = None
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
class Intake:
    """The people and waiting events that the deliveries touch."""

    rules: IntakeRules
    people: People = field(default_factory=People)
    waiting: dict[str, list[Sighting]] = field(default_factory=dict)
    """By visitor key, in order of arrival."""
    fresh: list[Sighting] = field(default_factory=list)
    claimed: list[Sighting] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)

    def take(
        self, event_id: str, event: InboundEvent, delivery: Delivery, request_id: int | None = None
    ) -> None:
        """Give the event to its lead, or let it wait for one."""
        sighting = _sighting(event_id, event, delivery, request_id)
        self.fresh.append(sighting)
        lead = self.people.lead_of(event.identity, delivery.received_at)
        if lead is None:
            sighting.visitor = visitor_keys(event.identity)[0]
            self.waiting.setdefault(sighting.visitor, []).append(sighting)
        else:
            self._give(sighting, lead, event, delivery)

    def _give(self, sighting: Sighting, lead: Prospect, event: InboundEvent, delivery: Delivery) -> None:
        mine = self.people.link(every_key(event.identity), lead)
        self._claim(lead, mine, delivery.received_at)
        lead.remember(sighting.person)
        title = lead.person["title"]
        known = delivery.classify(title) if title else {}
        stated = {name: value for name, value in known.items() if value is not None}
        sighting.facts = {**stated, **sighting.facts}
        self._append(sighting, lead, delivery.received_at)
        self._hear(sighting, lead, event.identity.email, delivery.received_at)

    def _claim(self, lead: Prospect, keys: list[str], now: datetime) -> None:
        """What a visitor did before being named comes first, in the order in which it happened."""
        found = [sighting for key in keys for sighting in self.waiting.pop(key, [])]
        for sighting in sorted(found, key=lambda each: each.occurred_at):
            lead.remember(sighting.person)
            self._append(sighting, lead, now)
            self._hear(sighting, lead, None, now)
            if sighting.row_id is not None:
                self.claimed.append(sighting)

    def _append(self, sighting: Sighting, lead: Prospect, now: datetime) -> None:
        wait = self.rules.wait_for(sighting.type, anonymous=sighting.anonymous)
        late_from = now + wait if wait > self.rules.gather else now
        sighting.lead, sighting.seq = lead, lead.next_seq(late_from, now + wait)

    def _hear(self, sighting: Sighting, lead: Prospect, named: str | None, now: datetime) -> None:
        """A bounce is the address's own; what a person says holds for the lead's address too.

        Nothing was said later than it came in: a clock that is ahead must not outlast an unsubscription.
        """
        addresses = (
            {named or lead.email} if sighting.type in LASTING[:1] else {named or lead.email, lead.email}
        )
        self.refusals.hear(sighting.type, sighting.facts, addresses, min(sighting.occurred_at, now))

    def settle(self, now: datetime) -> None:
        """Give what came under a lead that turned out to be another to that other lead, in its order."""
        came = sorted([*self.fresh, *self.claimed], key=lambda each: each.seq or 0)
        for sighting in came:
            if (lead := sighting.lead) and lead.merged_into:
                lead.forget_new_events()
                self._append(sighting, lead.last_winner(), now)


def check_readable(event: InboundEvent) -> None:
    """Raise pydantic's ValidationError now rather than keep a row whose facts nobody will ever see."""
    model = facts_model(event.type)
    if not isinstance(event.facts, model):
        model.model_validate(event.facts.model_dump())


def _sighting(event_id: str, event: InboundEvent, delivery: Delivery, request_id: int | None) -> Sighting:
    return Sighting(
        event_id,
        event.type,
        event.occurred_at or delivery.received_at,
        delivery.source,
        event=event,
        delivery=delivery,
        request_id=request_id,
        person=said_about(event.person),
        facts=event.facts.model_dump(mode="json", exclude_none=True),
    )


def said_about(person: Person) -> dict[str, str]:
    """What is said about a person, without what is left empty."""
    said = {name: getattr(person, name) for name in PERSON_FIELDS}
    clean = {name: without_nul(value).strip() for name, value in said.items() if value is not None}
    return {name: value for name, value in clean.items() if value}
