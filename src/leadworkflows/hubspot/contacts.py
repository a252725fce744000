"""Contacts by their ids: who is behind an event that HubSpot sent without an address.

One question takes up to 100 contacts (`POST /crm/v3/objects/contacts/batch/read`) and needs the scope
crm.objects.contacts.read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import Facts
from leadworkflows.hubspot.answers import LookupRefused, LookupUnavailable, read_answer
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.sources.hubspot_properties import recognise_properties, valid_email
from leadworkflows.sources.hubspot_values import number
from leadworkflows.sources.parts import objects, part, text

PROPERTIES = (
    "email", "firstname", "lastname", "jobtitle", "company", "phone", "industry", "numberofemployees",
    "country", "hs_timezone", "hs_merged_object_ids",
)  # fmt: skip
BATCH = 100
"""Contacts of one question, HubSpot's own limit."""
_READ = "/crm/v3/objects/contacts/batch/read"
_ACCOUNT = "/account-info/v3/details"


@dataclass(frozen=True)
class LookedUp:
    """What HubSpot knows of the visitors asked for. It could not say, for now, of a key in neither."""

    found: dict[str, InboundEvent] = field(default_factory=dict)
    """By visitor key, an event that joins the e-mail address to the contact's id."""
    missing: set[str] = field(default_factory=set)
    """Without an address, deleted, of another portal, or no contact of HubSpot at all."""


class HubSpotContacts:
    """A token belongs to one portal, and contacts are numbered anew in each.

    So the portal is asked for once, and a contact of another one is never looked up: it would be
    somebody else.
    """

    def __init__(self, token: str, base_url: str = "https://api.hubapi.com", timeout_s: float = 10.0) -> None:
        self._portal: str | None = None
        self._portal_asked = False
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=timeout_s, headers={"authorization": f"Bearer {token.strip()}"}
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def look_up(self, keys: Sequence[str]) -> LookedUp:
        """The contacts behind visitor keys such as `hubspot:62515-123`.

        Raises `LookupThrottled`, `LookupUnavailable` or `LookupRefused`; nothing is known of any key then.
        """
        answer = LookedUp(missing=set(keys))
        ours = await self._ours(keys)
        for start in range(0, len(ours), BATCH):
            await self._read(dict(list(ours.items())[start : start + BATCH]), answer)
        return answer

    async def check(self) -> str | None:
        """Ask what a look-up asks, for nobody: the account's number, or None where the token may not say.

        Raises as `look_up` does.
        """
        portal = await self._ask_portal()
        await self._read({"1": "hubspot:nobody"}, LookedUp())
        return portal

    async def _ours(self, keys: Sequence[str]) -> dict[str, str]:
        """The keys by the contact's number, of the portal that the token is for."""
        named = {key: numbers for key in keys if (numbers := _numbers(key))}
        if named and not self._portal_asked:
            self._portal, self._portal_asked = await self._ask_portal(), True
        portals = {self._portal} if self._portal else {portal for portal, _ in named.values()}
        if len(portals) > 1:
            raise LookupRefused(
                "contacts of several portals arrive, and the token does not say which is its own"
            )
        return {contact: key for key, (portal, contact) in named.items() if portal in portals}

    async def _ask_portal(self) -> str | None:
        """None where the token may not ask: then what was set up is believed."""
        try:
            answer = await self._ask("GET", _ACCOUNT)
        except LookupRefused as refused:
            if refused.status in {httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}:
                return None
            raise
        return number(answer.get("portalId"))

    async def _read(self, asked: dict[str, str], into: LookedUp) -> None:
        question = {"properties": list(PROPERTIES), "inputs": [{"id": contact} for contact in asked]}
        answer = await self._ask("POST", _READ, question)
        if not isinstance(answer.get("results"), list):
            raise LookupUnavailable("HubSpot's answer lists no contacts")
        into.missing.difference_update(asked[contact] for contact in _undecided(answer) & asked.keys())
        for contact in objects(answer, "results"):
            for key in (asked[each] for each in _names(contact) if each in asked):
                if event := _event(key, contact):
                    into.found[key] = event
                    into.missing.discard(key)

    async def _ask(self, method: str, path: str, question: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = await self._client.request(method, path, json=question)
        except httpx.HTTPError as lost:
            raise LookupUnavailable(f"HubSpot was not reached: {type(lost).__name__}") from None
        return read_answer(answer)


def _event(key: str, contact: dict[str, Any]) -> InboundEvent | None:
    stated = {name: text(value) for name, value in part(contact, "properties").items()}
    said = recognise_properties(stated, {})
    email = valid_email(said)
    if email is None:
        return None
    return InboundEvent(
        type=EventType.FACTS_UPDATED,
        identity=Identity(email=email, vendor_ids={"hubspot": key.removeprefix("hubspot:")}),
        person=said.person,
        facts=Facts.model_validate(said.facts),
    )


def _numbers(key: str) -> tuple[str, str] | None:
    """The portal and the contact that a visitor key names, or None for another vendor's."""
    vendor, _, numbers = key.partition(":")
    portal, _, contact = numbers.partition("-")
    theirs, named = number(portal), number(contact)
    return (theirs, named) if vendor == "hubspot" and theirs and named else None


def _names(contact: dict[str, Any]) -> set[str]:
    """The contact's number, and those of the contacts that were merged into it."""
    merged = text(part(contact, "properties").get("hs_merged_object_ids")).split(";")
    return {name for stated in (contact.get("id"), *merged) if (name := number(stated))}


def _undecided(answer: dict[str, Any]) -> set[str]:
    """Contacts that a 207 reports trouble with, other than that they are not there."""
    troubles = [each for each in objects(answer, "errors") if each.get("category") != "OBJECT_NOT_FOUND"]
    stated = [part(trouble, "context").get("ids") for trouble in troubles]
    return {name for ids in stated if isinstance(ids, list) for each in ids if (name := number(each))}
