"""What Slack's requests carry, read tolerantly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from leadworkflows.api.problems import Problem, invalid
from leadworkflows.api.requests import require_media
from leadworkflows.sources.bodies import URLENCODED, read_object
from leadworkflows.sources.rejections import BodyUnreadable, FieldProblem

_MOST_FIELDS = 100


def read_fields(request: Request, body: bytes) -> dict[str, str]:
    """The fields of a form post. Raises 415, and BodyUnreadable."""
    require_media(request.headers, (URLENCODED,))
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BodyUnreadable("the body is not an URL-encoded form in UTF-8") from None
    return dict(pairs)


def read_payload(request: Request, body: bytes) -> dict[str, Any]:
    """The JSON in the field `payload`. Raises 415, 422, and BodyUnreadable."""
    payload = read_fields(request, body).get("payload")
    if payload is None:
        raise wrong("payload", "is missing", "Slack sends what was pressed as JSON in this field")
    return read_object(payload.encode("utf-8", "surrogatepass"))


def text_at(value: Any, *path: str) -> str:
    """The text at a place of a payload; empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def wrong(field: str, problem: str, fix: str) -> Problem:
    """422 with the one field."""
    return invalid([FieldProblem(field, problem, fix)])
