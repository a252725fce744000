"""Writing transactions on a SQLite file, which has one writer at a time.

Those of this process take turns at the statements and share the wait for the disk: whoever finds no
transaction open begins one, those behind write into it, each within a savepoint, and a commit waits its
turn too, behind everybody who came before it was asked for. Who writes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Executable, Table
from sqlalchemy.exc import SQLAlchemyError

from leadworkflows.store.errors import StoreUnavailable
from leadworkflows.store.rows import insert_rows

WAIT_FOR_OTHERS_S = 10.0
"""How long a writer waits while another process writes to the same SQLite file."""
_LOOK_AGAIN_S = 0.008
"""How seldom a waiting writer looks: a process that writes without a pause lets go but for a moment."""
_UNDONE = "the transaction was undone"


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


class SqliteWriter:
    """The one connection of this process that writes.

    Who began a transaction commits it, in a task of its own: a task made for that could be cancelled,
    by a loop that ends, before it ran at all, and would leave the others waiting for ever.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turns = asyncio.Lock()  # first come, first served, which is what the groups rest on
        self._group: _Group | None = None
        self._committer = _thread()

    async def close(self) -> None:
        """Let go of the connection once what is under way is on disk. Who writes later opens it anew."""
        async with self.alone():
            self.engine.dispose()
            self._committer.shutdown(wait=False)
            self._committer = _thread()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[OnTheLoop]:
        """A transaction that is on disk when the block ends. Raises StoreUnavailable, SQLAlchemyError.

        What a block raises may rest on what its neighbours wrote, so it is told once that is on disk;
        where it cannot be kept, that is told instead.
        """
        give_up, refused = time.monotonic() + WAIT_FOR_OTHERS_S, None
        async with self._turns:
            first = self._group is None
            group = self._group = self._group or _Group(await _begun(self.engine, give_up))
            try:
                with self._part_of(group, first=first):
                    yield OnTheLoop(group.connection)
            except Exception as error:
                if group.kept.done():  # nobody's fate is left to wait for
                    raise
                refused = error
        stopped = await (self._commit_in_turn(group) if first else _done(group.kept))
        if stopped is not None:
            raise stopped
        group.kept.result()
        if refused is not None:
            raise refused

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """No transaction of this process is open within the block."""
        async with self._turns:
            stopped = await self._commit(self._group) if self._group is not None else None
            if stopped is not None:
                raise stopped
            yield

    @contextmanager
    def _part_of(self, group: _Group, *, first: bool) -> Iterator[None]:
        """What one writer writes: all of it goes into the transaction, or nothing."""
        execute = group.connection.exec_driver_sql
        try:
            if not first:
                execute("SAVEPOINT part")
            yield
            if not first:
                execute("RELEASE part")
        except BaseException:
            self._undo(group, first=first)
            raise
        if not _is_open(group.connection):  # then what the block wrote last was in no transaction
            self._end(group, StoreUnavailable(_UNDONE))

    def _undo(self, group: _Group, *, first: bool) -> None:
        """Undo one writer's part; all of the transaction where that is all, or nothing less can be undone."""
        if not first and _is_open(group.connection):  # a full disk, for one, undoes the others' parts too
            with suppress(SQLAlchemyError):
                group.connection.exec_driver_sql("ROLLBACK TO part")
                group.connection.exec_driver_sql("RELEASE part")
                return
        self._end(group, StoreUnavailable(_UNDONE))

    async def _commit_in_turn(self, group: _Group) -> asyncio.CancelledError | None:
        """Commit behind all who wait for a turn now, even when cancelled meanwhile: others rest on it."""
        stopped: asyncio.CancelledError | None = None
        while not group.kept.done():
            try:
                async with self._turns:
                    stopped = await self._commit(group) or stopped
            except asyncio.CancelledError as error:
                stopped = error
        return stopped

    async def _commit(self, group: _Group) -> asyncio.CancelledError | None:
        """Wait for the disk elsewhere, in our turn. In the thread's own future: a task can be cancelled."""
        if group.kept.done():
            return None
        try:
            loop = asyncio.get_running_loop()
            committing = loop.run_in_executor(self._committer, group.connection.commit)
        except RuntimeError:
            self._end(group, StoreUnavailable("no thread can be started to wait for the disk"))
            return None
        stopped = await _done(committing)
        self._end(group, committing.exception())
        return stopped

    def _end(self, group: _Group, error: BaseException | None) -> None:
        """Let go of the transaction, which undoes what was not committed, and tell who waits for it."""
        self._group = None
        try:
            if error is not None and _is_open(group.connection):
                _roll_back(group.connection)
            group.connection.close()
        finally:
            if error is None:
                group.kept.set_result(None)
            else:
                group.kept.set_exception(error)
                group.kept.exception()  # perhaps nobody is left to be told


def _thread() -> ThreadPoolExecutor:
    """A thread for commits alone: in the loop's own one would wait behind calls to a vendor that hangs."""
    return ThreadPoolExecutor(1, "leadworkflows-commit")


def _roll_back(connection: Connection) -> None:
    """By the driver: SQLAlchemy takes a transaction whose commit failed for gone, and would leave it open."""
    try:
        connection.connection.rollback()
    except connection.dialect.loaded_dbapi.Error:
        connection.invalidate()  # closed, it holds no lock and has nothing that could still be committed


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


async def _begun(engine: Engine, give_up: float) -> Connection:
    """A connection that holds the file's one write lock. Raises StoreUnavailable after `give_up`."""
    wait = 0.001
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
        wait = min(wait * 2, _LOOK_AGAIN_S)
