"""Charts as PNG, for a mail and for Slack, where nothing draws for itself. The dashboard draws its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from leadworkflows.reports.digest import SHOWN, Digest
from leadworkflows.reports.digest_words import NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INCHES, _DPI = (8.0, 4.0), 120
_INK, _QUIET, _GRID, _PAPER = "#1f2a44", "#5b6472", "#e3e6ec", "#ffffff"
_NOW, _BEFORE = "#2f5bd7", "#b9c6ea"
_LINES = ("#2f5bd7", "#c2571a", "#2a7d4f")
"""Told apart by colour-blind readers too, and by their dashes."""
_DASHES = ("-", "--", "-.")
_TREND = ("lead", "mql", "sql")
_MOST_CHANNELS = 8


@dataclass(frozen=True)
class Picture:
    """A PNG, its file's name, and what it shows in words, for who cannot see it."""

    name: str
    title: str
    png: bytes


def pictures(digest: Digest) -> list[Picture]:
    """The charts of a regular report. Takes a second: not on an event loop."""
    return [
        Picture("funnel.png", f"{digest.title}, against the one before", _draw(digest, _stages)),
        Picture("trend.png", "Leads, MQLs and SQLs over time", _draw(digest, _trend)),
        Picture("channels.png", "SQLs by channel, against the time before", _draw(digest, _channels)),
    ]


def _draw(digest: Digest, chart: Callable[[Axes, Digest], None]) -> bytes:
    # matplotlib takes most of a second to import: who never draws must not wait for it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=_INCHES, dpi=_DPI, facecolor=_PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _plain(axes)
    chart(axes, digest)
    return _png(figure)


def _stages(axes: Axes, digest: Digest) -> None:
    labels = [NAMES[stage] for stage in SHOWN]
    now, before = ([each.stages[stage] for stage in SHOWN] for each in (digest.now, digest.before))
    _pairs(axes, labels, now, before, digest)
    axes.set_title(digest.title, color=_INK, loc="left", fontweight="bold")


def _channels(axes: Axes, digest: Digest) -> None:
    now, before = digest.now.channels, digest.before.channels
    found = sorted({*now, *before}, key=lambda name: (-now.get(name, {}).get("sql", 0), name))[
        :_MOST_CHANNELS
    ]
    this, last = ([each.get(name, {}).get("sql", 0) for name in found] for each in (now, before))
    _pairs(axes, [_spoken(name) for name in found], this, last, digest)
    axes.set_title("SQLs by channel", color=_INK, loc="left", fontweight="bold")


def _trend(axes: Axes, digest: Digest) -> None:
    places = range(len(digest.entries))
    for stage, color, dashes in zip(_TREND, _LINES, _DASHES, strict=True):
        values = [each.stages[stage] for each in digest.entries]
        axes.plot(places, values, color=color, linestyle=dashes, linewidth=2, label=NAMES[stage])
    said = "%d %b" if digest.kind == "weekly" else "%b %y"
    axes.set_xticks(places, [f"{each.since:{said}}" for each in digest.entries], rotation=45, ha="right")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, labelcolor=_INK)
    axes.set_title("Over time", color=_INK, loc="left", fontweight="bold")


def _pairs(
    axes: Axes, labels: Sequence[str], now: Sequence[int], before: Sequence[int], digest: Digest
) -> None:
    """Two bars a label, each with its number."""
    word = "week" if digest.kind == "weekly" else "month"
    for values, shift, color, label in (
        (now, -0.2, _NOW, f"this {word}"), (before, 0.2, _BEFORE, f"the {word} before"),
    ):  # fmt: skip
        bars = axes.barh(
            [n + shift for n in range(len(labels))], values, height=0.38, color=color, label=label
        )
        axes.bar_label(bars, padding=3, color=_INK)
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.legend(frameon=False, labelcolor=_INK)


def _plain(axes: Axes) -> None:
    axes.set_facecolor(_PAPER)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_QUIET, length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _spoken(channel: str) -> str:
    """What somebody wrote, without the dollar signs that would make it a formula."""
    return channel.replace("$", "") or "not known"


def _png(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
