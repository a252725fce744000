"""The quarantine as it is shown in a terminal."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from leadworkflows.content import one_line
from leadworkflows.domain.decisions import iso
from leadworkflows.store.quarantine import Kept


def listed(kept: Kept) -> dict[str, Any]:
    """Without the body and the headers."""
    return {
        "id": kept.id,
        "source": kept.source,
        "field": kept.field,
        "problem": kept.problem,
        "attempts": kept.attempts,
        "received_at": iso(kept.received_at),
        "last_seen_at": iso(kept.last_seen_at),
        "resolved_at": iso(kept.resolved_at) if kept.resolved_at else None,
    }


def in_full(kept: Kept) -> dict[str, Any]:
    """With everything; a body that is no text comes as base64."""
    text = _text(kept.body)
    body = {"body": text} if text is not None else {"body_base64": base64.b64encode(kept.body).decode()}
    return {**listed(kept), "method": kept.method, "url": kept.url, "headers": dict(kept.headers), **body}


def waiting_view(waiting: Sequence[Kept], backlog: int, age_s: float) -> RenderableType:
    """What could not be understood, and what waits to be handed on."""
    since = f", the oldest for {timedelta(seconds=round(age_s))}" if backlog else ""
    told = Text(f"{backlog} events wait to be handed on{since}.")
    return Group(told, _table(waiting) if waiting else Text("Nothing is in the quarantine."))


def request_view(kept: Kept) -> RenderableType:
    """One request with its body."""
    grid = Table.grid(padding=(0, 2))
    facts = {**in_full(kept), "headers": "", "body": "", "body_base64": ""}
    headers = {f"{name}:": value for name, value in kept.headers.items()}
    for name, value in {**facts, **headers}.items():
        if value not in (None, ""):
            grid.add_row(Text(one_line(name), style="dim"), Text(one_line(str(value))))
    return Group(grid, Text(), Text(_pretty(kept.body)))


def summary(row_id: int, field: str, problem: str) -> str:
    """One line on a request that is still refused."""
    return one_line(f"{row_id}: {field + ' ' if field else ''}{problem}")


def _table(waiting: Sequence[Kept]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("id", "source", "since", "times", "field", "problem"):
        table.add_column(column, header_style="dim", overflow="fold")
    for kept in waiting:
        since = f"{kept.received_at:%Y-%m-%d %H:%M:%S}"
        cells = (str(kept.id), kept.source, since, str(kept.attempts), kept.field, kept.problem)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def _pretty(body: bytes) -> str:
    """JSON with line ends, other text line by line, without what would steer the terminal."""
    text = _text(body)
    if text is None:
        return f"{len(body)} bytes that are no text; --json has them"
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return "\n".join(_indent(line) + one_line(line) for line in text.split("\n"))


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None
