"""R8: what an acquired customer cost, and the file that costs come in."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import and_, func, select

from leadworkflows.reports.counting import Asked, entered, known, span
from leadworkflows.reports.shapes import ChannelCost, FunnelStage, Period
from leadworkflows.store.costs import Cost
from leadworkflows.store.database import Database
from leadworkflows.store.models import ChannelCostRow, PassRow

_COUNTED: tuple[FunnelStage, ...] = ("lead", "sql", "customer")
COLUMNS = ("channel", "month", "amount", "currency")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(-01)?")
_LAST_YEAR = 9000
_MOST_ROWS = 10_000
_SHOWN = 20


class CostsRejected(ValueError):
    """Costs that cannot be taken, with a sentence for each problem. Nothing of them was taken."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


async def channel_costs(db: Database, period: Period) -> list[ChannelCost]:
    """R8: what each channel cost in the months of the period, and what entered in it.

    Channels of which a cost is known, by name; where somebody paid in two currencies, a row for each.
    Customers are those who were won in the period, whenever they came.
    """
    month = ChannelCostRow.month
    costs = select(ChannelCostRow).where(month >= period.since, month < period.until)
    async with db.reading() as connection:
        paid = (await connection.execute(select(costs.subquery()))).all()
        counted = (await connection.execute(_came(period))).all() if paid else []
    came = {channel: counts for channel, *counts in counted}
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in paid:
        sums[each.channel, each.currency] += Decimal(each.amount)
    return [
        ChannelCost(channel, currency, cost, *came.get(channel, [0] * len(_COUNTED)))
        for (channel, currency), cost in sorted(sums.items())
    ]


def _came(period: Period) -> Asked:
    """By channel, how many entered each of `_COUNTED`: of every pass, as nearly all began in some period."""
    counts = [func.count().filter(and_(*entered(stage, *span(period)))) for stage in _COUNTED]
    return select(known(PassRow.channel).label("g"), *counts).group_by("g")


def read_costs(text: str) -> list[Cost]:
    """A CSV with the columns channel, month, amount and currency, in any order. Raises CostsRejected.

    Months as 2026-03, amounts with a point, currencies by their three letters. Separated by commas or
    semicolons.
    """
    text = text.removeprefix("\ufeff").lstrip()
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    try:
        rows.fieldnames = named = [(name or "").strip().lower() for name in rows.fieldnames or []]
        _check_header(named)
        return _read_all([(rows.line_num, row) for row in rows])
    except csv.Error as error:
        raise CostsRejected([f"line {rows.line_num} cannot be read: {error}"]) from None


def cost_of(channel: str, month: str, amount: str, currency: str) -> Cost:
    """One cost as somebody wrote it. Raises ValueError with a sentence that names the field."""
    if not _MONTH.fullmatch(month) or not 1970 <= int(month[:4]) <= _LAST_YEAR:
        raise ValueError("month: expected a year and a month, such as 2026-03")
    try:
        paid = Decimal(amount)
    except InvalidOperation:
        raise ValueError("amount: expected a number of 0 or more, such as 1200.50") from None
    return Cost(channel.strip(), date(int(month[:4]), int(month[5:7]), 1), paid, currency.strip().upper())


def _check_header(named: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in named]
    if missing:
        raise CostsRejected([f"the first line lacks {', '.join(missing)}; write {','.join(COLUMNS)}"])


def _read_all(rows: list[tuple[int, dict[str, str]]]) -> list[Cost]:
    if len(rows) > _MOST_ROWS:
        raise CostsRejected([f"there are more than {_MOST_ROWS} lines; send them in several files"])
    read: dict[tuple[str, date], Cost] = {}
    problems: list[str] = []
    for number, row in rows:
        try:
            cost = cost_of(*((row.get(name) or "").strip() for name in COLUMNS))
        except ValueError as error:
            problems.append(f"line {number}: {error}")
            continue
        if read.setdefault((cost.channel, cost.month), cost) is not cost:
            problems.append(f"line {number}: {cost.channel} has a cost in {cost.month:%Y-%m} already")
    if problems:
        raise CostsRejected(problems[:_SHOWN])
    return list(read.values())
