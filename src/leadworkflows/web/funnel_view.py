"""R1 as the page shows it: the funnel drawn, its rows as a table, and both as links to the leads behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from leadworkflows.reports.shapes import PAIRS, Conversion, Dimension, Filters, Funnel, FunnelRow, FunnelStage
from leadworkflows.reports.tests import LEAST
from leadworkflows.web.charts import Chart, Series
from leadworkflows.web.report_query import Asked, group_name

STAGES: tuple[tuple[FunnelStage, str], ...] = (
    ("lead", "Leads"), ("mql", "MQL"), ("sal", "SAL"), ("sql", "SQL"), ("opportunity", "Opportunities"),
    ("customer", "Customers"),
)  # fmt: skip
SHARES: tuple[tuple[FunnelStage, FunnelStage, str], ...] = (
    ("lead", "mql", "Lead → MQL"), ("mql", "sal", "MQL → SAL"), ("mql", "sql", "MQL → SQL"),
    ("sql", "opportunity", "SQL → opportunity"), ("opportunity", "customer", "Opportunity → customer"),
    ("lead", "customer", "Lead → customer"),
)  # fmt: skip
"""The conversions of the table, with what they are called."""
_DRAWN: tuple[tuple[FunnelStage, FunnelStage], ...] = PAIRS[: len(STAGES) - 1]
"""From each stage of `STAGES` to the next."""
_TRENDS: tuple[tuple[FunnelStage, FunnelStage, str], ...] = (
    ("lead", "mql", "Lead → MQL"), ("mql", "sql", "MQL → SQL"), ("sql", "opportunity", "SQL → opportunity"),
    ("opportunity", "customer", "Opportunity → customer"),
)  # fmt: skip
_MOST_BARS = 12
_FULL, _LEAST_SEEN = 100.0, 1.5
_Where = tuple[date, date, Filters]


@dataclass(frozen=True)
class Count:
    """How many, and where they are listed."""

    n: int
    address: str


@dataclass(frozen=True)
class Share:
    """A conversion, with its sample and where both are listed. `weak`: too few to say much."""

    rate: float | None
    entered: int
    converted: int
    open: int
    address: str

    @property
    def weak(self) -> bool:
        """Whether the sample is below what a test would look at."""
        return self.entered < LEAST

    @property
    def sample(self) -> str:
        """Such as "24 of 110, 12 still open"."""
        still = f", {self.open:,} still open" if self.open else ""
        return f"{self.converted:,} of {self.entered:,}{still}"


@dataclass(frozen=True)
class Step:
    """One stage of the drawn funnel. `shape` is a polygon on a square of 100, `width` in percent.

    `onward` is the share that went on to the next one.
    """

    stage: str
    title: str
    count: Count
    shape: str
    width: float
    onward: Share | None


@dataclass(frozen=True)
class Row:
    """One group of the table."""

    name: str
    counts: Sequence[Count]
    shares: Sequence[Share]


@dataclass(frozen=True)
class FunnelView:
    """R1, ready for the page."""

    steps: Sequence[Step]
    recycled: Count
    again: Share
    rows: Sequence[Row]
    total: Row
    chart: Chart
    first_column: str


def funnel_view(found: Funnel, asked: Asked, people: Mapping[str, str] | None = None) -> FunnelView:
    """The funnel of a period, its groups, and a chart of how its conversions compare; owners by name."""
    names = (people or {}) if asked.by == "owner" else {}
    everything = (asked.period.since, asked.period.until, asked.filters)
    rows = [
        _row(
            names.get(row.group) or group_name(asked.by, row.group),
            row,
            asked,
            asked.narrowed(asked.by, row.group),
        )
        for row in found.rows
    ]
    total = found.total
    return FunnelView(
        steps=_steps(total, asked, everything),
        recycled=Count(total.entered["recycled"], asked.leads("recycled", everything)),
        again=_share(total.conversion("recycled", "mql"), asked, everything),
        rows=rows,
        total=_row("All together", total, asked, everything),
        chart=_trends(found, asked) if asked.by == "month" else _compared(found, asked, names),
        first_column=asked.by.capitalize(),
    )


def _row(name: str, row: FunnelRow, asked: Asked, where: _Where) -> Row:
    counts = [Count(row.entered[stage], asked.leads(stage, where)) for stage, _ in STAGES]
    shares = [_share(row.conversion(of, to), asked, where) for of, to, _ in SHARES]
    return Row(name, counts, shares)


def _share(conversion: Conversion, asked: Asked, where: _Where) -> Share:
    address = asked.leads(conversion.of, where, converted=conversion.to)
    return Share(conversion.rate, conversion.entered, conversion.converted, conversion.open, address)


def _steps(total: FunnelRow, asked: Asked, where: _Where) -> list[Step]:
    most = max([total.entered[stage] for stage, _ in STAGES] or [0]) or 1
    sizes = [_size(total.entered[stage], most) for stage, _ in STAGES]
    onward = [_share(total.conversion(*pair), asked, where) for pair in _DRAWN]
    return [
        Step(
            stage, title, Count(total.entered[stage], asked.leads(stage, where)),
            _shape(sizes[n], sizes[min(n + 1, len(sizes) - 1)]), round(sizes[n], 1),
            onward[n] if n < len(onward) else None,
        )
        for n, (stage, title) in enumerate(STAGES)
    ]  # fmt: skip


def _size(n: int, most: int) -> float:
    return max(_FULL * n / most, _LEAST_SEEN) if n else 0.0


def _shape(left: float, right: float) -> str:
    """From its own height down to the next one's, around the middle."""
    top, bottom, top_right, bottom_right = 50 - left / 2, 50 + left / 2, 50 - right / 2, 50 + right / 2
    points = [(0, top), (58, top), (100, top_right), (100, bottom_right), (58, bottom), (0, bottom)]
    return " ".join(f"{x},{y:.2f}" for x, y in points)


def _trends(found: Funnel, asked: Asked) -> Chart:
    """Conversions of those who entered in each month; young months are still growing."""
    labels = [group_name("month", row.group) for row in found.rows]
    series = [_series(title, found, asked, of, to) for of, to, title in _TRENDS]
    return Chart("lines", "Conversion by the month of entry", labels, series, "percent")


def _compared(found: Funnel, asked: Asked, names: Mapping[str, str]) -> Chart:
    shown = Funnel(found.by, found.period, found.filters, found.rows[:_MOST_BARS], found.total)
    labels = [names.get(row.group) or group_name(asked.by, row.group) for row in shown.rows]
    series = [_series(title, shown, asked, of, to) for of, to, title in _TRENDS[:2]]
    return Chart("bars", f"Conversion by {asked.by}", labels, series, "percent")


def _series(title: str, found: Funnel, asked: Asked, of: FunnelStage, to: FunnelStage) -> Series:
    by: Dimension = found.by
    shares = [_share(row.conversion(of, to), asked, asked.narrowed(by, row.group)) for row in found.rows]
    return Series(
        title,
        [share.rate for share in shares],
        notes=[share.sample for share in shares],
        links=[share.address if share.converted else None for share in shares],
        weak=[share.weak for share in shares],
    )
