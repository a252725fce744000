"""Lengths of time as a policy states them: `7d`, `24h`, `1 business hour`."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_serializer, model_validator

_LETTERS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_WORDS = {"second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_UNITS = {**_LETTERS, **_WORDS, **{f"{word}s": seconds for word, seconds in _WORDS.items()}}
_SPAN = re.compile(r"(\d+)\s*(business\s+)?([a-z]+)")
_SHORT = (("week", 604_800), ("day", 86_400), ("hour", 3600), ("min", 60), ("second", 1))


_HOUR, _DAY = 3600, 86_400
_LONGEST = 10 * 366 * 86_400
"""Ten years: beyond it a due time may be no date any more."""


class Span(BaseModel):
    """A length of time in seconds; `business` marks one that runs in business hours."""

    model_config = ConfigDict(frozen=True)

    seconds: Annotated[int, Field(ge=0, le=_LONGEST)]
    business: bool = False
    days: bool = False
    """Of working days: `1 business day` is as long as the calendar's working day, not 24 hours."""

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, data: Any) -> Any:
        if isinstance(data, int | float):
            raise ValueError(f"{data} has no unit; write {data}m, {data}h or {data}d")
        if not isinstance(data, str):
            return data
        found = _SPAN.fullmatch(data.strip().lower())
        unit = found and _UNITS.get(found[3])
        if not found or not unit:
            raise ValueError(f"'{data}' is no length of time; write 30m, 24h, 7d or '1 business hour'")
        if found[2] and unit > _DAY:
            raise ValueError(
                f"'{data}': working weeks differ; write business days, such as '5 business days'"
            )
        business, seconds = bool(found[2]), int(found[1]) * unit
        if seconds > _LONGEST:
            raise ValueError(f"'{data}' is longer than ten years; write less")
        return {"seconds": seconds, "business": business, "days": business and unit == _DAY}

    @model_serializer
    def _text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        largest = _DAY if self.days else _HOUR if self.business else _LONGEST
        fits = [(u, n) for u, n in _SHORT if n <= largest and self.seconds % n == 0]
        unit, size = fits[0 if self.seconds else -1]
        count = self.seconds // size
        plural = "s" if count != 1 and unit != "min" else ""
        return f"{count} {'business ' if self.business else ''}{unit}{plural}"

    @cached_property
    def delta(self) -> timedelta:
        """The span as plain elapsed time."""
        return timedelta(seconds=self.seconds)

    def times(self, factor: float) -> Self:
        """The span stretched or shortened, to the second; never beyond the longest there is."""
        if factor == 1:
            return self
        return type(self)(
            seconds=min(round(self.seconds * factor), _LONGEST), business=self.business, days=self.days
        )


def _elapsed(span: Span) -> Span:
    if span.business:
        raise ValueError(
            f"'{span}': working time does not count here; write hours or days, such as 24h or 2d"
        )
    return span


Elapsed = Annotated[Span, AfterValidator(_elapsed)]
"""A span of plain time, where nobody's working time is meant."""
