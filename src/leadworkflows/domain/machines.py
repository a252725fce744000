"""Opens and clicks that no person made: mail scanners follow every link before a mail is read."""

from __future__ import annotations

from datetime import timedelta

from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.facts import EmailFacts
from leadworkflows.domain.state import JourneyState

TOO_SOON = timedelta(seconds=3)
"""After the delivery (ours). Nobody opens, reads and clicks so fast; SendGrid tells whole seconds."""
_KEPT = 10


def made(state: JourneyState, event: LeadEvent) -> bool:
    """Whether a machine did it: the source says so, or it came within seconds of the delivery."""
    facts = event.facts
    if not isinstance(facts, EmailFacts) or facts.key is None:
        return isinstance(facts, EmailFacts) and facts.machine
    if event.type is EventType.EMAIL_DELIVERED:
        state.delivered = dict([*state.delivered.items(), (facts.key, event.occurred_at)][-_KEPT:])
        return False
    arrived = state.delivered.get(facts.key)
    soon = arrived is not None and event.occurred_at - arrived < TOO_SOON
    clicked = event.type in (EventType.EMAIL_OPENED, EventType.EMAIL_CLICKED)
    return clicked and (facts.machine or soon)
