"""Times as others write them, refused where nothing can be computed with them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

_FIRST_YEAR, _LAST_YEAR = 1990, 2200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (_FIRST_YEAR, _LAST_YEAR))
_COUNTED = re.compile(r"[0-9]{1,18}", re.ASCII)
_EXPECTED = "expected a time with its offset, such as 2026-03-02T09:30:00Z"


def _text(value: Any) -> Any:
    """A number could be seconds or milliseconds, and nobody says which."""
    if not isinstance(value, str | datetime):
        raise ValueError(_EXPECTED)
    return value


def _plausible(value: datetime) -> datetime:
    """Near the ends of the calendar the conversion to UTC itself overflows."""
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError("expected a time between the years 1990 and 2200")
    return value.astimezone(UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_plausible)]
"""When something happened, in UTC."""


def since_1970(value: Any, per_second: int) -> datetime | None:
    """The time that is so many seconds, or parts of one, after the beginning of 1970, which some write as text.

    None for what cannot be a time between 1990 and 2200.
    """
    counted = _counted(value)
    if not _COUNTED.fullmatch(counted) or not _FIRST * per_second <= int(counted) < _LAST * per_second:
        return None
    return _EPOCH + timedelta(seconds=1) * int(counted) / per_second


def _counted(value: Any) -> str:
    """A number as text; nothing for one that is too long to write."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return value.strip() if isinstance(value, str) else str(min(value, 10**20))
