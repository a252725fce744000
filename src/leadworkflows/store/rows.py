"""New rows for one table, many at a time.

SQLAlchemy prepares every row of an insert anew, by name and column, for each of its dialects; with
SQLite that costs three times what the insert does. Here the statement and what each column makes of
its values are prepared once a process, and by SQLAlchemy itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert

from leadworkflows.store.errors import StoreError

Bind = Callable[[Any], Any] | None


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, which all state the same columns. Raises StoreError for what a column cannot hold."""
    sql, binds = _prepared(connection.dialect, table, tuple(rows[0]))
    try:
        values = [_values(row, binds) for row in rows]
    except (TypeError, ValueError) as error:
        raise StoreError(type(error).__name__) from None  # its message may quote the value
    connection.exec_driver_sql(sql, values)


def _values(row: Mapping[str, Any], binds: Sequence[tuple[str, Bind]]) -> tuple[Any, ...]:
    return tuple([row[name] if bind is None else bind(row[name]) for name, bind in binds])


@lru_cache(maxsize=256)
def _prepared(
    dialect: Dialect, table: Table, names: tuple[str, ...]
) -> tuple[str, tuple[tuple[str, Bind], ...]]:
    """The statement, and the columns in the order of its marks."""
    compiled = insert(table).compile(dialect=dialect, column_keys=list(names))
    marks = compiled.positiontup or ()
    return str(compiled), tuple((name, _bind(dialect, table, name)) for name in marks)


def _bind(dialect: Dialect, table: Table, name: str) -> Bind:
    return table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
