"""API keys: `Authorization: Bearer …` or `X-API-Key`, compared in constant time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leadworkflows.api.deps import Deps
from leadworkflows.api.problems import unauthorised
from leadworkflows.settings import Settings
from leadworkflows.sources.form import header_keys
from leadworkflows.sources.signatures import same

_bearer = HTTPBearer(auto_error=False, description="A key of LEADWORKFLOWS_API_KEYS.")
_Documented = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def key_accepted(headers: Mapping[str, str], settings: Settings) -> bool:
    """Whether one of the headers carries a key of ours."""
    known = [key.get_secret_value() for key in settings.api_keys]
    # All are compared, so that the time does not tell which one fits.
    return sum(same(given, key) for given in header_keys(headers) for key in known) > 0


def require_key(request: Request, deps: Deps, _: _Documented) -> None:
    """Raise 401 unless the request carries a key."""
    if not deps.settings.api_keys:
        raise unauthorised("No key is set: set LEADWORKFLOWS_API_KEYS, then send one as bearer.")
    if not key_accepted(request.headers, deps.settings):
        raise unauthorised("Send a key of LEADWORKFLOWS_API_KEYS as `Authorization: Bearer …`.")


KeyRequired = Depends(require_key)
