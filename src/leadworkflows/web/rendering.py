"""From templates to answers: nothing typed becomes markup, and a page loads nothing from anybody else."""

from __future__ import annotations

import base64
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from leadworkflows.api.problems import Problem, not_found, unavailable
from leadworkflows.sources.rejections import problem_of
from leadworkflows.store.errors import StoreError, UnknownLead
from leadworkflows.web.assets import asset_url, inline
from leadworkflows.web.shell import Shell, shell_of

_PAGES = Environment(
    loader=PackageLoader("leadworkflows.web"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.globals["static"] = asset_url
_LETTER_SHEET = "preferences.css"
NO_NULL = r"^[^\x00]*$"
"""What PostgreSQL takes as text."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def page(
    request: Request,
    template: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **given: Any,
) -> HTMLResponse:
    """A page of the dashboard, in its layout: `templates/base.html` has the blocks that a page fills.

    Templates know `shell` (where one is, who looks, and the token that every form posts as `csrf`) and
    `static(name)`.
    """
    text = render(template, shell=shell_of(request), **given)
    return HTMLResponse(_sent(text), status, {**_PRIVATE, **_DASHBOARD, **(headers or {})})


def letter(
    template: str, status: int = 200, headers: Mapping[str, str] | None = None, **given: Any
) -> HTMLResponse:
    """A page for the reader of a mail: it loads nothing at all, and may post to us."""
    text = render(template, style=Markup(inline(_LETTER_SHEET)), **given)  # noqa: S704 - our own file
    return HTMLResponse(_sent(text), status, {**_PRIVATE, **_letter_policy(), **(headers or {})})


def render(template: str, **given: Any) -> str:
    """The text of a template, or of a part of a page that is sent by itself."""
    return _PAGES.get_template(template).render(**given)


class PageProblem(Problem):
    """What ends a request early with a page of its own, in the reader's language."""

    def __init__(self, shown: HTMLResponse, detail: str) -> None:
        super().__init__(shown.status_code, "not-found", detail)
        self.shown = shown


class PageRoute(APIRoute):
    """What the API answers as a problem document, a person is told as a page."""

    def get_route_handler(self) -> Handler:
        """The usual handler, with its refusals as pages."""
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await usual(request)
            except PageProblem as problem:
                return problem.shown
            except Problem as problem:
                return _refusal(request, problem)
            except UnknownLead:
                return _refusal(request, not_found("There is no lead with this id."))
            except RequestValidationError as error:
                return _refusal(request, _unreadable(error))
            except StoreError:
                return _refusal(request, unavailable("The store cannot be read now. Try again in a moment."))

        return handle


_TITLES = {422: "This address does not fit"}


def _unreadable(error: RequestValidationError) -> Problem:
    """An address that was typed or kept from another time: it names what does not fit."""
    # The first part of the place is "query" or "path", which nobody wrote.
    found = [problem_of({**one, "loc": one["loc"][1:]}) for one in error.errors()]
    said = "; ".join(f"`{each.field}` {each.problem} ({each.fix})" for each in found[:3])
    return Problem(422, "invalid-fields", f"The address of this page does not fit: {said}.")


def _refusal(request: Request, problem: Problem) -> Response:
    if problem.status in (303, 307):
        return Response(status_code=problem.status, headers=problem.headers)
    title = _TITLES.get(problem.status) or HTTPStatus(problem.status).phrase
    return page(request, "refused.html", problem.status, problem.headers, title=title, detail=problem.detail)


def _sent(text: str) -> bytes:
    """A lone surrogate is no text that could be sent."""
    return text.encode("utf-8", "replace")


_PRIVATE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
_DASHBOARD = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'",
    # With `no-referrer` a browser would hide from ourselves, too, where a form was posted from.
    "Referrer-Policy": "same-origin",
}


@cache
def _letter_policy() -> dict[str, str]:
    """The style is named by its hash: no other one counts, whoever wrote it."""
    style = base64.b64encode(sha256(inline(_LETTER_SHEET).encode()).digest()).decode()
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
    }


__all__ = ["NO_NULL", "PageRoute", "Shell", "letter", "page", "render"]
