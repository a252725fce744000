"""Whether a lead may be contacted. Checked when a step is due, and again right before each call."""

from __future__ import annotations

from datetime import datetime

from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.state import ContactPermission
from leadworkflows.domain.turn import Turn

ENDS_CONTACT = {
    EventType.UNSUBSCRIBED: "unsubscribed",
    EventType.EMAIL_BOUNCED: "bounced",
    EventType.EMAIL_SPAM_REPORTED: "reported_spam",
}


def update(turn: Turn, event: LeadEvent, at: datetime) -> bool:
    """Take away the permission where the event does; returns whether it did so now."""
    reason = ENDS_CONTACT.get(event.type)
    if reason is None or not turn.state.contact.allowed:
        return False
    turn.state.contact = ContactPermission(allowed=False, reason=reason, since=at)
    turn.note(
        EntryKind.CONTACT, f"No more mail: {reason.replace('_', ' ')}", at, [event.type.value], reason=reason
    )
    return True
