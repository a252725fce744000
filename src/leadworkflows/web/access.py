"""Who may look at pages: whoever holds an API key that may read, asked for by the browser itself.

HTTP Basic, because a browser can do it without a page of ours: any user name, the key as password.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from fastapi import Depends, Request

from leadworkflows.api.keys import permitted
from leadworkflows.api.parts import PartsGiven
from leadworkflows.api.problems import Problem
from leadworkflows.api.requests import client_address
from leadworkflows.store.api_keys import Scope

CHALLENGE = {"WWW-Authenticate": 'Basic realm="leadworkflows", charset="UTF-8"'}


async def _require(request: Request, parts: PartsGiven) -> None:
    address = client_address(request)
    parts.limits.check(address)
    given = _as_key(request.headers)
    if await permitted(parts, given, Scope.READ) is not None:
        return
    if given:  # a browser asks once without a key before it asks its user for one
        parts.limits.count_failure(address)
    raise Problem(
        401,
        "not-authorised",
        "Reload the page, leave the user name as it is, and give an API key as the password: one of"
        " LEADWORKFLOWS_API_KEYS, or one of `leadworkflows key create NAME --scope read`.",
        headers=CHALLENGE,
    )


reader_required: Any = Depends(_require)
"""The dependency of pages. It raises 401 without a known key, 403 where it may not read, 429 past a limit."""


def _as_key(headers: Mapping[str, str]) -> dict[str, str]:
    """The password of HTTP Basic, as the header that API keys are looked for in."""
    scheme, _, encoded = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        _, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {"x-api-key": ""}
    return {"x-api-key": password if colon else ""}
