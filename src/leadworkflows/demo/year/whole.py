"""A life as the rows that the product would have written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadworkflows.demo.year.lives import Arrived, Life
from leadworkflows.demo.year.sent import Sent
from leadworkflows.domain.events import EventType
from leadworkflows.store.bulk import WholeLead

_REFUSES = {EventType.UNSUBSCRIBED: "unsubscribed", EventType.EMAIL_BOUNCED: "bounced"}


def whole(life: Life, sent: Sent) -> WholeLead:
    """Everything that is kept of a lead."""
    return WholeLead(
        lead_id=life.who.lead_id,
        created_at=life.who.came_at,
        person=life.who.person,
        entries=life.simulation.timeline,
        snapshot=life.simulation.journey.view(),
        revision=life.state.entries,
        events=[_event(each, life.who.came_at) for each in life.inbox],
        effects=sent.effects,
        outbox=sent.outbox,
        cards=sent.cards,
        assignments=[_assignment(life, number) for number in range(len(life.given))],
        notes=[{"event_id": n.event_id, "by": n.by, "text": n.text, "at": n.at} for n in life.notes],
        suppressed=_suppressed(life),
    )


def _event(arrived: Arrived, came_at: datetime) -> dict[str, Any]:
    event = arrived.event
    return {
        "source": arrived.source,
        "event_id": event.id,
        "type": event.type.value,
        "occurred_at": event.occurred_at,
        "received_at": max(arrived.received_at, came_at) if not event.anonymous else arrived.received_at,
        "anonymous": event.anonymous,
        "seq": event.seq,
        "facts": event.facts.model_dump(mode="json", exclude_none=True),
    }


def _assignment(life: Life, number: int) -> dict[str, Any]:
    given = life.given[number]
    chosen = given.assignment
    return {
        "key": given.key,
        "pass": given.pass_no,
        "team": chosen.team,
        "rep_id": chosen.rep,
        "at": given.at,
        "why": chosen.why,
        "passed_over": chosen.passed_over,
        "calendar": chosen.calendar.model_dump(mode="json") if chosen.calendar else None,
    }


def _suppressed(life: Life) -> list[dict[str, Any]]:
    """Each reason once, as of the last time."""
    said = {each.event.type: each.event.occurred_at for each in life.inbox if each.event.type in _REFUSES}
    email = life.who.person.email
    return [{"email": email, "topic": "", "reason": _REFUSES[kind], "at": at} for kind, at in said.items()]
