"""Working hours as people write them, `{mon-fri: "09:00-18:00"}`, read into the stretches of a week."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from leadworkflows.domain.calendars import DAY_NAMES, Week, checked_week

_SHORT = tuple(name[:3].lower() for name in DAY_NAMES)
_STRETCH = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")  # noqa: RUF001 — people type both dashes
_END_OF_DAY = 1440


def read_week(hours: Mapping[str, str | tuple[str, ...]]) -> Week:
    """The stretches of Monday to Sunday, sorted; a shift over midnight ends in the next day's.

    Raises ValueError in words that name the day or the stretch, and the fix.
    """
    days: list[list[tuple[int, int]]] = [[] for _ in DAY_NAMES]
    for day, written in _by_day(hours).items():
        for text in (written,) if isinstance(written, str) else written:
            for later, stretch in _parts(text):
                days[(day + later) % 7].append(stretch)
    mon, tue, wed, thu, fri, sat, sun = (tuple(sorted(stretches)) for stretches in days)
    return checked_week((mon, tue, wed, thu, fri, sat, sun))


def _by_day(hours: Mapping[str, str | tuple[str, ...]]) -> dict[int, str | tuple[str, ...]]:
    found: dict[int, str | tuple[str, ...]] = {}
    for key, written in hours.items():
        for day in _days(key):
            if day in found:
                raise ValueError(f"{DAY_NAMES[day]} is written twice, by {key!r} too; give each day once")
            found[day] = written
    return found


def _days(key: str) -> Iterator[int]:
    """The days of `mon`, `mon-fri`, `sat,sun`; from Saturday to Monday is three days."""
    for part in key.split(","):
        first, _, last = part.partition("-")
        begin = _day(first, key)
        end = _day(last, key) if last else begin
        for step in range((end - begin) % 7 + 1):
            yield (begin + step) % 7


def _day(text: str, key: str) -> int:
    name = text.strip().lower()
    for number, full in enumerate(DAY_NAMES):
        if name in (_SHORT[number], full.lower()):
            return number
    raise ValueError(f"{key!r} names no days; write mon, mon-fri or sat,sun")


def _parts(text: str) -> Iterator[tuple[int, tuple[int, int]]]:
    """A stretch, with 0 for its own day and 1 for what reaches into the next."""
    found = _STRETCH.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no stretch of a day; write 09:00-18:00")
    begin, end = _minutes(found[1], found[2], text), _minutes(found[3], found[4], text)
    if begin == end:
        raise ValueError(f"{text!r} has no length; write 00:00-24:00 for a whole day")
    if begin < end:
        yield 0, (begin, end)
    elif begin == _END_OF_DAY:
        raise ValueError(f"{text!r} begins at the end of the day; write 00:00 on the next day instead")
    else:
        yield 0, (begin, _END_OF_DAY)
        if end:
            yield 1, (0, end)


def _minutes(hour: str, minute: str, text: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > _END_OF_DAY:
        raise ValueError(f"{text!r} has a time that no clock shows; write between 00:00 and 24:00")
    return minutes
