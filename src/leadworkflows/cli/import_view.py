"""An import as it is shown in a terminal: what was understood, how far it has come, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid
from rich.text import Text

from leadworkflows.content import one_line
from leadworkflows.imports.columns import Column
from leadworkflows.imports.rows import Reading
from leadworkflows.imports.tabular import DELIMITERS, Row, Table
from leadworkflows.sources.base import InboundEvent, PayloadRejected
from leadworkflows.sources.topics import IGNORE

_PREVIEWED = 5
_CELL = 60


def preview(console: Console, table: Table, reading: Reading) -> None:
    """Each column with its topic, and the first rows as they would be understood."""
    shown = [row for row, _ in islice(table.rows(), _PREVIEWED)]
    console.print(_safe(f"{table.path.name}: {DELIMITERS[table.delimiter]}-separated, {table.encoding}"))
    if table.notice:
        console.print(_safe(f"Notice: it is {table.notice}."), style="yellow", soft_wrap=True)
    console.print(_columns(reading.columns, shown))
    console.print(_rows(reading, shown))


def _columns(columns: Sequence[Column], rows: Sequence[Row]) -> Grid:
    grid = _grid("Columns", "column", "is", "first value")
    for number, column in enumerate(columns):
        filled = (row.cells[number] for row in rows if len(row.cells) > number and row.cells[number])
        is_ = Text("kept as a note", style="dim") if column.topic is None else Text(column.topic)
        value = "" if column.topic == IGNORE else next(filled, "")
        grid.add_row(_safe(column.header), is_, _safe(value))
    return grid


def _rows(reading: Reading, rows: Sequence[Row]) -> Grid:
    grid = _grid("The first rows", "row", "event", "e-mail", "understood as")
    for row in rows:
        event = _understood(reading, row)
        if isinstance(event, str):
            grid.add_row(str(row.number), "", "", Text(event, style="red"))
        else:
            said = Text("\n".join(_safe(f"{name}: {value}").plain for name, value in _said(event)))
            grid.add_row(str(row.number), event.type.value, _safe(event.identity.email or ""), said)
    return grid


def _understood(reading: Reading, row: Row) -> InboundEvent | str:
    """The row's event, or why there is none."""
    if row.problem:
        return one_line(row.problem)
    try:
        return reading.event_of(row.cells)
    except PayloadRejected as rejected:
        return one_line(str(rejected))


def _said(event: InboundEvent) -> Iterator[tuple[str, object]]:
    yield from event.person.model_dump(exclude_none=True).items()
    yield from event.facts.model_dump(mode="json", exclude_none=True, exclude_defaults=True).items()


@contextmanager
def progress_bar(console: Console, size: int) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told of rows and bytes."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("0 rows", total=max(size, 1))

        def tell(rows: int, position: int) -> None:
            bar.update(task, completed=position, description=f"{rows:,} rows")

        yield tell


def _grid(title: str, *columns: str) -> Grid:
    grid = Grid(title=f"\n{title}", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        grid.add_column(column, header_style="dim", overflow="fold")
    return grid


def _safe(text: str) -> Text:
    """What a stranger typed, without what would steer the terminal."""
    line = one_line(text)
    return Text(line if len(line) <= _CELL else f"{line[: _CELL - 1]}…")
