"""What channels cost in a month, as somebody entered it (R8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from leadworkflows.store.database import Database, insert_all
from leadworkflows.store.models import ChannelCostRow

_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST = Decimal(10) ** 12
"""What fits the column."""


@dataclass(frozen=True)
class Cost:
    """What a channel cost in a month, which is named by its first day.

    Raises ValueError with a sentence that names the field and what is expected.
    """

    channel: str
    month: date
    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not 0 < len(self.channel) <= ChannelCostRow.channel.type.length:
            raise ValueError("channel: expected a word of at most 64 characters, such as linkedin")
        if "\x00" in self.channel:
            raise ValueError("channel: expected letters, without a null character")
        if self.month.day != 1:
            raise ValueError("month: expected the first day of a month, such as 2026-03-01")
        if not self.amount.is_finite() or not 0 <= self.amount < _MOST:
            raise ValueError("amount: expected a number of 0 or more, such as 1200.50")
        if self.amount != round(self.amount, 2):
            raise ValueError("amount: expected at most two places behind the point")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError("currency: expected three capital letters (ISO 4217), such as EUR")
        # A nought may be written with any exponent, and one of some billions is no number to PostgreSQL.
        object.__setattr__(self, "amount", abs(round(self.amount, 2)))


class Costs:
    """By channel and month."""

    def __init__(self, database: Database) -> None:
        self._database = database
        made = database.insert(ChannelCostRow)
        new = {"amount": made.excluded.amount, "currency": made.excluded.currency}
        self._put = made.on_conflict_do_update(index_elements=["channel", "month"], set_=new)

    async def put(self, costs: Iterable[Cost]) -> int:
        """Keep them all or none; how many. The last word on a channel's month counts."""
        rows = list({(cost.channel, cost.month): asdict(cost) for cost in costs}.values())
        async with self._database.writing() as connection:
            await insert_all(connection, self._put, rows)
        return len(rows)

    async def list(self, since: date = date.min, until: date = date.max) -> Sequence[Cost]:
        """The costs of months from `since` up to but without `until`, by month and channel."""
        month, channel = ChannelCostRow.month, ChannelCostRow.channel
        wanted = select(channel, month, ChannelCostRow.amount, ChannelCostRow.currency)
        wanted = wanted.where(month >= since, month < until).order_by(month, channel)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [Cost(row.channel, row.month, Decimal(row.amount), row.currency) for row in rows]
