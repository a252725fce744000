"""From templates to answers: nothing typed becomes markup, and a page loads nothing from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Callable, Coroutine
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from leadworkflows.api.problems import Problem, not_found, unavailable
from leadworkflows.store.errors import StoreError, UnknownLead

_PAGES = Environment(
    loader=PackageLoader("leadworkflows.web"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def page(
    template: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    sheet: str = "page.css",
    forms: bool = False,
    **given: Any,
) -> HTMLResponse:
    """A page of a template, with the headers that keep it to itself. `forms`: it may post to us."""
    text = _PAGES.get_template(template).render(style=Markup(_style(sheet)), **given)  # noqa: S704 - our own file
    # A lone surrogate is no text that could be sent.
    return HTMLResponse(
        text.encode("utf-8", "replace"), status, {**_security(sheet, forms=forms), **(headers or {})}
    )


class PageProblem(Problem):
    """A refusal that has a page of its own, in the reader's language."""

    def __init__(self, shown: HTMLResponse, detail: str) -> None:
        super().__init__(shown.status_code, "not-found", detail)
        self.shown = shown


class PageRoute(APIRoute):
    """What the API answers as a problem document, a person is told as a page."""

    missing = "There is no lead with this id."

    def get_route_handler(self) -> Handler:
        """The usual handler, with its refusals as pages."""
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await usual(request)
            except PageProblem as problem:
                return problem.shown
            except Problem as problem:
                return _refusal(problem)
            except (UnknownLead, RequestValidationError):
                return _refusal(not_found(self.missing))
            except StoreError:
                return _refusal(unavailable("The store cannot be read now. Try again in a moment."))

        return handle


def _refusal(problem: Problem) -> HTMLResponse:
    title = HTTPStatus(problem.status).phrase
    return page("refused.html", problem.status, problem.headers, title=title, detail=problem.detail)


@cache
def _style(sheet: str) -> str:
    return (files("leadworkflows.web") / "static" / sheet).read_text("utf-8")


@cache
def _security(sheet: str, *, forms: bool) -> dict[str, str]:
    """The style is named by its hash: no other one counts, whoever wrote it."""
    style = base64.b64encode(sha256(_style(sheet).encode()).digest()).decode()
    allowed = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'"
    posts = "'self'" if forms else "'none'"
    return {
        "Content-Security-Policy": f"{allowed}; form-action {posts}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
    }
