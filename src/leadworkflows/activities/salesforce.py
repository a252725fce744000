"""Salesforce's REST API: a lead upserted by our id, with its answers sorted once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from leadworkflows.activities.base import (
    OutcomeUnknown,
    Receipt,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

NOT_PROVIDED = "[not provided]"
"""Salesforce's own words in a required field of which nobody knows the value."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_DAY_LIMIT, _CONCURRENT_LIMIT = timedelta(hours=1), timedelta(minutes=1)
"""The daily limit rolls over 24 hours and the answer does not say when; that of long requests is short."""
_PASSING = {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT", "CONCURRENT_REQUESTS_LIMIT_EXCEEDED"}
_CREDENTIALS = (
    "check LEADWORKFLOWS_SALESFORCE_CLIENT_ID, _CLIENT_SECRET and the app's client credentials flow"
)
_OWNER = "correct `salesforce` under `crm` of the lead's owner"
_ACCESS = "give the app's user the permission to create and edit leads, and these fields"
_EXTERNAL_ID = (
    "make a text field on Lead, External ID and Unique, that the app's user may see, and name it in"
    " LEADWORKFLOWS_SALESFORCE_EXTERNAL_ID_FIELD"
)
_MENDED = {
    "INVALID_SESSION_ID": "let the app's user use the API",
    "API_DISABLED_FOR_ORG": "Salesforce's edition or the app's user has no API access",
    "API_CURRENTLY_DISABLED": "Salesforce's edition or the app's user has no API access",
    "NOT_FOUND": _EXTERNAL_ID,
    "INVALID_FIELD": "create the field in Salesforce, or correct the policy",
    "INVALID_FIELD_FOR_INSERT_UPDATE": _ACCESS,
    "INSUFFICIENT_ACCESS": _ACCESS,
    "INSUFFICIENT_ACCESS_OR_READONLY": _ACCESS,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _OWNER,
    "INVALID_CROSS_REFERENCE_KEY": _OWNER,
    "MALFORMED_ID": _OWNER,
    "INACTIVE_OWNER_OR_USER": _OWNER,
    "OPERATION_WITH_INVALID_USER_OWNER": _OWNER,
}
"""What is tried again once somebody has done what stands beside it."""
_FINAL = {
    "CANNOT_UPDATE_CONVERTED_LEAD": "the lead was converted in Salesforce, and lives on in its opportunity",
    "DUPLICATES_DETECTED": "a duplicate rule forbids it: let the app's user save duplicates, or merge them",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of your organisation forbids it",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "name the organisation's own under `statuses`",
    "REQUIRED_FIELD_MISSING": "give the field a default in Salesforce",
}
_NOT_THERE = "check LEADWORKFLOWS_SALESFORCE_INSTANCE_URL and LEADWORKFLOWS_SALESFORCE_API_VERSION"


class SalesforceClient:
    """Speaks for an app with the OAuth client credentials flow.

    The token is kept until Salesforce no longer knows it, and then renewed once a request.
    """

    def __init__(
        self,
        instance_url: str,
        client_id: str,
        client_secret: str,
        external_id_field: str = "External_Lead_Id__c",
        api_version: str = "v60.0",
        timeout_s: float = 10.0,
    ) -> None:
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._leads = f"/services/data/{api_version}/sobjects/Lead/{external_id_field}"
        self._client = httpx.AsyncClient(base_url=instance_url, timeout=timeout_s)
        self._token: str | None = None
        self._renewing = asyncio.Lock()

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def upsert(self, lead_id: str, fields: Mapping[str, str], required: Sequence[str]) -> Receipt:
        """Make or change the lead with our id.

        Where Salesforce misses a required field on a new lead, it is sent once more with NOT_PROVIDED;
        what Salesforce already knows of an older lead is so never written over.
        """
        answer = await self._authorised(lead_id, fields)
        unknown = [name for name in required if name not in fields]
        if unknown and "REQUIRED_FIELD_MISSING" in _codes(answer):
            answer = await self._authorised(lead_id, {**fields, **dict.fromkeys(unknown, NOT_PROVIDED)})
        return _read(answer)

    async def _authorised(self, lead_id: str, fields: Mapping[str, str]) -> httpx.Response:
        used = self._token or await self._renewed(None)
        answer = await self._patch(lead_id, fields, used)
        if answer.status_code == httpx.codes.UNAUTHORIZED and "INVALID_SESSION_ID" in _codes(answer):
            answer = await self._patch(lead_id, fields, await self._renewed(used))
        return answer

    async def _patch(self, lead_id: str, fields: Mapping[str, str], token: str) -> httpx.Response:
        # The external id stands in the address alone: Salesforce refuses it in the body.
        path = f"{self._leads}/{quote(lead_id, safe='')}"
        return await self._ask("PATCH", path, json=dict(fields), headers={"authorization": f"Bearer {token}"})

    async def _renewed(self, stale: str | None) -> str:
        """A token that is not the stale one; many waiting requests ask for it once."""
        async with self._renewing:
            if self._token is None or self._token == stale:
                form = {"grant_type": "client_credentials", **self._credentials}
                self._token = _token(await self._ask("POST", "/services/oauth2/token", data=form))
            return self._token

    async def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, **sent)
        except _NEVER_SENT as lost:
            raise VendorUnavailable(f"Salesforce was not reached: {type(lost).__name__}") from None
        except httpx.HTTPError as lost:
            raise OutcomeUnknown(f"Salesforce did not answer: {type(lost).__name__}") from None


def _token(answer: httpx.Response) -> str:
    if answer.status_code >= 500:
        raise VendorUnavailable(f"Salesforce gave no token: {answer.status_code}")
    body = _json(answer)
    token = body.get("access_token") if isinstance(body, dict) else None
    if not answer.is_success or not isinstance(token, str):
        raise VendorBlocked(f"Salesforce gave no token: {answer.status_code}; {_CREDENTIALS}")
    return token


def _read(answer: httpx.Response) -> Receipt:
    if answer.is_success:
        body = _json(answer)
        vendor_id = body.get("id") if isinstance(body, dict) else None
        made = "made" if answer.status_code == httpx.codes.CREATED else "changed"
        return Receipt(vendor_id if isinstance(vendor_id, str) else None, f"Salesforce {made} the lead")
    if answer.status_code == httpx.codes.MULTIPLE_CHOICES:
        raise VendorRefused("Salesforce changed nothing: several records match; merge them by hand")
    raise _sorted(answer)


def _sorted(answer: httpx.Response) -> Exception:
    status, codes = answer.status_code, _codes(answer)
    if "REQUEST_LIMIT_EXCEEDED" in codes or status == httpx.codes.TOO_MANY_REQUESTS:
        wait = _CONCURRENT_LIMIT if "concurrent" in answer.text.lower() else _DAY_LIMIT
        return VendorThrottled("Salesforce: REQUEST_LIMIT_EXCEEDED", wait)
    if status >= 500 or status == httpx.codes.REQUEST_TIMEOUT or _PASSING & codes.keys():
        return VendorUnavailable(f"Salesforce: {_listed(codes) or status}")
    for code in codes:
        if remedy := _MENDED.get(code):
            return VendorBlocked(f"Salesforce refused the lead: {_listed(codes)}; {remedy}")
    if not codes:
        return VendorBlocked(f"Salesforce answered {status} and gave no reason; {_NOT_THERE}")
    remedies = [_FINAL[code] for code in codes if code in _FINAL] or ["see Salesforce's list of status codes"]
    return VendorRefused(f"Salesforce refused the lead: {_listed(codes)}; {'; '.join(remedies)}")


def _codes(answer: httpx.Response) -> dict[str, list[str]]:
    """The error codes, each with the fields it is about. The messages may quote a person and stay out."""
    if answer.is_success:
        return {}
    body = _json(answer)
    errors = [each for each in body if isinstance(each, dict)] if isinstance(body, list) else []
    stated = [(each.get("errorCode"), each.get("fields")) for each in errors]
    return {
        code: [name for name in (fields if isinstance(fields, list) else []) if _is_name(name)]
        for code, fields in stated
        if isinstance(code, str) and re.fullmatch(r"[A-Z][A-Z_]{1,80}", code)
    }


def _listed(codes: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{code} ({', '.join(fields)})" if fields else code for code, fields in codes.items())


def _is_name(field: Any) -> bool:
    return isinstance(field, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,79}", field) is not None


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
