"""The exact tests, against fractions counted table by table, and against figures of textbooks."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.reports.tests import binomial_more, fisher, fisher_less

FEW = st.integers(0, 25)


def tables(a: int, b: int, c: int, d: int) -> dict[int, Fraction]:
    one, other, did = a + b, c + d, a + c
    ways = comb(one + other, did)
    return {
        x: Fraction(comb(one, x) * comb(other, did - x), ways)
        for x in range(max(0, did - other), min(one, did) + 1)
    }


@given(FEW, FEW, FEW, FEW)
def test_fishers_test_is_exact(a, b, c, d):
    likely = tables(a, b, c, d)
    assert fisher(a, b, c, d) == pytest.approx(float(sum(p for p in likely.values() if p <= likely[a])))
    assert fisher_less(a, b, c, d) == pytest.approx(float(sum(p for x, p in likely.items() if x <= a)))


def test_the_lady_who_tasted_tea():
    assert fisher(3, 1, 1, 3) == pytest.approx(0.4857, abs=1e-4)
    assert fisher(4, 0, 0, 4) == pytest.approx(2 / 70)


def test_large_samples_neither_overflow_nor_take_long():
    assert fisher(50_000, 50_000, 50_000, 50_000) == pytest.approx(1)
    assert fisher(40_000, 60_000, 50_000, 50_000) < 1e-300


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 99))
def test_the_binomial_tail_is_exact(more, least, percent):
    n, share = least + more, Fraction(percent, 100)
    exact = sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(least, n + 1))
    assert binomial_more(least, n, percent / 100) == pytest.approx(float(exact))


@pytest.mark.parametrize("wrong", [(3, 2, 0.1), (-1, 2, 0.1), (1, 2, 0.0), (1, 2, 1.0)])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="cannot be"):
        binomial_more(*wrong)
    with pytest.raises(ValueError, match="negative"):
        fisher(-1, 2, 3, 4)
