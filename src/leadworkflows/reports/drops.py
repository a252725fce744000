"""A1: has a conversion dropped? Judged against its own history by an exact test, and named by its group.

The test is Fisher's, one-sided: how likely so few conversions among the newest are, if those before were
as likely to convert. A year may bring one false alarm or more with the policy's error rate at most: the
rate is divided by the looks of a year and, after Tarone, by the groups that could speak at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, lgamma

from leadworkflows.domain.watching import Drops, pair_of
from leadworkflows.reports.tests import fisher_less

LOOKS = 53
"""How often a year is looked at, once a week."""
EVERYONE = ("", "")
"""The group of all leads: by nothing."""
RECOVERED = 0.2
"""From this chance on, the newest conversions are again what was usual before the drop."""
_ORDER = ("lead", "recycled", "mql", "sal", "sql", "opportunity", "customer")


@dataclass(frozen=True)
class Counts:
    """How many entered a stage, and how many of them converted within their time."""

    entered: int = 0
    converted: int = 0

    @property
    def rate(self) -> float:
        """The share, 0 to 1; 0 where nobody entered."""
        return self.converted / self.entered if self.entered else 0.0


@dataclass(frozen=True)
class Cell:
    """Leads that have all their facts in common: those of one window, and those of the time before it.

    `facts` are in the order of the policy's `by`; the empty word means that a fact is not known.
    """

    conversion: str
    window: int
    """Its length in days."""
    facts: tuple[str, ...]
    now: Counts
    before: Counts


@dataclass(frozen=True)
class Drop:
    """A conversion that dropped in one group. `chance` of so few is below `limit`, of `tests` that count."""

    conversion: str
    window: int
    by: str
    value: str
    now: Counts
    before: Counts
    chance: float
    limit: float
    tests: int


@dataclass(frozen=True)
class _Test:
    conversion: str
    window: int
    by: str
    value: str
    now: Counts
    before: Counts

    @property
    def lowest(self) -> float:
        """The chance of the fewest conversions that these counts allow: below it the test cannot speak."""
        return self._exactly(max(0, self.now.converted + self.before.converted - self.before.entered))

    def speaks(self, limit: float) -> bool:
        """Whether so few conversions in the window have at most this chance, if nothing has changed."""
        if self._exactly(self.now.converted) > limit:
            return False  # so few or fewer are likelier still, and need not be summed up
        return fewer_by_chance(self.now, self.before) <= limit

    def _exactly(self, converted: int) -> float:
        """The chance of just so many conversions in the window, of all there were."""
        one, other = self.now.entered, self.before.entered
        every = self.now.converted + self.before.converted
        ways = _choose(one, converted) + _choose(other, every - converted)
        return exp(ways - _choose(one + other, every))

    @property
    def name(self) -> tuple[str, int, str, str]:
        return self.conversion, self.window, self.by, self.value


def fewer_by_chance(now: Counts, before: Counts) -> float:
    """How likely so few or fewer conversions are among `now`, if both convert alike."""
    return fisher_less(
        now.converted, now.entered - now.converted, before.converted, before.entered - before.converted
    )


def has_recovered(now: Counts, before: Counts, least: int) -> bool:
    """Whether the newest conversions are again as before the drop, by a sample that can tell."""
    return now.entered >= least and fewer_by_chance(now, before) >= RECOVERED


def judge_drops(cells: Sequence[Cell], policy: Drops, looks: int = LOOKS) -> list[Drop]:
    """The drops that one look finds, the strongest evidence first.

    After a group is named it is set aside, with the conversions that its drop passes on to; a further
    group is named only if it dropped without it too. So a parent, or a group that many of the same leads
    are in, is not named for another's drop.
    """
    tests = [test for test in _tests(cells, policy) if _is_enough(test, policy.least)]
    limit, counted = limit_of([test.lowest for test in tests], policy.error_rate / looks)
    suspects = {test.name for test in tests if test.speaks(limit)}
    named: list[Drop] = []
    left = list(cells)
    while suspects and (worst := _worst(left, suspects, policy, limit)):
        named.append(_drop(worst, limit, counted))
        left = [cell for cell in left if not _is_explained(cell, worst, policy.by)]
    return named


def limit_of(lowest: Sequence[float], error_rate: float) -> tuple[float, int]:
    """Below which chance a test speaks, and how many tests that is shared by.

    Tarone (1990): a test whose lowest possible chance is above the limit can raise no alarm, false or
    true, so it takes no share. The smallest k for which at most k tests can reach error_rate / k.
    """
    in_order = sorted(lowest)
    for k in range(1, len(in_order) + 1):
        if bisect_right(in_order, error_rate / k) <= k:
            return error_rate / k, k
    return error_rate, 1


def _worst(
    cells: Sequence[Cell], names: set[tuple[str, int, str, str]], policy: Drops, limit: float
) -> _Test | None:
    again = [test for test in _tests(cells, policy) if test.name in names and _is_enough(test, policy.least)]
    speaking = [test for test in again if test.speaks(limit)]
    return min(speaking, key=lambda test: fewer_by_chance(test.now, test.before), default=None)


def _drop(test: _Test, limit: float, tests: int) -> Drop:
    return Drop(*test.name, test.now, test.before, fewer_by_chance(test.now, test.before), limit, tests)


def _is_enough(test: _Test, least: int) -> bool:
    return test.now.entered >= least and test.before.entered >= least


def _tests(cells: Iterable[Cell], policy: Drops) -> Iterator[_Test]:
    """All leads first, then each group; a group that is everybody is not judged twice."""
    of_each: defaultdict[tuple[str, int, str, str], list[tuple[int, ...]]] = defaultdict(list)
    for cell in cells:
        counts = (cell.now.entered, cell.now.converted, cell.before.entered, cell.before.converted)
        of_each[cell.conversion, cell.window, *EVERYONE].append(counts)
        for by, value in zip(policy.by, cell.facts, strict=True):
            of_each[cell.conversion, cell.window, by, value].append(counts)
    sums = {name: [sum(column) for column in zip(*counts, strict=True)] for name, counts in of_each.items()}
    for name, found in sums.items():
        everybody = (*name[:2], *EVERYONE)
        if name == everybody or found != sums[everybody]:
            yield _Test(*name, Counts(*found[:2]), Counts(*found[2:]))


def _is_explained(cell: Cell, drop: _Test, by: Sequence[str]) -> bool:
    """Whether a cell is of the group that dropped, in a conversion that shares a part of the way with it."""
    is_of_it = not drop.by or cell.facts[by.index(drop.by)] == drop.value
    return is_of_it and _share_a_part(cell.conversion, drop.conversion)


def _share_a_part(one: str, other: str) -> bool:
    (a, b), (c, d) = _way(one), _way(other)
    return max(a, c) < min(b, d)


def _way(conversion: str) -> tuple[int, int]:
    of, to = pair_of(conversion)
    return (0 if of in _ORDER[:2] else _ORDER.index(of)), _ORDER.index(to)


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
