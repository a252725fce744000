"""How a report looks: as a table, as JSON, as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadworkflows.content import one_line
from leadworkflows.reports.named import Cell, Report, Row
from leadworkflows.reports.shapes import PAIRS

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STEPS = 6
"""The conversions that a screen has room for, of `PAIRS` the first."""
_SHARES = ("rate", "usual")


def as_json(found: Report) -> str:
    """As the API answers it."""
    period = {"since": found.period.since.isoformat(), "until": found.period.until.isoformat()}
    told = {"report": found.name, **period, "zone": found.period.zone, "rows": list(found.rows)}
    return json.dumps({**told, "total": found.total}, indent=2)


def as_csv(found: Report) -> str:
    """For a spreadsheet; a text that one would take for a formula is marked as text."""
    rows = _all(found)
    written = io.StringIO()
    if rows:
        writer = csv.DictWriter(written, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _plainly(cell) for name, cell in row.items()} for row in rows)
    return written.getvalue()


def show(found: Report) -> None:
    """As a table. Of the funnel JSON and CSV say more than a screen has room for."""
    console, rows = Console(highlight=False), _all(found)
    until = found.period.until
    console.print(f"{found.name}: from {found.period.since} up to {until}, days of {found.period.zone}")
    if not rows:
        console.print("Nothing was counted in this time.")
        return
    columns = [name for name in rows[0] if found.name != "funnel" or _fits(name)]
    table = Table(box=None, pad_edge=False)
    for name in columns:
        words = any(isinstance(row[name], str) for row in rows)
        title = name.removesuffix("_rate").replace("_to_", " → ").replace("_", " ")
        table.add_column(title, header_style="dim", justify="left" if words else "right")
    for row in rows:
        table.add_row(*(Text(_shown(name, row[name])) for name in columns))
    console.print(table)


def _fits(name: str) -> bool:
    """Who entered each stage, and the share of each next step."""
    of, _, to = name.removesuffix("_rate").partition("_to_")
    return not to or (name.endswith("_rate") and (of, to) in PAIRS[:_STEPS])


def _all(found: Report) -> Sequence[Row]:
    return [*found.rows, found.total] if found.total and found.rows else found.rows


def _plainly(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _shown(name: str, cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float) and name.endswith(_SHARES):
        return f"{cell:.1%}"
    if isinstance(cell, float):
        return f"{cell:,.2f}"
    return one_line(str(cell)) or "not known"
