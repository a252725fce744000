"""HubSpot's answers, sorted by what can be done about them."""

from __future__ import annotations

import re
from typing import Any

import httpx

_SECONDS = re.compile(r"[0-9]{1,5}", re.ASCII)
_BURST_S = 10.0
"""HubSpot counts requests in windows of ten seconds."""
_DAILY_S = 3600.0
"""The daily limit is free again at midnight in the portal's own zone, which the answer does not name."""


class LookupThrottled(Exception):
    """Too many requests: ask again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"HubSpot asks to wait {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class LookupUnavailable(Exception):
    """HubSpot was not reached, or could not answer: ask again later."""


class LookupRefused(Exception):
    """HubSpot will not answer until somebody changes a setting; the message says which."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


def read_answer(answer: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer that is one. Raises one of the three above; no body is repeated in it."""
    status = answer.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise LookupThrottled(_wait(answer))
    if 400 <= status < 500:
        raise LookupRefused(_refusal(status), status)
    body = _json(answer) if answer.is_success else None
    if not isinstance(body, dict):
        raise LookupUnavailable(f"HubSpot answered with status {status} and nothing that can be read")
    return body


def _refusal(status: int) -> str:
    match status:
        case 401:
            return "HubSpot does not know the token: set LEADWORKFLOWS_HUBSPOT_TOKEN to one that is valid"
        case 403:
            return "the token may not read contacts: add the scope crm.objects.contacts.read to its app"
        case _:
            return f"HubSpot refused the question with status {status}: check LEADWORKFLOWS_HUBSPOT_BASE_URL"


def _wait(answer: httpx.Response) -> float:
    stated = answer.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(stated):
        return float(stated) or 1.0
    body = _json(answer)
    daily = isinstance(body, dict) and body.get("policyName") == "DAILY"
    return _DAILY_S if daily else _BURST_S


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
