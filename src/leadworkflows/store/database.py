"""Transactions: the only way the repositories reach the database.

PostgreSQL is spoken to by its asynchronous driver. SQLite has no such thing: `aiosqlite` passes every
statement to a thread and back, which costs ten times what it takes to find a row. Reading that may take
long is left to it. To look a row up is done here; and a writing transaction is a few milliseconds of
statements in memory and one wait for the disk, so its statements run here too, and only the wait goes to
a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

from sqlalchemy import CursorResult, Executable, Table, insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from leadworkflows.store.engine import (
    READ_ONLY,
    make_engine,
    make_sqlite_reader,
    make_sqlite_writer,
    vacuum_file,
)
from leadworkflows.store.errors import translate
from leadworkflows.store.models import Base
from leadworkflows.store.sqlite_writer import OnTheLoop, SqliteWriter

Insert = sqlite.Insert | postgresql.Insert


class Transaction(Protocol):
    """An open transaction."""

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement, once or for each of several sets of parameters."""


class Database:
    """One database, and transactions on it. Errors leave as `StoreError` and its kin."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._for_reading = self.engine.execution_options(**{READ_ONLY: True})
        is_file = self.engine.dialect.name == "sqlite"
        self._sqlite_writer = SqliteWriter(make_sqlite_writer(url)) if is_file else None
        self._sqlite_reader = make_sqlite_reader(url) if is_file else None

    @classmethod
    def at(cls, url: str) -> Database:
        """The database at an address; it connects on first use."""
        return cls(url)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._sqlite_writer is not None:
            await self._sqlite_writer.close()
        if self._sqlite_reader is not None:
            self._sqlite_reader.dispose()
        await self.engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes nothing and waits for no writer."""
        try:
            async with self._for_reading.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise translate(error) from None

    @asynccontextmanager
    async def looking_up(self) -> AsyncIterator[Transaction]:
        """Like `reading`, for a few rows that an index finds, and for a block that awaits nothing else."""
        if self._sqlite_reader is None:
            async with self.reading() as connection:
                yield connection
            return
        try:
            with self._sqlite_reader.connect() as connection:
                yield OnTheLoop(connection)
        except SQLAlchemyError as error:
            raise translate(error) from None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """A transaction that is on disk when the block ends.

        SQLite has one writer at a time. Within a process they take turns, and those that come together
        share a commit.
        """
        try:
            if self._sqlite_writer is None:
                async with self.engine.begin() as connection:
                    yield connection
            else:
                async with self._sqlite_writer.writing() as transaction:
                    yield transaction
        except SQLAlchemyError as error:
            raise translate(error) from None

    async def vacuum(self, *, whole: bool = False) -> bool:
        """Overwrite or free the space of what was deleted; False where somebody was in the way.

        A SQLite file is written anew, and its log emptied. PostgreSQL frees the space, to be written over
        as it is used again; `whole` writes its tables anew, which locks each for so long.
        """
        try:
            if self._sqlite_writer is None:
                await self._vacuum_tables(whole=whole)
                return True
            async with self._sqlite_writer.alone():
                return await asyncio.to_thread(vacuum_file, str(self.engine.url.database))
        except SQLAlchemyError as error:
            raise translate(error) from None

    async def _vacuum_tables(self, *, whole: bool) -> None:
        """The planner's statistics quote values too: they are made again, and what stood in them goes."""
        options = "FULL, ANALYZE" if whole else "ANALYZE"
        every = [f"VACUUM ({options}) {table.name}" for table in Base.metadata.sorted_tables]
        async with self.engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in [*every, "VACUUM (FULL) pg_statistic"] if whole else every:
                await alone.execute(text(statement))

    def insert(self, table: type[Base]) -> Insert:
        """An insert that may say what happens to rows that are there already."""
        return postgresql.insert(table) if self._sqlite_writer is None else sqlite.insert(table)


async def insert_new(transaction: Transaction, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all state the same columns and that nobody has inserted before."""
    if rows and isinstance(transaction, OnTheLoop):
        transaction.insert_rows(cast("Table", table.__table__), rows)
    elif rows:
        await transaction.execute(insert(table), [dict(row) for row in rows])


async def insert_all(transaction: Transaction, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows in one go; nothing happens without rows."""
    if rows:
        await transaction.execute(statement, [dict(row) for row in rows])
