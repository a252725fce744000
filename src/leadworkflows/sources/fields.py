"""Recognises what a form's answers are about, by the names and titles of their fields.

A person is not turned away because a form spells a field in its own way: what is not recognised, or
cannot be a fact, is kept beside as a note, in the inbox only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leadworkflows.domain.events import EventType, facts_model
from leadworkflows.domain.facts import ConsentFacts, Facts
from leadworkflows.sources.base import Identity, InboundEvent, PayloadRejected, Person
from leadworkflows.sources.firmographics import read_fact, states_budget
from leadworkflows.sources.identity import EmailInvalid, normalise_email, visitor_id
from leadworkflows.sources.intents import Intent, intent_of_word
from leadworkflows.sources.mailboxes import mailbox_facts
from leadworkflows.sources.phones import normalise_phone
from leadworkflows.sources.topics import IGNORE, field_key, topic_of

_SALUTATIONS = frozenset({"mr", "mrs", "ms", "miss", "mx", "herr", "frau", "m", "mme", "sir", "madam"})
_PERSON = ("first_name", "last_name", "title", "company", "phone")
_TICKED = frozenset({"1", "on", "true", "yes", "y", "ja", "oui", "si", "checked", "agreed", "accepted"})
_FACTS = ("employees", "company_type", "industry", "country", "time_zone")


@dataclass(frozen=True)
class Answer:
    """One answer: what its field is called, best name first, and what was said."""

    labels: tuple[str, ...]
    value: str
    topic: str | None = None
    """What the form itself says the field holds (`email`, `phone`)."""


@dataclass
class Recognised:
    """What a form's answers say."""

    email: str | None = None
    anonymous_id: str | None = None
    intent: str | None = None
    """What a field named or mapped as the intent says."""
    consent: bool = False
    """Whether the box that allows us to write was ticked."""
    person: Person = field(default_factory=Person)
    facts: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


def recognise(answers: Iterable[Answer], *, fields: Mapping[str, str] | None = None) -> Recognised:
    """Sort the answers; the first answer to a topic counts, a further one is a note.

    `fields` maps a field's name, ref or title to its topic, as the settings say. What is mapped comes
    before what is recognised.
    """
    mapped = {field_key(label): topic for label, topic in (fields or {}).items()}
    said: dict[str, str] = {}
    found = Recognised()
    for answer, topic in _mapped_first(answers, mapped):
        if topic == IGNORE:
            continue
        if topic is None or topic in said or _says_more(topic, answer.value):
            _note(found, answer)
        if topic is not None and answer.value.strip():
            said.setdefault(topic, answer.value.strip())
    found.email, found.anonymous_id = said.get("email"), visitor_id(said.get("anonymous_id", ""))
    found.intent = said.get("intent")
    found.consent = said.get("consent", "").lower() in _TICKED
    found.facts = _facts(said, found.notes)
    found.person = _person(said, found.facts.get("country"))
    return found


def _mapped_first(
    answers: Iterable[Answer], mapped: Mapping[str, str]
) -> Iterable[tuple[Answer, str | None]]:
    """Each answer with its topic; what the settings map comes first, so that it counts."""
    told: list[tuple[Answer, str | None]] = []
    guessed: list[tuple[Answer, str | None]] = []
    for answer in answers:
        topic = next((mapped[key] for label in answer.labels if (key := field_key(label)) in mapped), None)
        if topic is not None:
            told.append((answer, topic))
        else:
            guess = answer.topic or next(filter(None, map(topic_of, answer.labels)), None)
            guessed.append((answer, guess))
    return told + guessed


def identity_of(said: Recognised, field: str, missing: str) -> Identity:
    """Who the answers name. Raises `PayloadRejected` for `field`: `missing` where they name nobody."""
    if not (said.email or said.anonymous_id):
        raise PayloadRejected(field, missing)
    try:
        email = normalise_email(said.email) if said.email else None
    except EmailInvalid as invalid:
        raise PayloadRejected(field, str(invalid)) from None
    return Identity(email=email, anonymous_id=said.anonymous_id and said.anonymous_id[:255])


def event_of(intent: Intent, said: Recognised, identity: Identity, **named: Any) -> InboundEvent:
    """What was said, as the event that it means; `named` are the event's id and times."""
    facts = facts_of(intent.type, said, identity, **intent.facts())
    return InboundEvent(
        type=intent.type, identity=identity, person=said.person, facts=facts, notes=said.notes, **named
    )


def consent_of(event: InboundEvent, said: Recognised) -> list[InboundEvent]:
    """The consent that was given with a form, as an event of its own beside the form's; none for a stranger.

    It has the form's own id or content, so that it is told from its repetition as the form is.
    """
    if not (said.consent and event.identity.email):
        return []
    named = {
        "delivery_id": event.delivery_id and f"{event.delivery_id}:consent",
        "content_hash": event.content_hash and f"{event.content_hash}:consent",
    }
    kind, facts = EventType.CONSENT_GIVEN, ConsentFacts(basis="form")
    return [event.model_copy(update={**named, "type": kind, "facts": facts, "person": Person(), "notes": {}})]


def facts_of(kind: EventType, said: Recognised, identity: Identity, **stated: Any) -> Facts:
    """The facts of an event, with what the address itself tells. Raises pydantic's `ValidationError`.

    An address may come from elsewhere than an answer, or be left out because it is none.
    """
    known = {name: value for name, value in said.facts.items() if name != "free_email"}
    return facts_model(kind).model_validate({**known, **mailbox_facts(identity.email), **stated})


def _says_more(topic: str, value: str) -> bool:
    """Whether the text is worth keeping beside what it is read as."""
    return topic in ("budget", "consent") or (topic == "intent" and intent_of_word(value) is None)


def _note(found: Recognised, answer: Answer) -> None:
    if answer.value.strip():
        found.notes.setdefault(answer.labels[0] if answer.labels else "answer", answer.value.strip())


def _person(said: dict[str, str], country: str | None) -> Person:
    known = {name: said[name] for name in _PERSON if name in said}
    if known.get("title", "").rstrip(".").lower() in _SALUTATIONS:
        del known["title"]
    if not ("first_name" in known or "last_name" in known):
        known |= _split_name(said.get("name", ""))
    if "phone" in known:
        known["phone"] = normalise_phone(known["phone"], country)
    limits = {"company": 300, "phone": 64}
    return Person(**{name: value[: limits.get(name, 200)] for name, value in known.items()})


def _split_name(name: str) -> dict[str, str]:
    """The first word is the first name, the rest the last; "Lovelace, Ada" says which is which."""
    family, comma, given = name.partition(",")
    words = (given.split() + family.split()) if comma and given.strip() else name.replace(",", " ").split()
    parts = {"first_name": words[0] if words else "", "last_name": " ".join(words[1:])}
    return {part: value for part, value in parts.items() if value}


def _facts(said: dict[str, str], notes: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = mailbox_facts(said.get("email"))
    for name in _FACTS:
        if name in said:
            value = read_fact(name, said[name])
            if value is None:
                notes.setdefault(name, said[name])
            else:
                facts[name] = value
    if channel := _channel(said):
        facts["channel"] = channel
    if campaign := read_fact("campaign", said.get("utm_campaign", "")):
        facts["campaign"] = campaign
    if states_budget(said.get("budget", "")):
        facts["states_budget"] = True
    return facts


def _channel(said: dict[str, str]) -> str | None:
    """A stated channel, or the campaign's source, or its medium."""
    stated = (said[name] for name in ("channel", "utm_source", "utm_medium") if name in said)
    return next((word for text in stated if (word := read_fact("channel", text))), None)
