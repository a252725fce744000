"""Whether a lead may be written to. Checked when a step is due, and again right before each call."""

from __future__ import annotations

from datetime import datetime

from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.facts import OWN_ACT, ConsentFacts, TopicFacts
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import ConsentState, ContactPermission, JourneyState
from leadworkflows.domain.turn import Turn

UNSUBSCRIBED = "unsubscribed"
ENDS_CONTACT = {
    EventType.UNSUBSCRIBED: UNSUBSCRIBED,
    EventType.EMAIL_BOUNCED: "bounced",
    EventType.EMAIL_SPAM_REPORTED: "reported_spam",
}
OF_THE_PERSON = frozenset({EventType.CONSENT_GIVEN, EventType.UNSUBSCRIBED, EventType.EMAIL_SPAM_REPORTED})
"""What somebody says about mail as such; a bounce is an address's own."""
_MOST_TOPICS = 100


def forbids(state: JourneyState, policy: Policy, topic: str) -> str | None:
    """Why a sequence of a topic must not write to the lead; None where it may."""
    contact, rule = state.contact, policy.consent
    if not contact.allowed:
        return contact.reason or "not allowed"
    if topic in contact.topics_off:
        return f"wants no {topic.replace('_', ' ')}"
    if rule.double_opt_in and not (contact.consent and contact.consent.confirmed):
        return "consent is not confirmed"
    needed = rule.required or rule.double_opt_in
    return "no consent" if needed and not (contact.consent and contact.consent.covers(topic)) else None


def update(turn: Turn, event: LeadEvent, at: datetime) -> bool:
    """Take what the event says about permission; returns whether it changed."""
    if event.type is EventType.CONSENT_GIVEN and isinstance(event.facts, ConsentFacts):
        return _agreed(turn, event, event.facts, at)
    reason = ENDS_CONTACT.get(event.type)
    if reason is None:
        return False
    topic = event.facts.topic if isinstance(event.facts, TopicFacts) else None
    if topic is not None:
        return _topic_off(turn, topic, event, at)
    return _all_off(turn, reason, event, at)


def _all_off(turn: Turn, reason: str, event: LeadEvent, at: datetime) -> bool:
    contact = turn.state.contact
    if _asked_since(contact, "", event):
        return False
    if not contact.allowed and (contact.reason != UNSUBSCRIBED or reason == UNSUBSCRIBED):
        contact.since = max(contact.since or event.occurred_at, event.occurred_at)
        return False
    turn.state.contact = contact.model_copy(
        update={"allowed": False, "reason": reason, "since": event.occurred_at}
    )
    turn.note(
        EntryKind.CONTACT, f"No more mail: {reason.replace('_', ' ')}", at, [event.type.value], reason=reason
    )
    return True


def _asked_since(contact: ContactPermission, topic: str, event: LeadEvent) -> bool:
    """The person asked for mail again after an unsubscription that is only heard of now."""
    wished = contact.consent.wished.get(topic) if contact.consent else None
    return event.type is EventType.UNSUBSCRIBED and wished is not None and wished > event.occurred_at


def _topic_off(turn: Turn, topic: str, event: LeadEvent, at: datetime) -> bool:
    contact = turn.state.contact
    if _asked_since(contact, topic, event):
        return False
    known = contact.topics_off.get(topic)
    off = _latest({**contact.topics_off, topic: max(known or event.occurred_at, event.occurred_at)})
    turn.state.contact = contact.model_copy(update={"topics_off": off})
    if known is None:
        what = f"No more {topic.replace('_', ' ')}"
        turn.note(EntryKind.CONTACT, what, at, [event.type.value], topic=topic)
    return known is None


def _agreed(turn: Turn, event: LeadEvent, said: ConsentFacts, at: datetime) -> bool:
    state = turn.state
    known = state.contact.consent
    confirmed = said.basis in OWN_ACT or bool(known and known.confirmed)
    latest = event.occurred_at if known is None else max(known.at, event.occurred_at)
    wished = dict(known.wished) if known else {}
    if said.basis in OWN_ACT:
        about = said.topic or ""
        wished[about] = max(wished.get(about, event.occurred_at), event.occurred_at)
    wished, asked = _latest(wished), bool(known and known.asked)
    consent = ConsentState(
        basis=said.basis,
        at=latest,
        confirmed=confirmed,
        asked=asked,
        wished=wished,
        about=_about(known, said),
    )
    state.contact = state.contact.model_copy(update={"consent": consent})
    turn.note(EntryKind.CONTACT, "Agreed to get mail", at, [said.basis], basis=said.basis, topic=said.topic)
    if said.basis in OWN_ACT:
        _take_back(state, said.topic, event.occurred_at)
    return True


def _latest(by_topic: dict[str, datetime]) -> dict[str, datetime]:
    """What a journey carries along must not grow; the suppression list, asked before each mail, has all."""
    return dict(sorted(by_topic.items(), key=lambda each: each[1])[-_MOST_TOPICS:])


def _about(known: ConsentState | None, said: ConsentFacts) -> list[str]:
    """The topics agreed to by now. A confirmation confirms what was agreed to, and adds nothing."""
    before = known.about if known else []
    if before and said.basis == "double_opt_in" and said.topic is None:
        return before
    return sorted({*before, said.topic or ""})[:_MOST_TOPICS]


def _take_back(state: JourneyState, topic: str | None, asked_at: datetime) -> None:
    """An unsubscription from the same that is older than the wish; a bounce or a spam report stays."""
    contact = state.contact
    if topic is not None:
        off = {each: at for each, at in contact.topics_off.items() if each != topic or at >= asked_at}
        state.contact = contact.model_copy(update={"topics_off": off})
    elif contact.reason == UNSUBSCRIBED and (contact.since is None or contact.since < asked_at):
        state.contact = contact.model_copy(update={"allowed": True, "reason": None, "since": None})
