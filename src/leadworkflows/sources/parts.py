"""Parts of a vendor's JSON: what is of another kind than it should be counts as absent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from leadworkflows.sources.base import PayloadRejected
from leadworkflows.sources.moments import FIRST_YEAR, LAST_YEAR, Moment

_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (FIRST_YEAR, LAST_YEAR))
_COUNTED = re.compile(r"[0-9]{1,18}", re.ASCII)
_LONGEST_NUMBER = 256
"""Bits. Python refuses to write out a number without end, and nobody's phone has that many digits."""


def part(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The object of that name, or an empty one."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def objects(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in the list of that name; whatever else is in it is left out."""
    items = data.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def text(value: Any) -> str:
    """A text, a number or a tick as a person would write it; nothing for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
        return ""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def moment(value: Any, field: str) -> datetime | None:
    """A time as vendors write it, in UTC; None where none is stated. Raises `PayloadRejected` for `field`."""
    stated = text(value)
    if not stated:
        return None
    try:
        return _MOMENT.validate_python(stated)
    except ValidationError:
        raise PayloadRejected(field, "is not a time with its offset, such as 2026-03-02T09:30:00Z") from None


def since_1970(value: Any, per_second: int) -> datetime | None:
    """The time that is so many seconds, or parts of one, after the beginning of 1970.

    None for what cannot be a time of these centuries.
    """
    counted = text(value)
    if not _COUNTED.fullmatch(counted) or not _FIRST * per_second <= int(counted) < _LAST * per_second:
        return None
    return _EPOCH + timedelta(seconds=1) * int(counted) / per_second
