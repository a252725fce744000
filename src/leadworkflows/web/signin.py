"""`/sign-in` and `/sign-out`: the dashboard's password, for who looks from another machine."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import SecretStr

from leadworkflows.api.deps import Deps
from leadworkflows.api.parts import PartsGiven
from leadworkflows.api.problems import Problem, not_found
from leadworkflows.api.requests import client_address
from leadworkflows.sources.signatures import same
from leadworkflows.web.access import reader_required, tokens_of
from leadworkflows.web.posted import read_posted, same_origin
from leadworkflows.web.rendering import PageRoute, page
from leadworkflows.web.tokens import COOKIE, LASTS

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_HASHED = "$argon2"
_LONGEST = 1000
_STRANGER = "sign-in"
"""Whose form it is before anybody is known."""


@router.get("/sign-in")
async def form(
    request: Request,
    deps: Deps,
    parts: PartsGiven,
    next: Annotated[str, Query()] = "/",  # noqa: A002
) -> Response:
    """The form. Where no password is set there is nothing to sign in to."""
    _password(deps.settings.dashboard_password)
    token = (await tokens_of(parts)).form(_STRANGER)
    return page(request, "sign_in.html", token=token, next=_ours(next), wrong=False)


@router.post("/sign-in")
async def sign_in(request: Request, deps: Deps, parts: PartsGiven) -> Response:
    """A cookie for who knows the password. 429 for who tries too often."""
    password = _password(deps.settings.dashboard_password)
    address, posted, tokens = client_address(request), await read_posted(request), await tokens_of(parts)
    if not same_origin(request, deps.settings.public_url):
        raise Problem(403, "cross-site", "Sign in from the page of this dashboard.")
    parts.limits.count_password(address)
    back = _ours(posted.get("next", "/"))
    known = tokens.is_form_of(_STRANGER, posted.csrf)
    if not known or not await fits(posted.get("password"), password):
        again = tokens.form(_STRANGER)
        return page(request, "sign_in.html", 401, token=again, next=back, wrong=True)
    parts.limits.take_back_password(address)
    answer = RedirectResponse(back, 303, headers={"Cache-Control": "no-store"})
    safe = "https" in (request.url.scheme, urlsplit(deps.settings.public_url).scheme)
    answer.set_cookie(
        COOKIE,
        tokens.session(),
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        secure=safe,
        samesite="lax",
    )
    return answer


@router.post("/sign-out", dependencies=[reader_required])
async def sign_out() -> Response:
    """The cookie goes."""
    answer = RedirectResponse("/sign-in", 303, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


async def fits(given: str, password: SecretStr) -> bool:
    """Whether a password is the right one. A hash is slow to check on purpose, so not in the event loop."""
    expected = password.get_secret_value().strip()
    if not given or len(given) > _LONGEST:
        return False
    if not expected.startswith(_HASHED):
        return same(given, expected)
    return await asyncio.to_thread(_verified, expected, given)


def _verified(expected: str, given: str) -> bool:
    try:
        return PasswordHasher().verify(expected, given)
    except (Argon2Error, InvalidHashError):
        return False


def _password(password: SecretStr | None) -> SecretStr:
    if password is None:
        raise not_found("Nobody signs in here: LEADWORKFLOWS_DASHBOARD_PASSWORD is not set.")
    return password


def _ours(address: str) -> str:
    """Where to go on to: a page of ours, whatever the address says."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if inside else "/"
