"""API keys at the door: `Authorization: Bearer …` or `X-API-Key`, with the scope that a route needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from leadworkflows.api.keyring import Caller
from leadworkflows.api.parts import Parts, PartsGiven
from leadworkflows.api.problems import forbidden, unauthorised
from leadworkflows.api.requests import client_address
from leadworkflows.store.api_keys import Scope

_WHERE = "A key of LEADWORKFLOWS_API_KEYS, or of `leadworkflows key create`."
_bearer = HTTPBearer(auto_error=False, description=_WHERE)
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description=_WHERE)
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
_Header = Annotated[str | None, Depends(_header)]


def key_required(scope: Scope) -> Any:
    """The dependency of routes that need a key with this scope.

    It raises 401 without a known key, 403 where the key lacks the scope, 429 past its limit.
    """

    async def require(request: Request, parts: PartsGiven, _: _Bearer, __: _Header) -> None:
        address = client_address(request)
        parts.limits.check(address)
        if await permitted(parts, request.headers, scope) is None:
            parts.limits.count_failure(address)
            raise unauthorised(
                "Send a key as `Authorization: Bearer …`: one of LEADWORKFLOWS_API_KEYS, or one that"
                " `leadworkflows key create` made."
            )

    return Depends(require)


async def permitted(parts: Parts, headers: Mapping[str, str], scope: Scope) -> Caller | None:
    """Who asks, None for a stranger. Raises 403 and 429."""
    caller = await parts.keys.caller(headers)
    if caller is None:
        return None
    if scope not in caller.scopes:
        raise forbidden(scope)
    parts.limits.count_key(caller.name)
    return caller
