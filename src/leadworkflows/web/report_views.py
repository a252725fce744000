"""R2, R3, R4 and R6 as the page shows them: charts, tables and what they amount to in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from leadworkflows.reports.funnel import LEADERS
from leadworkflows.reports.shapes import Benchmark, Change, Conversion, FunnelStage, Returned, Span
from leadworkflows.reports.tests import LEAST
from leadworkflows.web.charts import Chart, Series
from leadworkflows.web.report_query import Asked, group_name
from leadworkflows.web.spoken import spoken

SURELY = 0.05
"""Below this a difference is called unlikely to be chance."""
_DAY_S = 86_400
_MOST_BARS = 12
_STAGE_NAMES = {"mql": "MQL", "sal": "SAL", "sql": "SQL"}


@dataclass(frozen=True)
class SectorLine:
    """R2: one industry, and what is usual in its sector; None where nobody knows."""

    name: str
    mqls: int
    mqls_at: str
    sqls: int
    sqls_at: str
    rate: float | None
    usual: float | None

    @property
    def apart(self) -> float | None:
        """How far from what is usual, in shares; None where too few, or where it is not known."""
        if self.rate is None or self.usual is None or self.mqls < LEAST:
            return None
        return self.rate - self.usual


@dataclass(frozen=True)
class ChangeLine:
    """R3: one channel in one month against the month before."""

    channel: str
    month: str
    before_month: str
    now: Conversion
    before: Conversion
    now_at: str
    p: float | None

    @property
    def telling(self) -> bool:
        """Whether so large a difference is unlikely to be chance."""
        return self.p is not None and self.p < SURELY

    @property
    def rising(self) -> bool:
        """Whether it went up."""
        return (self.now.rate or 0) > (self.before.rate or 0)


@dataclass(frozen=True)
class SpanLine:
    """R4: how long one step takes, in days. Box and line are percent of the longest."""

    title: str
    n: int
    n_at: str
    low: float | None
    median: float | None
    high: float | None
    box_at: float
    box: float
    line: float


def sectors(found: Sequence[Benchmark], asked: Asked) -> list[SectorLine]:
    """R2, most MQLs first; those that had none are left out."""
    lines = []
    for each in found:
        where = asked.narrowed("industry", each.industry)
        conversion = each.conversion
        lines.append(
            SectorLine(
                group_name("industry", each.industry),
                conversion.entered, asked.leads("mql", where),
                conversion.converted, asked.leads("mql", where, converted="sql"),
                conversion.rate, each.usual,
            )
        )  # fmt: skip
    return [line for line in lines if line.mqls]


def sectors_chart(lines: Sequence[SectorLine]) -> Chart:
    """Ours beside what is usual, those with a benchmark first."""
    shown = sorted(lines, key=lambda line: line.usual is None)[:_MOST_BARS]
    ours = Series(
        "Ours", [line.rate for line in shown],
        notes=[f"{line.sqls:,} of {line.mqls:,}" for line in shown],
        links=[line.sqls_at for line in shown],
    )  # fmt: skip
    usual = Series("Usual in the sector", [line.usual for line in shown], tone="chart-8")
    leaders = f"leaders reach {LEADERS:.0%}"
    title = f"MQL to SQL by industry against what is usual in the sector; {leaders}"
    return Chart("rows", title, [line.name for line in shown], [ours, usual], "percent")


def changes(found: Sequence[Change], asked: Asked) -> list[ChangeLine]:
    """R3 of every month of the period, by channel."""
    lines = []
    for each in found:
        since, until, _ = asked.narrowed("month", each.month)
        where = (since, until, asked.narrowed("channel", each.channel)[2])
        month_before = datetime(since.year - (since.month == 1), (since.month - 2) % 12 + 1, 1).date()  # noqa: DTZ001
        lines.append(
            ChangeLine(
                group_name("channel", each.channel), each.month, f"{month_before:%Y-%m}",
                each.now, each.before, asked.leads("mql", where, converted="sql"), each.p,
            )
        )  # fmt: skip
    return lines


def focus(lines: Sequence[ChangeLine], now: datetime, zone: str) -> str | None:
    """The last month that is over, of those that are there; the running one is compared too early."""
    running = f"{now.astimezone(ZoneInfo(zone)):%Y-%m}"
    known = sorted({line.month for line in lines})
    over = [month for month in known if month < running]
    return next(reversed(over or known), None)


def changes_chart(lines: Sequence[ChangeLine], month: str) -> Chart:
    """One month beside the month before, by channel."""
    shown = [line for line in lines if line.month == month]
    names = [line.channel for line in shown]
    before = Series(
        group_name("month", shown[0].before_month), [line.before.rate for line in shown],
        notes=[_sample(line.before) for line in shown], tone="chart-8",
    )  # fmt: skip
    now = Series(
        group_name("month", month), [line.now.rate for line in shown],
        notes=[_sample(line.now) for line in shown], links=[line.now_at for line in shown],
    )  # fmt: skip
    return Chart("rows", "MQL to SQL by channel, month against month", names, [before, now], "percent")


def told_changes(lines: Sequence[ChangeLine], month: str) -> list[str]:
    """What is unlikely to be chance in a month, the least likely first."""
    telling = sorted(
        (line for line in lines if line.month == month and line.telling), key=lambda line: line.p or 0
    )
    return [
        f"{line.channel} {'rose' if line.rising else 'fell'} from {line.before.rate:.0%} "
        f"({_sample(line.before)}) to {line.now.rate:.0%} ({_sample(line.now)}); p = {line.p:.3f}."
        for line in telling
    ]


def spans(found: Sequence[Span], asked: Asked) -> list[SpanLine]:
    """R4, steps that nobody took left out."""
    longest = max([each.high or 0 for each in found] or [0]) or 1
    return [_span(each, asked, longest) for each in found if each.n]


def _span(each: Span, asked: Asked, longest: float) -> SpanLine:
    low, median, high = (value or 0 for value in (each.low, each.median, each.high))
    return SpanLine(
        title=f"{_stage(each.of)} → {_stage(each.to)}",
        n=each.n,
        n_at=asked.leads(each.to, converted=each.of),
        low=_days(each.low),
        median=_days(each.median),
        high=_days(each.high),
        box_at=round(100 * low / longest, 2),
        box=round(max(100 * (high - low) / longest, 0.6), 2),
        line=round(100 * median / longest, 2),
    )


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / _DAY_S


def returned_chart(found: Sequence[Returned], asked: Asked, alert: float) -> Chart:
    """R6 by month, with the share from which it alerts."""
    labels = [group_name("month", each.group) for each in found]
    share = Series(
        "Returned", [each.rate for each in found],
        notes=[f"{each.returned:,} of {each.sals:,} SALs" for each in found],
        links=[
            asked.leads("sal", asked.narrowed("month", each.group), returned=True) if each.returned else None
            for each in found
        ],
        weak=[each.sals < LEAST for each in found], tone="chart-4",
    )  # fmt: skip
    limit = Series("Alert", [alert] * len(found), tone="hot", dashed=True)
    return Chart("lines", "Share of SALs that sales returned", labels, [share, limit], "percent")


def _sample(conversion: Conversion) -> str:
    return f"{conversion.converted:,} of {conversion.entered:,}"


def _stage(stage: FunnelStage) -> str:
    return _STAGE_NAMES.get(stage) or spoken(stage)
