"""Quartiles asked of the database: only the values beside them are sent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, literal_column, or_, select


@dataclass(frozen=True)
class Quartiles:
    """Of `n` values, linear between values, as spreadsheets have it."""

    n: int
    low: float
    median: float
    high: float


def beside_quartiles(values: FromClause, *groups: ColumnElement[Any]) -> Select[Any]:
    """Of integers `v` in groups: the group, its size, and the values beside its quartiles with their place.

    For `quartiles_of`. Places count from 0 in each group.
    """
    keys = [group.label(f"g{n}") for n, group in enumerate(groups)]
    place = func.row_number().over(partition_by=groups, order_by=values.c.v) - literal_column("1")
    size = func.count().over(partition_by=groups)
    placed = select(*keys, size.label("n"), place.label("place"), values.c.v).subquery()
    # A whole division on both databases, which `//` is not once SQLAlchemy has rewritten it.
    below: list[ColumnElement[int]] = [literal_column(f"((n - 1) * {quarter} / 4)") for quarter in (1, 2, 3)]
    wanted = [or_(placed.c.place == each, placed.c.place == each + literal_column("1")) for each in below]
    return select(placed).where(or_(*wanted))


def quartiles_of(found: Iterable[Any]) -> dict[tuple[Any, ...], Quartiles]:
    """The quartiles of each group, from what `beside_quartiles` gave."""
    sizes: dict[tuple[Any, ...], int] = {}
    values: dict[tuple[Any, ...], dict[int, int]] = {}
    for *group, n, place, value in found:
        sizes[tuple(group)] = n
        values.setdefault(tuple(group), {})[place] = value
    return {group: _quartiles(n, values[group]) for group, n in sizes.items()}


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
