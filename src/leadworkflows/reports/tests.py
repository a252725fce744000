"""Statistics of shares: exact tests on counts, without a library."""

from __future__ import annotations

from math import exp, fsum, lgamma, log, log1p

LEAST = 20
"""A sample below this says nothing."""
_AS_ODD = 1 + 1e-7
"""Two tables are as odd as each other where their likelihoods differ by rounding alone."""


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Fisher's exact test, two-sided: how likely a table [[a, b], [c, d]] as odd as this is by chance.

    Rows are the two samples, columns how many did and did not. As odd: as unlikely or less likely, given
    the sums of rows and columns. Raises ValueError for a negative count.
    """
    likely = _tables(a, b, c, d)
    this = likely.get(a, 0.0)
    return min(1.0, fsum(p for p in likely.values() if p <= this * _AS_ODD))


def fisher_less(a: int, b: int, c: int, d: int) -> float:
    """The same, one-sided: how likely `a` is as small as this or smaller by chance."""
    return min(1.0, fsum(p for x, p in _tables(a, b, c, d).items() if x <= a))


def binomial_more(successes: int, trials: int, share: float) -> float:
    """How likely so many successes or more are by chance where each is as likely as `share`.

    Raises ValueError where there are more successes than trials, or `share` is not between 0 and 1.
    """
    if not 0 <= successes <= trials or not 0 < share < 1:
        raise ValueError(f"{successes} of {trials} at {share} cannot be")
    yes, no = log(share), log1p(-share)
    so_many = range(successes, trials + 1)
    return min(1.0, fsum(exp(_choose(trials, k) + k * yes + (trials - k) * no) for k in so_many))


def _tables(a: int, b: int, c: int, d: int) -> dict[int, float]:
    """How likely each table with these sums is, by its first count.

    From the likeliest on, each by the one before it; those too unlikely to be told from 0 are left out.
    """
    if min(a, b, c, d) < 0:
        raise ValueError("a count cannot be negative")
    one, other, did = a + b, c + d, a + c
    first, last = max(0, did - other), min(one, did)
    top = min(max((one + 1) * (did + 1) // (one + other + 2), first), last)
    likely = {top: exp(_choose(one, top) + _choose(other, did - top) - _choose(one + other, did))}
    for x in range(top, last):
        likely[x + 1] = likely[x] * ((one - x) * (did - x) / ((x + 1) * (other - did + x + 1)))
        if not likely[x + 1]:
            break
    for x in range(top, first, -1):
        likely[x - 1] = likely[x] * (x * (other - did + x) / ((one - x + 1) * (did - x + 1)))
        if not likely[x - 1]:
            break
    return likely


def _choose(n: int, k: int) -> float:
    """The logarithm of how many ways there are to choose `k` of `n`."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
