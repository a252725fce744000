"""Transactions: the only way the repositories reach the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from leadworkflows.store.engine import READ_ONLY
from leadworkflows.store.errors import translate
from leadworkflows.store.models import Base

Insert = sqlite.Insert | postgresql.Insert


class Database:
    """One engine, and transactions on it. Errors leave as `StoreError` and its kin."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._for_reading = engine.execution_options(**{READ_ONLY: True})
        self._writers = asyncio.Lock() if self.is_sqlite else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """Whether there can be one writer only."""
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes nothing and waits for no writer."""
        try:
            async with self._for_reading.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise translate(error) from None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is on disk when the block ends.

        SQLite has one writer at a time. Within a process they queue here, in order and without
        the polling that SQLite does between processes.
        """
        try:
            async with self._writers, self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise translate(error) from None

    def insert(self, table: type[Base]) -> Insert:
        """An insert that may say what happens to rows that are there already."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)


async def insert_all(
    connection: AsyncConnection, statement: Insert, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows in one go; nothing happens without rows."""
    if rows:
        await connection.execute(statement, [dict(row) for row in rows])
