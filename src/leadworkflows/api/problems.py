"""Every error as an RFC 9457 problem document, never as a stack trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Self

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from leadworkflows.sources.base import PayloadRejected
from leadworkflows.sources.rejections import BodyUnreadable, FieldProblem, FieldsRejected, problem_of
from leadworkflows.store.errors import StoreError, UnknownLead

_log = structlog.get_logger(__name__)

RETRY_AFTER_S = 5
_TITLES = {
    400: "The body cannot be read",
    401: "The signature or key is not accepted",
    403: "The key does not open this",
    404: "Not found",
    405: "Method not allowed",
    409: "Not allowed now",
    413: "The body is too large",
    415: "The content type is not supported",
    422: "The request cannot be understood",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available now",
}


class FieldProblemDocument(BaseModel):
    """One field of the request, what is wrong with it, and what to do."""

    field: str
    problem: str
    fix: str


class ProblemDocument(BaseModel):
    """RFC 9457, `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblemDocument] = []
    quarantine: int | None = None
    """Where a webhook waits that was genuine and could not be understood."""


class Problem(Exception):
    """An answer other than success. `kind` is stable; `detail` is for people."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.quarantine: int | None = None
        self.members: Mapping[str, Any] = {}
        """What else the document says, by name."""

    def kept(self, quarantine: int) -> Self:
        """The same, saying that the request is not lost and how it is tried again."""
        self.quarantine = quarantine
        self.detail += (
            f" The request is kept: after mending the cause, run `leadworkflows inbox retry {quarantine}`."
        )
        return self

    def response(self) -> JSONResponse:
        """The problem document."""
        document: dict[str, Any] = {
            "type": f"urn:leadworkflows:problem:{self.kind}",
            "title": _TITLES.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }
        if self.errors:
            document["errors"] = [asdict(error) for error in self.errors]
        if self.quarantine is not None:
            document["quarantine"] = self.quarantine
        return JSONResponse(document, self.status, self.headers, "application/problem+json")


def unauthorised(detail: str) -> Problem:
    """401: the signature or key is not accepted."""
    return Problem(401, "not-authorised", detail, headers={"WWW-Authenticate": "Bearer"})


def forbidden(scope: str) -> Problem:
    """403: the key is known, and does not open this."""
    return Problem(403, "scope", f"The key lacks the scope `{scope}`: make one that has it with "
                   f"`leadworkflows key create NAME --scope {scope}`.")  # fmt: skip


def too_many(what: str, retry_after_s: int) -> Problem:
    """429: the same may be asked again after so many seconds."""
    detail = f"There were too many {what}. Try again in {retry_after_s} s."
    return Problem(429, "too-many-requests", detail, headers={"Retry-After": str(retry_after_s)})


def not_found(what: str) -> Problem:
    """404: there is no such source or lead."""
    return Problem(404, "not-found", what)


def invalid(errors: Sequence[FieldProblem]) -> Problem:
    """422: each field with its problem and the fix."""
    count = "One field" if len(errors) == 1 else f"{len(errors)} fields"
    detail = f"{count} cannot be understood; nothing was done."
    return Problem(422, "invalid-fields", detail, errors=errors)


def unavailable(detail: str) -> Problem:
    """503: the same may work a little later."""
    return Problem(503, "not-available", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def crashed() -> Problem:
    """500: a defect of ours; the log has it."""
    return Problem(500, "internal", "The request could not be handled. The log of the server says more.")


def of_payload(rejected: PayloadRejected) -> Problem:
    """400 for a body that cannot be read, 422 for fields that cannot be understood."""
    if isinstance(rejected, BodyUnreadable):
        return Problem(400, "unreadable-body", f"{rejected.problem[:1].upper()}{rejected.problem[1:]}.")
    if isinstance(rejected, FieldsRejected):
        return invalid(rejected.problems)
    return invalid([FieldProblem(rejected.field, rejected.problem, f"correct {rejected.field}")])


def install(app: FastAPI) -> None:
    """Every error that a route or the framework raises becomes a problem document."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, problem: Problem) -> JSONResponse:
        return problem.response()

    @app.exception_handler(PayloadRejected)
    async def _payload(_: Request, rejected: PayloadRejected) -> JSONResponse:
        return of_payload(rejected).response()

    @app.exception_handler(RequestValidationError)
    async def _parameters(_: Request, error: RequestValidationError) -> JSONResponse:
        # The first part of the place is "query" or "path", which the caller did not write.
        found = [{**one, "loc": one["loc"][1:]} for one in error.errors()]
        return invalid([problem_of(one) for one in found]).response()

    @app.exception_handler(UnknownLead)
    async def _lead(_: Request, _error: UnknownLead) -> JSONResponse:
        return not_found("There is no lead with this id.").response()

    @app.exception_handler(StoreError)
    async def _store(_: Request, error: StoreError) -> JSONResponse:
        # The store's own words name files and tables: they are for the log, not for a stranger.
        _log.error("store_unavailable", error=str(error))
        return unavailable(
            "The store cannot take this now. Try again; the server's log says more."
        ).response()

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return Problem(error.status_code, kind, str(error.detail), headers=error.headers).response()
