"""Readings of a lead's snapshot that take anything: it may be older than the code, or not there yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any


def inner(lead: Mapping[str, Any], outer: str, inner_name: str) -> Any:
    """A part of an object; a score may be the API's object or a bare number."""
    value = lead.get(outer)
    if isinstance(value, Mapping):
        return value.get(inner_name)
    return value if inner_name == "total" else None


def number(value: Any) -> int | None:
    """A whole number, where there is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return round(value)


def word(value: Any) -> str:
    """A text, or an empty one."""
    return value if isinstance(value, str) else ""


def instant(value: Any) -> datetime | None:
    """An instant in UTC; None where it is none, or has no offset."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


def objects(value: Any) -> Iterable[Mapping[str, Any]]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
