"""Statistics of shares: exact tests on counts, without a library."""

from __future__ import annotations

LEAST = 20
"""A sample below this says nothing."""


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Fisher's exact test, two-sided: how likely a table [[a, b], [c, d]] as odd as this is by chance."""
    raise NotImplementedError


def fisher_less(a: int, b: int, c: int, d: int) -> float:
    """The same, one-sided: how likely `a` is as small as this or smaller by chance."""
    raise NotImplementedError


def binomial_more(successes: int, trials: int, share: float) -> float:
    """How likely so many successes or more are by chance where each is as likely as `share`."""
    raise NotImplementedError
