"""Charts as the page's script draws them: plain values, which stand below as a table too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Unit = Literal["percent", "count", "days"]
Kind = Literal["bars", "rows", "lines"]
_EMPTY: tuple[Any, ...] = (None, False, (), [])


@dataclass(frozen=True)
class Series:
    """One row of values, one for each label; shares are 0 to 1. None is drawn as a gap.

    `notes` are said beside the values, `links` lead to what is behind them, `weak` marks small samples.
    `tone` is the name of a colour of the page; unset, the next of its palette.
    """

    name: str
    values: Sequence[float | None]
    notes: Sequence[str] = ()
    links: Sequence[str | None] = ()
    weak: Sequence[bool] = ()
    tone: str | None = None
    dashed: bool = False
    line: bool = False


@dataclass(frozen=True)
class Chart:
    """`kind` is bars, `rows` (bars that lie) or lines. `title` is what a screen reader says."""

    kind: Kind
    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: Unit = "count"
    stacked: bool = False
    """Whether the bars of a label add up."""

    @property
    def data(self) -> dict[str, Any]:
        """For the script, without what is not set."""
        held = [
            {name: value for name, value in vars(each).items() if value not in _EMPTY} for each in self.series
        ]
        return {
            "kind": self.kind, "labels": list(self.labels), "unit": self.unit, "stacked": self.stacked,
            "series": held,
        }  # fmt: skip

    @property
    def height(self) -> str:
        """The class of its box: bars that lie need room for each."""
        each = 1 if self.stacked else max(1, len(self.series))
        lying = len(self.labels) * each if self.kind == "rows" else 0
        return "high" if lying > 14 else "low" if 0 < lying <= 5 else ""
