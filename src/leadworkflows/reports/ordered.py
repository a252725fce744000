"""Quartiles asked of the database, linear between values and the same on both."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType


@dataclass(frozen=True)
class Quartiles:
    """Of `n` values, linear between values, as spreadsheets have it."""

    n: int
    low: float
    median: float
    high: float


class Middle(FunctionElement[Any]):
    """What `middle_of` needs of the integers in a group.

    PostgreSQL sorts them itself. SQLite has no such function, and to rank them costs it more than to
    hand them over.
    """

    type = NullType()
    inherit_cache = True


@compiles(Middle, "postgresql")
def _on_postgresql(element: Middle, compiler: SQLCompiler, **options: Any) -> str:
    values = compiler.process(element.clauses, **options)
    return f"percentile_cont(ARRAY[0.25, 0.5, 0.75]::float8[]) WITHIN GROUP (ORDER BY {values})"


@compiles(Middle, "sqlite")
def _on_sqlite(element: Middle, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


def middle_of(n: int, told: Sequence[float] | str | None) -> Quartiles | None:
    """The quartiles of `n` values, from what `Middle` gave; None of none."""
    if not n or told is None:
        return None
    if isinstance(told, str):
        return _quartiles(n, dict(enumerate(sorted(json.loads(told)))))
    low, median, high = told
    return Quartiles(n, low, median, high)


def _quartiles(n: int, at: dict[int, int]) -> Quartiles:
    low, median, high = (_between(at, (n - 1) * quarter) for quarter in (1, 2, 3))
    return Quartiles(n, low, median, high)


def _between(at: dict[int, int], quarters: int) -> float:
    place, rest = divmod(quarters, 4)
    return at[place] + (at[place + 1] - at[place]) * rest / 4 if rest else float(at[place])


def quartiles_of_counts(counts: Iterable[tuple[int, int]]) -> Quartiles | None:
    """The quartiles of values that are told with how often each comes; None of none."""
    ordered = sorted(counts)
    n = sum(often for _, often in ordered)
    if not n:
        return None
    ends = list(accumulate(often for _, often in ordered))
    places = {
        place for quarter in (1, 2, 3) for place in ((n - 1) * quarter // 4, (n - 1) * quarter // 4 + 1)
    }
    at = {place: ordered[bisect_right(ends, place)][0] for place in places if place < n}
    return _quartiles(n, at)
