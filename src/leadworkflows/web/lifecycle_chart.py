"""The lifecycle as a picture of one lead: every stage and move of the chart, with its own way lit.

Drawn from the chart itself, so that a stage or move cannot be forgotten here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.lifecycle import Lifecycle

WIDTH, HEIGHT = 940, 254
_BOX, _TALL = 112, 50
_UPPER, _LOWER = 78, 182
_PLACES: dict[str, tuple[int, int]] = {
    "lead": (14, _UPPER), "mql": (174, _UPPER), "sal": (334, _UPPER), "sql": (494, _UPPER),
    "opportunity": (654, _UPPER), "customer": (814, _UPPER),
    "recycled": (334, _LOWER), "disqualified": (654, _LOWER),
}  # fmt: skip
"""Where each stage stands: the way to the customer above, the ways out of it below."""


@dataclass(frozen=True)
class Box:
    """A stage. `state` is now, been or ahead."""

    name: str
    title: str
    x: int
    y: int
    state: str
    sub: str
    width: int = _BOX
    height: int = _TALL


@dataclass(frozen=True)
class Arrow:
    """The moves from one stage to another. `label` stands at (x, y); `taken` counts how often."""

    moves: tuple[str, ...]
    path: str
    x: float
    y: float
    taken: int
    label: str


@dataclass(frozen=True)
class Drawing:
    """The whole picture, and what it shows in words."""

    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    words: str
    width: int = WIDTH
    height: int = HEIGHT


def drawing(lead: Mapping[str, Any], entries: Sequence[TimelineEntry]) -> Drawing:
    """The lifecycle with the stages and moves of this lead lit."""
    moves = [entry for entry in entries if entry.kind is EntryKind.STAGE and "move" in entry.data]
    taken = Counter((str(each.data["from"]), str(each.data["to"])) for each in moves)
    by = {(str(each.data["from"]), str(each.data["to"])): str(each.data["move"]) for each in moves}
    now = str(lead["stage"])
    been = {now, *(stage for pair in taken for stage in pair)}
    sub = str(lead.get("sub_status") or "").replace("_", " ")
    boxes = [
        Box(name, title, *_PLACES[name], _state(name, now, been), sub if name == now else "")
        for name, title in _stages()
    ]
    arrows = [_arrow(pair, names, taken[pair], by.get(pair)) for pair, names in _moves().items()]
    arrows.sort(key=lambda arrow: arrow.taken > 0)  # what is lit is drawn last, above the rest
    return Drawing(boxes, arrows, _words(dict(_stages()), now, sub, moves))


@cache
def _stages() -> tuple[tuple[str, str], ...]:
    return tuple((str(state.value), str(state.name)) for state in Lifecycle.states)


@cache
def _moves() -> dict[tuple[str, str], tuple[str, ...]]:
    """The moves of the chart by where they lead from and to; changes within a stage are not drawn."""
    found: dict[tuple[str, str], list[str]] = {}
    for state in Lifecycle.states:
        for each in state.transitions:
            if each.event and "." not in str(each.target.value):
                found.setdefault((str(state.value), str(each.target.value)), []).append(str(each.event))
    return {pair: tuple(names) for pair, names in found.items()}


def _state(name: str, now: str, been: set[str]) -> str:
    return "now" if name == now else "been" if name in been else "ahead"


def _words(titles: Mapping[str, str], now: str, sub: str, moves: Sequence[TimelineEntry]) -> str:
    here = f"The lead is at {titles.get(now, now)}{f', {sub}' if sub else ''}."
    way = [f"{titles.get(str(e.data['to']), '')} ({e.data['move']})" for e in moves]
    return f"{here} It came by {', then '.join(way)}." if way else f"{here} It has not moved yet."


def _arrow(pair: tuple[str, str], names: tuple[str, ...], taken: int, by: str | None) -> Arrow:
    path, x, y = _path(*pair)
    label = f"{by}{f', {taken} times' if taken > 1 else ''}" if by else " ".join(names)
    return Arrow(names, path, x, y, taken, label)


def _path(of: str, to: str) -> tuple[str, float, float]:
    """The line between two boxes, and where its label stands."""
    (x1, y1), (x2, y2) = _PLACES[of], _PLACES[to]
    if y1 == y2:
        return _beside(x1, x2, y1)
    return _down(x1, y1, x2, y2) if y1 < y2 else _up(x1, y1, x2, y2)


def _beside(x1: int, x2: int, y: int) -> tuple[str, float, float]:
    """To the next one straight, over others in a bow."""
    middle = y + _TALL / 2
    if 0 < x2 - x1 <= 160 or y == _LOWER:
        return f"M{x1 + _BOX} {middle}H{x2 - 2}", (x1 + _BOX + x2) / 2, middle - 6
    rise = 26 + (x2 - x1) / 9
    start, end = x1 + _BOX * 0.7, x2 + _BOX * 0.3
    return (
        f"M{start} {y}C{start + 30} {y - rise} {end - 30} {y - rise} {end} {y - 2}",
        (start + end) / 2,
        y - rise * 0.8,
    )


def _down(x1: int, y1: int, x2: int, y2: int) -> tuple[str, float, float]:
    start, bottom = x1 + _BOX * 0.4, y1 + _TALL
    end = x2 + _BOX / 2 + (x1 - x2) * 0.12
    half = (bottom + y2) / 2
    return (
        f"M{start} {bottom}C{start} {half + 10} {end} {half - 10} {end} {y2 - 2}",
        *_near(start, end, bottom, half),
    )


def _up(x1: int, y1: int, x2: int, y2: int) -> tuple[str, float, float]:
    """Back to the way: beside the lines that come down, or round them where it is far."""
    if abs(x2 - x1) > 320:
        low = y1 + _TALL + 14
        return (
            f"M{x1 + _BOX / 2} {y1 + _TALL}V{low}H{x2 + _BOX / 2}V{y2 + _TALL + 2}",
            x2 + _BOX / 2 + 14,
            low - 6,
        )
    side = 1 if x2 > x1 else -1
    start, end, bottom = x1 + _BOX / 2 + side * 40, x2 + _BOX * 0.75, y2 + _TALL
    half = (bottom + y1) / 2
    return f"M{start} {y1}C{start} {half} {end} {half} {end} {bottom + 2}", *_near(start, end, y1, half)


def _near(start: float, end: float, y: float, half: float) -> tuple[float, float]:
    """A quarter of the way along a line: two that go there and back cross in the middle."""
    return 0.84 * start + 0.16 * end, y + 0.62 * (half - y) + 4
