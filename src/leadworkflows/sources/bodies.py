"""Request bodies read as what they claim to be, in memory and within limits.

Whatever is wrong with a body is `BodyUnreadable`: a sender's mistake is never an error of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import from_json
from python_multipart import FormParser
from python_multipart.multipart import Field, parse_options_header

from leadworkflows.sources.base import InboundRequest
from leadworkflows.sources.rejections import BodyUnreadable

MAX_FIELDS = 500
"""Fields of one form; more is no form that a person filled."""

MAX_DEPTH = 64
"""Levels of JSON in each other."""
MAX_VALUES = 50_000
"""Values of one JSON body, lists and objects included."""

JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_TOO_DEEP = f"the body is nested deeper than {MAX_DEPTH} levels"


def media_type(headers: Mapping[str, str]) -> str:
    """The media type without parameters; a body that names none is taken for JSON."""
    named = headers.get("content-type", "").partition(";")[0].strip().lower()
    return JSON if named == "" or named.endswith("+json") else named


def read_json(body: bytes) -> Any:
    """The parsed body. NaN, lone surrogates, deep nesting and masses are refused, NUL characters dropped.

    PostgreSQL's text cannot hold a NUL; the rest would fail much later than here.
    """
    try:
        parsed = from_json(body, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise BodyUnreadable(_TOO_DEEP if "recursion" in str(error) else "the body is not JSON") from None
    # Only what has so many brackets can be deep, and only what is so long can hold so many values.
    if len(body) > MAX_VALUES or _many(body, b"{") or _many(body, b"["):
        _require_bounds(parsed)
    return _without_nul(parsed) if b"\\" in body and b"\\u0000" in body else parsed


def _many(body: bytes, bracket: bytes) -> bool:
    """Whether there is more than half of what a deep body needs. To count them all would take longer."""
    at = body.find(bracket)
    for _ in range(MAX_DEPTH // 2):
        if at < 0:
            return False
        at = body.find(bracket, at + 1)
    return at >= 0


def _require_bounds(parsed: Any) -> None:
    """Level by level, so that no nesting is too deep for the check itself."""
    level, values = [parsed], 1
    for _ in range(MAX_DEPTH + 1):
        level = _inside(level)
        values += len(level)
        if values > MAX_VALUES:
            raise BodyUnreadable(f"the body holds more than {MAX_VALUES:,} values: send it in smaller parts")
        if not level:
            return
    raise BodyUnreadable(_TOO_DEEP)


def _inside(level: list[Any]) -> list[Any]:
    """What the lists and objects of one level hold."""
    found: list[Any] = []
    for value in level:
        if isinstance(value, dict):
            found.extend(value.values())
        elif isinstance(value, list):
            found.extend(value)
    return found


def read_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object."""
    parsed = read_json(body)
    if not isinstance(parsed, dict):
        raise BodyUnreadable("the body is JSON, but not an object: expected {…}")
    return parsed


def read_form(request: InboundRequest) -> dict[str, Any]:
    """The fields of a form post of any of the three kinds; files are left out."""
    kind = media_type(request.headers)
    if kind == JSON:
        return read_object(request.body)
    if kind == URLENCODED:
        return _joined(_urlencoded(request.body))
    if kind == MULTIPART:
        return _joined(_multipart(request))
    raise BodyUnreadable(f"expected {URLENCODED}, {MULTIPART} or {JSON}")


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise BodyUnreadable("the body is not an URL-encoded form in UTF-8") from None


def _multipart(request: InboundRequest) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    ended: list[bool] = []

    def keep(field: Field) -> None:
        if len(pairs) >= MAX_FIELDS:
            raise ValueError("too many fields")
        name, value = field.field_name or b"", field.value or b""
        pairs.append((name.decode("utf-8"), value.decode("utf-8")))

    try:
        _, options = parse_options_header(request.headers.get("content-type"))
        parser = FormParser(MULTIPART, keep, None, lambda: ended.append(True), options[b"boundary"])
        parser.write(request.body)
        parser.finalize()
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError):
        raise BodyUnreadable("the body is not a multipart form in UTF-8") from None
    if not ended:
        raise BodyUnreadable("the multipart form breaks off before its end")
    return pairs


def _joined(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """One value a field: several ticked boxes become one text."""
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name.replace("\x00", ""), []).append(value.replace("\x00", "").strip())
    return {name: ", ".join(filter(None, values)) for name, values in fields.items()}


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(item) for name, item in value.items()}
    return value
