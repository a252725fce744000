"""Who may look at pages, and who may do something there.

On the machine itself and without a password, whoever opens them; with LEADWORKFLOWS_DASHBOARD_PASSWORD
who signed in; always who holds an API key, by HTTP Basic: any user name, the key as password. What is
posted must come from a page of ours: by what the browser says of its origin, and by a token.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import Depends, Request

from leadworkflows.api.keys import permitted
from leadworkflows.api.parts import Parts, PartsGiven
from leadworkflows.api.problems import Problem, forbidden
from leadworkflows.api.requests import client_address
from leadworkflows.store.api_keys import Scope
from leadworkflows.store.errors import StoreError
from leadworkflows.web.loopback import is_here
from leadworkflows.web.posted import Posted, read_posted, same_origin
from leadworkflows.web.shell import Visitor
from leadworkflows.web.tokens import COOKIE, Tokens

CHALLENGE = {"WWW-Authenticate": 'Basic realm="leadworkflows", charset="UTF-8"'}
_READS = ("GET", "HEAD")
_STALE = "This form is from another time or place. Go back, reload the page and send it again."


def visitor_with(scope: Scope) -> Any:
    """The dependency of pages that need a visitor who may do this.

    It raises 401 or leads to the sign-in where nobody is known, 403 where a key may not or a form is
    not ours, 429 past a limit.
    """

    async def require(request: Request, parts: PartsGiven) -> None:
        tokens = await tokens_of(parts)
        name = await _visitor(request, parts, scope, tokens)
        request.state.visitor = _shown(name, tokens)
        if request.method not in _READS:
            posted = await read_posted(request)
            if not same_origin(request, parts.deps.settings.public_url):
                raise Problem(403, "cross-site", _STALE)
            if not tokens.is_form_of(name, posted.csrf):
                raise Problem(403, "stale-form", _STALE)
            request.state.posted = posted

    return Depends(require)


async def visitor_if_known(request: Request, parts: Parts) -> Visitor | None:
    """Who looks, for a page that turns nobody away; None for whom the other pages would turn away."""
    try:
        tokens = await tokens_of(parts)
        return _shown(await _visitor(request, parts, Scope.READ, tokens), tokens)
    except (Problem, StoreError):
        return None


def _shown(name: str, tokens: Tokens) -> Visitor:
    return Visitor(name, tokens.form(name), signed_in=name.startswith("session:"))


reader_required: Any = visitor_with(Scope.READ)
"""For what is only looked at."""
seller_required: Any = visitor_with(Scope.COMMAND)
"""For what sales does with a lead."""
manager_required: Any = visitor_with(Scope.MANAGE)
"""For what changes the installation."""
rights_required: Any = visitor_with(Scope.RIGHTS)
"""For handing over and erasing what is held on a person."""


async def _posted(request: Request) -> Posted:
    return cast("Posted", request.state.posted)


PostedGiven = Annotated[Posted, Depends(_posted)]
"""The fields and files of a form that was checked. Only behind one of the dependencies above."""


async def tokens_of(parts: Parts) -> Tokens:
    """What cookies and forms are signed with here. Raises StoreError."""
    secret = await parts.deps.store.secrets.get("pages")
    return Tokens(secret, parts.deps.settings.dashboard_password)


async def _visitor(request: Request, parts: Parts, scope: Scope, tokens: Tokens) -> str:
    settings, given = parts.deps.settings, _as_key(request.headers)
    if given:
        return await _key_holder(request, parts, scope, given)
    if settings.dashboard_password is None:
        if is_here(request, settings.public_url):
            return "here"
        raise _who_are_you()
    session = tokens.session_of(request.cookies.get(COOKIE))
    if session is None:
        raise _sign_in(request)
    return f"session:{session}"


async def _key_holder(request: Request, parts: Parts, scope: Scope, given: Mapping[str, str]) -> str:
    address = client_address(request)
    parts.limits.check(address)
    caller = await parts.keys.caller(given)
    if caller is None:
        parts.limits.count_failure(address)
        raise _who_are_you()
    if await permitted(parts, given, scope) is None:
        raise forbidden(scope)
    return f"key:{caller.name}"


def _sign_in(request: Request) -> Problem:
    """To the form, and back to where one wanted to go; a part of a page asks to be loaded anew."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = wanted if request.method in _READS else "/"
    if "hx-request" in request.headers or "text/event-stream" in request.headers.get("accept", ""):
        return Problem(401, "not-authorised", "Sign in again.", headers={"HX-Refresh": "true"})
    return Problem(303, "sign-in", "Sign in.", headers={"Location": f"/sign-in?next={quote(back, safe='/')}"})


def _who_are_you() -> Problem:
    return Problem(
        401,
        "not-authorised",
        "Reload the page, leave the user name as it is, and give an API key as the password: one of"
        " LEADWORKFLOWS_API_KEYS, or one of `leadworkflows key create NAME --scope read`. With"
        " LEADWORKFLOWS_DASHBOARD_PASSWORD set, people sign in with that instead.",
        headers=CHALLENGE,
    )


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
