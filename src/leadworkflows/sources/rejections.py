"""Why a genuine request cannot be taken: each field with its problem and the fix, never its value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from leadworkflows.sources.base import PayloadRejected


@dataclass(frozen=True)
class FieldProblem:
    """One field that cannot be taken. The value itself is left out: it may be personal."""

    field: str
    problem: str
    fix: str


class FieldsRejected(PayloadRejected):
    """Several fields cannot be understood; `field` and `problem` are those of the first."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(problems[0].field, problems[0].problem)
        self.problems = tuple(problems)


class BodyUnreadable(PayloadRejected):
    """The body is not in the format that it claims, so that no field can be named: answered with 400."""

    def __init__(self, problem: str) -> None:
        super().__init__("body", problem)


def problems_of(error: ValidationError, *prefix: str | int) -> list[FieldProblem]:
    """What pydantic found, in words for whoever wrote the request."""
    return [problem_of(found, prefix) for found in error.errors(include_url=False, include_input=False)]


def field_path(parts: Iterable[str | int]) -> str:
    """A field as it is written in JSON: `events[3].facts.page`."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "body"


def problem_of(found: Any, prefix: Sequence[str | int] = ()) -> FieldProblem:
    """One error of pydantic as a field with its problem and the fix."""
    problem, fix = _words(found)
    return FieldProblem(field_path([*prefix, *found["loc"]]), problem, fix)


def _words(found: Any) -> tuple[str, str]:
    context = found.get("ctx", {})
    match found["type"]:
        case "missing":
            return "is missing", "add it"
        case "enum":
            return "is not one of the known values", f"use one of {context['expected']}"
        case "value_error":
            return "is not valid", str(context["error"])
        case "extra_forbidden":
            return "is not known here", "remove it, or correct its spelling"
        case _:
            return "is not valid", found["msg"][:1].lower() + found["msg"][1:]
