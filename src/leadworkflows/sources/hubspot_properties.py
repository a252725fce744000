"""What a contact's properties say, by HubSpot's internal names of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leadworkflows.sources.fields import Answer, Recognised, recognise
from leadworkflows.sources.firmographics import time_zones
from leadworkflows.sources.identity import EmailInvalid, normalise_email
from leadworkflows.sources.topics import field_key, topic_of

TOPICS = {
    "email": "email",
    "firstname": "first_name",
    "lastname": "last_name",
    "jobtitle": "title",
    "company": "company",
    "phone": "phone",
    "mobilephone": "phone",
    "industry": "industry",
    "numberofemployees": "employees",
    "numemployees": "employees",
    "country": "country",
    "hs_timezone": "time_zone",
    "hs_analytics_source": "utm_medium",
}
"""HubSpot's own properties. The source that it finds by itself counts least: UTM values come before it."""
_GUESSED = frozenset({
    "employees", "company_type", "industry", "country", "time_zone", "budget", "channel", "utm_source",
    "utm_medium", "utm_campaign", "intent",
})  # fmt: skip
_SOCIAL = frozenset({"SOCIAL_MEDIA", "PAID_SOCIAL"})
_ORDER = {name: place for place, name in enumerate(TOPICS)}


def recognise_properties(properties: Mapping[str, str], fields: Mapping[str, str]) -> Recognised:
    """The properties of a contact, sorted. `fields` maps further ones to topics, as the settings say.

    Of a property that is not HubSpot's own, the name may tell a fact but never who somebody is:
    `email_opt_in` is no address. What HubSpot computes itself (`hs_…`) is left out otherwise.
    """
    answers, notes = [], {}
    for name, value in _best_first(properties):
        known = TOPICS.get(name.lower())
        if known or field_key(name) in fields or _guessed(name):
            answers.append(Answer((name,), _readable(name.lower(), value, properties), known))
        elif not name.lower().startswith("hs_"):
            notes[name] = value
    found = recognise(answers, fields=fields)
    found.notes = {**notes, **found.notes}
    return found


def recognise_keys(keys: Mapping[str, str], fields: Mapping[str, str]) -> Recognised:
    """The keys of a request body that a user composed: named by that user, and guessed as a form's are."""
    known = ((name, value, TOPICS.get(name.lower())) for name, value in _best_first(keys))
    return recognise(
        (Answer((name,), _readable(name.lower(), value, keys), topic) for name, value, topic in known),
        fields=fields,
    )


def valid_email(said: Recognised) -> str | None:
    """The address as leads are known by it. One that is none is kept as a note."""
    if not said.email:
        return None
    try:
        return normalise_email(said.email)
    except EmailInvalid:
        said.notes.setdefault("email", said.email)
        said.facts.pop("free_email", None)
        return None


def _best_first(properties: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The first answer to a topic counts: `phone` before `mobilephone`, both before what is guessed."""
    stated = ((name, value) for name, value in properties.items() if value)
    return sorted(stated, key=lambda item: _ORDER.get(item[0].lower(), len(_ORDER)))


def _guessed(name: str) -> bool:
    return not name.lower().startswith("hs_") and topic_of(name) in _GUESSED


def _readable(name: str, value: str, properties: Mapping[str, str]) -> str:
    if name == "hs_timezone":
        return _zone(value)
    if name == "hs_analytics_source" and value in _SOCIAL:
        return properties.get("hs_analytics_source_data_1") or value
    return value


def _zone(value: str) -> str:
    """`europe_slash_berlin`, as HubSpot writes a zone, is Europe/Berlin."""
    plain = value.lower().replace("_slash_", "/").replace("_hyphen_", "-")
    return time_zones().get(plain, value)
