"""The rows that reports count, written and taken away for many leads in few statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, delete

from leadworkflows.store.database import Database, Insert, Transaction, insert_all, insert_new
from leadworkflows.store.funnel_fold import Lived, Row
from leadworkflows.store.models import ClockRow, EarnedRow, PassRow

PASSES, CLOCKS, EARNED = (cast("Table", row.__table__) for row in (PassRow, ClockRow, EarnedRow))
_GONE = [
    delete(table).where(table.c.lead_id.in_(bindparam("leads", expanding=True)))
    for table in (PASSES, CLOCKS, EARNED)
]


class FunnelRows:
    """Writes the rows of lives."""

    def __init__(self, database: Database) -> None:
        self._changed: dict[type[PassRow | ClockRow | EarnedRow], Insert] = {
            PassRow: _replacing(database, PassRow, ("lead_id", "pass")),
            ClockRow: _replacing(database, ClockRow, ("lead_id", "pass", "clock")),
            EarnedRow: _adding(database),
        }

    async def change(self, connection: Transaction, lives: Sequence[Lived]) -> None:
        """Replace passes and clocks by what they are now, and add to what was earned."""
        for table, rows in _of(lives):
            await insert_all(connection, self._changed[table], rows)

    async def add(self, connection: Transaction, lives: Sequence[Lived]) -> None:
        """The same for leads that have no rows, which is faster."""
        for table, rows in _of(lives):
            await insert_new(connection, table, rows)

    async def take_away(self, connection: Transaction, lead_ids: Sequence[str]) -> None:
        """Let nothing be counted for these leads."""
        for gone in _GONE:
            await connection.execute(gone, {"leads": list(lead_ids)})


def _of(lives: Sequence[Lived]) -> Iterator[tuple[type[PassRow | ClockRow | EarnedRow], list[Row]]]:
    """What is counted; a lead that goes on as another counts as that one alone."""
    counted = [lived for lived in lives if not lived.merged]
    yield PassRow, [_fitting(PASSES, row) for lived in counted for row in lived.passes.values()]
    yield ClockRow, [_fitting(CLOCKS, row) for lived in counted for row in lived.clocks.values()]
    yield EarnedRow, [_fitting(EARNED, row) for lived in counted for row in lived.earned.values()]


def _fitting(table: Table, row: Mapping[str, Any]) -> Row:
    """The row with its words no longer than their columns: a policy may name things at length."""
    return {name: _cut(table.c[name].type, value) for name, value in row.items()}


def _cut(kind: Any, value: Any) -> Any:
    return value[: kind.length] if isinstance(value, str) and kind.length else value


def _replacing(database: Database, table: type[PassRow | ClockRow], key: tuple[str, ...]) -> Insert:
    made = database.insert(table)
    new = {name: value for name, value in made.excluded.items() if name not in key}
    return made.on_conflict_do_update(index_elements=list(key), set_=new)


def _adding(database: Database) -> Insert:
    made = database.insert(EarnedRow)
    new, old = made.excluded, EARNED.c
    earlier = case((new.first_at < old.first_at, new.first_at), else_=old.first_at)
    added: Row = {"points": old.points + new.points, "times": old.times + new.times, "first_at": earlier}
    return made.on_conflict_do_update(index_elements=["lead_id", "pass", "rule"], set_=added)
