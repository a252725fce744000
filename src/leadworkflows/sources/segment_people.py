"""Who a call of Segment's is about, and what it says of them.

https://segment.com/docs/connections/spec/identify/ and …/group/ list the reserved traits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadworkflows.sources.base import Identity, PayloadRejected
from leadworkflows.sources.fields import Answer, Recognised, recognise
from leadworkflows.sources.identity import EmailInvalid, normalise_email, visitor_id
from leadworkflows.sources.parts import part, text
from leadworkflows.sources.topics import topic_of

VENDOR = "segment"
_TRAITS = {
    "email": "email",
    "firstname": "first_name",
    "lastname": "last_name",
    "name": "name",
    "title": "title",
    "jobtitle": "title",
    "phone": "phone",
    "company": "company",
    "companyname": "company",
    "industry": "industry",
    "employees": "employees",
    "companysize": "employees",
    "timezone": "time_zone",
    "country": "country",
}
_COMPANY = {
    "name": "company",
    "industry": "industry",
    "employees": "employees",
    "employeecount": "employees",
    "size": "employees",
    "type": "company_type",
}
_CAMPAIGN = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign"}
_NOT_OURS = frozenset({"id", "avatar", "birthday", "age", "gender", "description", "createdat", "username"})
"""Reserved traits that no rule asks for: what is not kept cannot leak."""
_OF_THE_THING = frozenset(
    {"title", "name", "label", "category", "path", "url", "referrer", "search", "industry", "type", "country"}
)
"""Properties that speak of a page, a product or an asset rather than of the person."""
_LONGEST_ID = 255


def said_by(message: dict[str, Any], kind: str, fields: Mapping[str, str]) -> Recognised:
    """What the call says of the person and their company; what it says most directly comes first."""
    context, traits = part(message, "context"), part(message, "traits")
    answers = list(_company(traits)) if kind == "group" else list(_traits(traits))
    answers += _traits(part(context, "traits"))
    answers += _properties(part(message, "properties"), everything=kind == "track")
    answers.append(Answer(("time_zone",), text(context.get("timezone"))))
    answers += _topics(part(context, "campaign"), _CAMPAIGN)
    known_first = sorted(answers, key=lambda answer: answer.topic is None)
    return recognise(known_first, fields=fields)


def identity_of(message: dict[str, Any], said: Recognised) -> Identity:
    """Who the call is about. An address that is none is left out while an id names the person."""
    user = _id(message.get("userId"))
    email = _email(said.email or "") or _email(user or "")
    anonymous = _id(message.get("anonymousId"))
    vendor_ids = _vendor_ids(user)
    if not (email or anonymous or vendor_ids):
        raise PayloadRejected("userId", "is missing, and so are anonymousId and an e-mail address")
    return Identity(email=email, anonymous_id=anonymous and anonymous[:_LONGEST_ID], vendor_ids=vendor_ids)


def alias_identity(message: dict[str, Any]) -> Identity | None:
    """One person by both ids of an alias call, or None where they say nothing new.

    `previousId` is an anonymous id or a user's id, and nothing tells which: it is read as both. Two
    e-mail addresses are not made one on the word of a call that anybody with the write key can make.
    """
    user, previous = _id(message.get("userId")), _id(message.get("previousId"))
    if not user:
        raise PayloadRejected("userId", "is missing: an alias call names the id that stays")
    if not previous:
        raise PayloadRejected("previousId", "is missing: an alias call names the id that goes")
    addresses = [address for address in (_email(user), _email(previous)) if address]
    email, old = next(iter(addresses), None), _vendor_ids(previous)
    if user == previous or len(addresses) == 2 or not (email or _vendor_ids(user)):
        return None
    stays = _vendor_ids(user) or old
    return Identity(
        email=email,
        anonymous_id=previous[:_LONGEST_ID] if old else _id(message.get("anonymousId")),
        vendor_ids=stays,
        merged_vendor_ids=tuple(f"{VENDOR}:{gone}" for gone in old.values() if old != stays),
    )


def _traits(traits: dict[str, Any]) -> Iterator[Answer]:
    for name, value in traits.items():
        folded = _folded(name)
        if folded == "company" and isinstance(value, dict):
            yield from _company(value)
        elif folded == "address" and isinstance(value, dict):
            yield Answer(("country",), text(value.get("country")), "country")
        elif folded not in _NOT_OURS and _is_said(name, text(value)):
            yield Answer((name,), text(value), _TRAITS.get(folded))


def _company(traits: dict[str, Any]) -> Iterator[Answer]:
    """A company's traits: its phone and its e-mail address are not the person's."""
    yield from _topics(traits, _COMPANY)
    country = part(traits, "address").get("country")
    yield Answer(("country",), text(country), "country")


def _properties(properties: dict[str, Any], *, everything: bool) -> Iterator[Answer]:
    for name, value in properties.items():
        folded = _folded(name)
        about_person = everything and folded not in _OF_THE_THING | _NOT_OURS
        if (about_person or folded == "email") and _is_said(name, text(value)):
            yield Answer((name,), text(value), "email" if folded == "email" else None)


def _topics(data: dict[str, Any], topics: Mapping[str, str]) -> Iterator[Answer]:
    for name, value in data.items():
        if topic := topics.get(_folded(name)):
            yield Answer((topic,), text(value), topic)


def _is_said(name: str, value: str) -> bool:
    """`emailVerified: true` speaks of an e-mail address, and is none."""
    return bool(value) and ("@" in value or topic_of(name) != "email")


def _vendor_ids(user: str | None) -> dict[str, str]:
    """An address is an e-mail address, in whatever place it stands."""
    if user is None or len(user) > _LONGEST_ID or _email(user):
        return {}
    return {VENDOR: user}


def _id(value: Any) -> str | None:
    return None if isinstance(value, bool) else visitor_id(text(value))


def _email(stated: str) -> str | None:
    try:
        return normalise_email(stated) if "@" in stated else None
    except EmailInvalid:
        return None


def _folded(name: str) -> str:
    """`firstName`, `first_name` and "First name" alike."""
    return name.replace("_", "").replace(" ", "").lower()
