"""Months are cut where the company's days begin, also when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from leadworkflows.reports.costs import CostsRejected, read_costs
from leadworkflows.reports.periods import BadQuery, cuts, months, period_of

NOW = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)


def test_months_begin_at_midnight_of_the_zone_in_winter_and_in_summer():
    period = period_of("2026-03", "2026-04", "Europe/Berlin", NOW)
    assert months(period) == ["2026-03", "2026-04"]
    assert [at.isoformat() for at in cuts(period)] == [
        "2026-02-28T23:00:00+00:00", "2026-03-31T22:00:00+00:00", "2026-04-30T22:00:00+00:00",
    ]  # fmt: skip


def test_without_months_it_is_the_last_twelve_with_the_present_one_where_the_company_is():
    assert months(period_of(None, None, "Europe/Berlin", NOW))[::11] == ["2025-05", "2026-04"]
    assert months(period_of(None, None, "UTC", NOW))[::11] == ["2025-04", "2026-03"]


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [("2026-13", None, "since"), ("2026-1", None, "since"), (None, "soon", "until"),
     ("2026-05", "2026-04", "since"), ("1990-01", "2026-04", "since"), ("0001-01", None, "since")],
)  # fmt: skip
def test_what_is_no_period_is_refused_by_its_field(since, until, field):
    with pytest.raises(BadQuery) as refused:
        period_of(since, until, "UTC", NOW)
    assert refused.value.field == field


def test_costs_are_read_in_any_order_of_columns_with_commas_or_semicolons():
    told = read_costs("\ufeffMonth; Channel; currency; amount\n2026-03; trade show; eur; 1200.50\n\n")
    assert [(c.channel, c.month, str(c.amount), c.currency) for c in told] == [
        ("trade show", date(2026, 3, 1), "1200.50", "EUR")
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x,2026-3,1,EUR", "line 2: month"), ("x,2026-03,one,EUR", "line 2: amount"),
        ("x,2026-03,-1,EUR", "line 2: amount"), ("x,2026-03,NaN,EUR", "line 2: amount"),
        ("x,2026-03,1.005,EUR", "line 2: amount"), ("x,2026-03,1,euros", "line 2: currency"),
        (",2026-03,1,EUR", "line 2: channel"), ("x,2026-03,1,EUR\nx,2026-03,2,EUR", "line 3: x has a cost"),
    ],
)  # fmt: skip
def test_a_line_of_costs_that_cannot_be_taken_is_named(line, said):
    with pytest.raises(CostsRejected, match=said):
        read_costs(f"channel,month,amount,currency\n{line}\n")


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "channel,month,amount\nx,2026-03,1", '"'])
def test_a_file_without_its_columns_is_refused(text):
    with pytest.raises(CostsRejected, match="the first line lacks"):
        read_costs(text)
