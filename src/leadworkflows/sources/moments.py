"""Times as others write them, refused where nothing can be computed with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

FIRST_YEAR, LAST_YEAR = 1990, 2200
_EXPECTED = "expected a time with its offset, such as 2026-03-02T09:30:00Z"


def _text(value: Any) -> Any:
    """A number could be seconds or milliseconds, and nobody says which."""
    if not isinstance(value, str | datetime):
        raise ValueError(_EXPECTED)
    return value


def _plausible(value: datetime) -> datetime:
    """Near the ends of the calendar the conversion to UTC itself overflows."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError("expected a time between the years 1990 and 2200")
    return value.astimezone(UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_plausible)]
"""When something happened, in UTC."""
