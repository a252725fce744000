"""R8: what an acquired customer cost, and the file that costs come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from leadworkflows.reports.shapes import ChannelCost, Period
from leadworkflows.store.database import Database


@dataclass(frozen=True)
class MonthCost:
    """What a channel cost in a month."""

    channel: str
    month: date
    amount: Decimal
    currency: str


class CostsRejected(ValueError):
    """A file of costs that cannot be taken: every line's problem. Nothing of it was taken."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


async def channel_costs(db: Database, period: Period) -> list[ChannelCost]:
    """R8: what each channel cost in the months of the period, and what entered in it."""
    raise NotImplementedError


def read_costs(text: str) -> list[MonthCost]:
    """A CSV with the columns channel, month, amount and currency. Raises CostsRejected."""
    raise NotImplementedError
