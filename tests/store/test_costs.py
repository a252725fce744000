"""What channels cost, as somebody entered it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from leadworkflows.store.costs import Cost

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def cost(channel="linkedin", month=MARCH, amount="1200.50", currency="EUR"):
    return Cost(channel, month, Decimal(amount), currency)


async def test_costs_come_back_as_they_were_entered_by_month_and_channel(store):
    entered = [cost(month=APRIL), cost("webinar", amount="0"), cost(amount="999999999999.99")]
    assert await store.costs.put(entered) == 3
    assert await store.costs.list() == [entered[2], entered[1], entered[0]]
    assert await store.costs.list(since=APRIL) == [entered[0]]
    assert await store.costs.list(until=APRIL) == [entered[2], entered[1]]


async def test_the_last_word_on_a_channels_month_counts(store):
    assert await store.costs.put([cost(), cost(amount="7", currency="USD")]) == 1
    assert await store.costs.list() == [cost(amount="7", currency="USD")]
    await store.costs.put([cost(amount="8.10")])
    assert await store.costs.list() == [cost(amount="8.10")]
    assert await store.costs.put([]) == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"channel": ""}, "channel"),
        ({"channel": "x" * 65}, "channel"),
        ({"channel": "linked\x00in"}, "channel"),
        ({"month": date(2026, 3, 2)}, "month"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "Infinity"}, "amount"),
        ({"amount": "1000000000000"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "EURO"}, "currency"),
    ],
)
def test_a_cost_that_cannot_be_is_refused_by_the_name_of_its_field(wrong, field):
    with pytest.raises(ValueError, match=f"^{field}: expected"):
        cost(**wrong)
