"""Writing transactions on a SQLite file, which has one writer at a time.

Those of this process take turns at the statements, each in a savepoint of its own, and share the wait
for the disk: a commit waits its turn too, behind everybody who came before it was asked for. Who writes
alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Executable, Table
from sqlalchemy.exc import SQLAlchemyError

from leadworkflows.store.errors import StoreUnavailable
from leadworkflows.store.rows import insert_rows

WAIT_FOR_OTHERS_S = 10.0
"""How long a writer waits while another process writes to the same SQLite file."""


class OnTheLoop:
    """Statements that run where they are asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement, once or for each of several sets of parameters."""
        return self._connection.execute(statement, parameters)

    def insert_rows(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that all state the same columns."""
        insert_rows(self._connection, table, rows)


class _Group:
    """One transaction. `kept` is done when it is on disk, or fails with what kept it from that."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closing: asyncio.Task[None] | None = None


class SqliteWriter:
    """The one connection of this process that writes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turns = asyncio.Lock()  # first come, first served, which is what the groups rest on
        self._group: _Group | None = None
        # Its own: in the loop's threads a commit would wait behind calls to a vendor that hangs.
        self._committer = ThreadPoolExecutor(1, "leadworkflows-commit")

    def dispose(self) -> None:
        """Let go of the connection."""
        self.engine.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[OnTheLoop]:
        """A transaction that is on disk when the block ends. Raises StoreUnavailable, SQLAlchemyError."""
        async with self._turns:
            group = self._group = self._group or _Group(await _begun(self.engine))
            try:
                with group.connection.begin_nested():
                    yield OnTheLoop(group.connection)
            finally:
                self._close_soon(group)
        stopped = await _done(group.kept)
        if stopped is not None:
            raise stopped
        group.kept.result()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """No transaction of this process is open within the block."""
        async with self._turns:
            await self._commit()
            yield

    def _close_soon(self, group: _Group) -> None:
        if not _is_open(group.connection):  # a full disk, for one, undoes what others of the group did too
            self._end(group, StoreUnavailable("the transaction was undone by the database"))
        elif group.closing is None:
            group.closing = asyncio.get_running_loop().create_task(self._close())

    async def _close(self) -> None:
        await _done(asyncio.ensure_future(self._turns.acquire()))
        try:
            await self._commit()
        finally:
            self._turns.release()

    async def _commit(self) -> None:
        """Wait for the disk elsewhere, in our turn.

        In the thread's own future, because a loop that ends would cancel a task around it.
        """
        group = self._group
        if group is None:
            return
        committing = asyncio.get_running_loop().run_in_executor(self._committer, group.connection.commit)
        await _done(committing)
        self._end(group, committing.exception())

    def _end(self, group: _Group, error: BaseException | None) -> None:
        self._group = None
        group.connection.close()  # which rolls back what was not committed
        if error is None:
            group.kept.set_result(None)
        else:
            group.kept.set_exception(error)
            group.kept.exception()  # perhaps nobody is left to be told


async def _done(awaited: asyncio.Future[Any]) -> asyncio.CancelledError | None:
    """Wait until it is, even when cancelled meanwhile, however often: that is the caller's to raise."""
    stopped: asyncio.CancelledError | None = None
    while not awaited.done():
        try:
            await asyncio.wait([awaited])
        except asyncio.CancelledError as error:
            stopped = error
    return stopped


def _is_open(connection: Connection) -> bool:
    driver = connection.connection.dbapi_connection
    return bool(driver and driver.in_transaction)


async def _begun(engine: Engine) -> Connection:
    """A connection that holds the file's one write lock. Raises StoreUnavailable after ten seconds."""
    give_up, wait = time.monotonic() + WAIT_FOR_OTHERS_S, 0.001
    while True:
        connection = engine.connect()
        try:
            connection.begin()
        except SQLAlchemyError as error:
            connection.close()
            # Also while another process reads the log of one that was killed: SQLITE_BUSY_RECOVERY.
            if not getattr(error.__cause__, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise
        else:
            return connection
        if time.monotonic() > give_up:
            raise StoreUnavailable("database is locked: another process keeps writing to it")
        await asyncio.sleep(wait)
        wait = min(wait * 2, 0.05)
