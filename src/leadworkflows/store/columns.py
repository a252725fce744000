"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, in and out.

    SQLite keeps no offset, so it gets the UTC wall clock, which also sorts as text. A naive value
    is refused: nobody knows which instant it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """To the database. Raises ValueError for a naive value.

        For SQLite in one step instead of the two that a decorator takes: every event has seven times.
        """
        return _as_text if dialect.name == "sqlite" else _in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database. PostgreSQL's is aware already, in the session's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("expected a datetime with its offset, got a naive one")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


@lru_cache(maxsize=1024)  # what came at once has one time, in several columns
def _as_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it, so that one column never holds two spellings."""
    utc = _in_utc(value)
    return None if utc is None else utc.replace(tzinfo=None).isoformat(" ", "microseconds")


RowId = BigInteger().with_variant(Integer, "sqlite")
"""A running number. SQLite numbers rows by itself only where the type is INTEGER."""
