"""Contacts written: read by e-mail address, updated, and upserted through the batch endpoint.

Needs the scopes crm.objects.contacts.read and crm.objects.contacts.write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from leadworkflows.hubspot.answers import LookupRefused, LookupThrottled, LookupUnavailable, read_answer
from leadworkflows.sources.parts import objects, part, text
from leadworkflows.vendor import (
    OutcomeUnknown,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

_CONTACTS = "/crm/v3/objects/contacts"
_UPSERT = f"{_CONTACTS}/batch/upsert"
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_PASSING = {408, 409, 423, 477}
"""Timed out, written by another at the same moment, locked, being moved to another data centre."""


@dataclass(frozen=True)
class Contact:
    """A contact as HubSpot states it."""

    id: str
    properties: Mapping[str, str]


class HubSpotCrm:
    """Writes contacts with a private app's token.

    Every method raises the sorted answers of `vendor`; nothing in them quotes a person.
    """

    def __init__(self, token: str, base_url: str = "https://api.hubapi.com", timeout_s: float = 10.0) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=timeout_s, headers={"authorization": f"Bearer {token.strip()}"}
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def read(self, email: str, properties: Iterable[str]) -> Contact | None:
        """The contact with an address, or None where there is none."""
        asked = {"idProperty": "email", "properties": ",".join(properties)}
        answer = await self._ask("GET", _path(email), params=asked)
        return None if answer.status_code == httpx.codes.NOT_FOUND else _contact(_read(answer))

    async def update(self, email: str, properties: Mapping[str, str]) -> None:
        """Change properties of a contact that is there."""
        body = {"properties": dict(properties)}
        answer = await self._ask("PATCH", _path(email), params={"idProperty": "email"}, json=body)
        if answer.status_code != httpx.codes.NOT_FOUND:  # deleted meanwhile: the upsert makes it anew
            _read(answer, properties)

    async def upsert(self, email: str, properties: Mapping[str, str]) -> Contact:
        """Make or change the contact with an address: a batch of one, as HubSpot recommends."""
        given = {"id": email, "idProperty": "email", "properties": dict(properties)}
        body = _read(await self._ask("POST", _UPSERT, json={"inputs": [given]}), properties)
        for result in objects(body, "results"):
            return _contact(result)
        for error in objects(body, "errors"):  # a 207: the batch was taken, and our one contact was not
            raise _sorted(text(error.get("category")), text(error.get("message")), properties)
        raise OutcomeUnknown("HubSpot's answer to the upsert lists no contact")

    async def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, **sent)
        except _NEVER_SENT as lost:
            raise VendorUnavailable(f"HubSpot was not reached: {type(lost).__name__}") from None
        except httpx.HTTPError as lost:
            raise OutcomeUnknown(f"HubSpot did not answer: {type(lost).__name__}") from None


def _path(email: str) -> str:
    return f"{_CONTACTS}/{quote(email, safe='')}"


def _contact(stated: dict[str, Any]) -> Contact:
    properties = {name: text(value) for name, value in part(stated, "properties").items()}
    return Contact(text(stated.get("id")), properties)


def _read(answer: httpx.Response, sent: Mapping[str, str] | None = None) -> dict[str, Any]:
    try:
        return read_answer(answer)
    except LookupThrottled as throttled:
        raise VendorThrottled(str(throttled), timedelta(seconds=throttled.retry_after_s)) from None
    except LookupUnavailable as away:
        raise VendorUnavailable(str(away)) from None
    except LookupRefused as refused:
        raise _refusal(refused, answer, sent or {}) from None


def _refusal(refused: LookupRefused, answer: httpx.Response, sent: Mapping[str, str]) -> Exception:
    match refused.status:
        case 403:
            return VendorBlocked(
                "HubSpot does not let the token write contacts: add the scopes crm.objects.contacts.read and"
                " crm.objects.contacts.write to its app"
            )
        case 400:
            return _sorted("VALIDATION_ERROR", _message(answer), sent)
        case status if status in _PASSING:
            return VendorUnavailable(f"HubSpot: {status}")
        case _:
            return VendorBlocked(refused.detail)


def _message(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    return text(body.get("message")) if isinstance(body, dict) else ""


def _sorted(category: str, message: str, sent: Mapping[str, str]) -> Exception:
    """What to do about a contact that HubSpot did not take."""
    if category == "RATE_LIMITS":
        return VendorThrottled("HubSpot: too many requests", timedelta(seconds=10))
    if category not in {"VALIDATION_ERROR", "INVALID_EMAIL", "OBJECT_ALREADY_EXISTS"}:
        return VendorUnavailable(f"HubSpot did not take the contact: {_code(category)}")
    problems = _problems(message, sent)
    for name, code in problems.items():
        if remedy := _remedy(name, code, sent):
            return remedy
    listed = ", ".join(f"{name}: {code}" for name, code in problems.items()) or _code(category)
    return VendorRefused(f"HubSpot refused the contact: {listed}")


def _remedy(name: str, code: str, sent: Mapping[str, str]) -> Exception | None:
    if code == "PROPERTY_DOESNT_EXIST":
        return VendorBlocked(
            f"HubSpot has no contact property {name}: create it there, or correct the policy"
        )
    if name == "hubspot_owner_id":
        return VendorBlocked(
            f"HubSpot does not know the owner {sent[name]}: correct `hubspot` under `crm` of the lead's owner"
        )
    if name == "lifecyclestage" and code == "INVALID_OPTION":
        return VendorRefused(
            f"the HubSpot account has no lifecycle stage {sent[name]}: say under `stages` of crm.hubspot"
            " which of its own stages are meant"
        )
    return None


def _problems(message: str, sent: Mapping[str, str]) -> dict[str, str]:
    """The properties that HubSpot complains of, with its code. Its sentences quote values and stay out."""
    start, end = message.find("["), message.rfind("]")
    try:
        listed = json.loads(message[start : end + 1]) if 0 <= start < end else []
    except ValueError:
        listed = []
    stated = [(text(each.get("name")), text(each.get("error"))) for each in listed if isinstance(each, dict)]
    return {name: _code(code) for name, code in stated if name in sent}


def _code(stated: str) -> str:
    return stated if re.fullmatch(r"[A-Z][A-Z_]{1,60}", stated) else "without a reason"
