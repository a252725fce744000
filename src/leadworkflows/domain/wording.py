"""How events, moves and stages read on the timeline."""

from __future__ import annotations

from functools import cache, lru_cache
from string import Formatter

from leadworkflows.domain.decisions import Datum, Outcome
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.facts import Facts
from leadworkflows.domain.lifecycle import Move, Stage
from leadworkflows.domain.sales_facts import MEETING

_EVENTS = {
    EventType.FORM_SUBMITTED: "Submitted the {form} form",
    EventType.PAGE_VIEWED: "Viewed the {page} page",
    EventType.CONTENT_DOWNLOADED: "Downloaded the {asset}",
    EventType.SOCIAL_ENGAGED: "Engaged on {network}",
    EventType.LEAD_CLAIMED: "Claimed by {by}",
    EventType.LEAD_ASSIGNED: "Assigned to {to} by {by}",
    EventType.CLOCKS_PAUSED: "Clocks paused by {by}",
    EventType.CLOCKS_RESUMED: "Clocks resumed by {by}",
    EventType.LEAD_ACCEPTED: "Accepted by {by}",
    EventType.LEAD_RETURNED: "Returned by {by}: {reason}",
    EventType.DEAL_LOST: "Deal lost: {reason}",
    EventType.LEAD_DISQUALIFIED: "Disqualified by {by}: {reason}",
    EventType.LEAD_REOPENED: "Reopened by {by}",
    EventType.CONTACT_ATTEMPTED: "Contact attempted by {by}",
    EventType.CONTACT_MADE: "Contact made by {by}",
    EventType.POLICY_CHANGED: "Policy changed to {policy}",
}
_UNSAID = {"form": "web", "by": "sales"}


def _with_words(pattern: str) -> tuple[str, tuple[str, ...]]:
    return pattern, tuple(field for _, field, _, _ in Formatter().parse(pattern) if field)


_SENTENCES = {kind: _with_words(pattern) for kind, pattern in _EVENTS.items()}
"""Each sentence, and the facts that it says."""
_MEETING = _with_words("Meeting booked by {by}")

STAGE_NAMES = {
    Stage.LEAD: "Lead", Stage.MQL: "MQL", Stage.SAL: "SAL", Stage.SQL: "SQL",
    Stage.OPPORTUNITY: "Opportunity", Stage.CUSTOMER: "Customer",
    Stage.RECYCLED: "Recycled", Stage.DISQUALIFIED: "Disqualified",
}  # fmt: skip

REFUSALS = {
    Move.ACCEPT: "Only an MQL can be accepted",
    Move.RETURN: "Only an MQL, SAL or SQL can be returned to marketing",
    Move.OPEN_OPPORTUNITY: "Only an SQL can become an opportunity",
    Move.WIN: "Only an opportunity can be won",
    Move.LOSE: "Only an opportunity can be lost",
    Move.DISQUALIFY: "Only an open lead can be disqualified",
    Move.REOPEN: "Only a disqualified lead can be reopened",
}


OUTCOMES = {
    Outcome.CONFIRMED: "done",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "outcome unknown",
    Outcome.WITHHELD: "withheld",
}


def use_the_other(into: str) -> str:
    """What is answered for a lead that turned out to be another."""
    return f"This is the same person as lead {into}: use that one"


@lru_cache(maxsize=1024)
def _told(pattern: str, names: tuple[str, ...], facts: tuple[object, ...]) -> str:
    """A pattern with its words filled in; the same few pages are viewed again and again."""
    words = {name: str(fact) for name, fact in zip(names, facts, strict=True) if fact is not None}
    return pattern.format_map({**_UNSAID, **words}).replace("_", " ")


@cache
def _named(kind: EventType) -> str:
    """Events that say nothing but what they are."""
    return kind.value.replace("_", " ").capitalize()


def event_sentence(event: LeadEvent) -> str:
    """What happened, for a person."""
    kind, facts = event.type, vars(event.facts)
    if kind is EventType.LEAD_MERGED:
        into, absorbed = facts.get("into"), facts.get("absorbed")
        return f"Is the same person as lead {into}" if into else f"Lead {absorbed} is the same person"
    known = _SENTENCES.get(kind)
    if kind is EventType.CONTACT_MADE and facts.get("outcome") == MEETING:
        known = _MEETING
    if known is None:
        return _named(kind) + (" by a machine" if facts.get("machine") else "")
    pattern, names = known
    sentence = _told(pattern, names, tuple(map(facts.get, names)))
    extra = " and stated a budget" if facts.get("states_budget") else ""
    seconds = facts.get("seconds")
    return sentence + extra + (f" for {round(seconds / 60)} min" if seconds and seconds >= 60 else "")


_SAID = ("by", "to", "reason", "outcome", "commitment")


@cache
def _said_in(model: type[Facts]) -> tuple[str, ...]:
    return tuple(name for name in _SAID if name in model.model_fields)


def said(event: LeadEvent) -> dict[str, Datum]:
    """What sales said, for the reports: who, why, and with which outcome."""
    facts = vars(event.facts)
    return {name: str(facts[name]) for name in _said_in(type(event.facts)) if facts[name] is not None}
