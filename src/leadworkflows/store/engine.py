"""Engines that keep one promise on both databases: what was committed is on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from leadworkflows.store.errors import StoreError, StoreUnavailable
from leadworkflows.store.jsontext import to_json

READ_ONLY = "leadworkflows_read_only"
"""Execution option of a transaction that will only read."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout=10000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL would lose acknowledged events in a power cut
    "PRAGMA fullfsync=ON",  # on macOS a plain fsync stops at the drive's cache; elsewhere nothing
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=FAST",  # what is deleted is overwritten wherever that costs no write of its own
)
_PAGES_OF_A_WRITER = "PRAGMA cache_size=-65536"
"""64 MiB: the indexes of a large record are looked into at random."""
_PAGES_OF_A_READER = "PRAGMA cache_size=-16384"
"""Each connection of a pool fills its own; the system's cache holds the file for all of them."""
_VACUUM_WAITS_S = 10.0
_LOOKS_AGAIN_S = 0.05
_COMMIT_TO_DISK = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
_NOT_COMPILED = "SELECT set_config('jit', 'off', false) FROM pg_settings WHERE name = 'jit'"
"""To compile the many short expressions of a report takes longer than to run it once."""


def normalise_url(url: str) -> str:
    """The address with its async driver: `sqlite:///x`, `postgres://…`, `postgresql://…`.

    Raises ValueError for another database, or for SQLite in memory, which would forget.
    """
    return _parsed(url).render_as_string(hide_password=False)


def make_engine(url: str) -> AsyncEngine:
    """An async engine for the store. It connects on first use and never logs parameters."""
    parsed = _parsed(url)
    with _driver():
        engine = create_async_engine(parsed, **_options(parsed), **_pool(parsed))
    _prepare(engine.sync_engine)
    return engine


def make_sqlite_writer(url: str) -> Engine:
    """One connection to a SQLite file, to write by. It never waits for a lock: who waits says how."""
    parsed = _parsed(url).set(drivername="sqlite")
    options = _options(parsed)
    options["connect_args"] |= {"check_same_thread": False}  # the commit waits in a thread
    engine = create_engine(parsed, **options, pool_size=1, max_overflow=0)
    _prepare(engine)
    event.listen(engine, "connect", _never_wait)
    return engine


def make_sqlite_reader(url: str) -> Engine:
    """Connections to a SQLite file, to look a few rows up by. They keep little, and hardly ever wait."""
    parsed = _parsed(url).set(drivername="sqlite")
    engine = create_engine(parsed, **_options(parsed), pool_size=1, execution_options={READ_ONLY: True})
    _prepare(engine)
    event.listen(engine, "connect", _keep_little)
    return engine


def make_sync_engine(url: str) -> Engine:
    """The same for migrations, which Alembic runs synchronously."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite")
    with _driver():
        engine = create_engine(parsed, **_options(parsed), pool_pre_ping=True)
    _prepare(engine)
    return engine


def vacuum_file(file: str) -> bool:
    """Write a SQLite file anew without what was deleted, and empty its log; False where it is in use."""
    connection = sqlite3.connect(file, timeout=_VACUUM_WAITS_S, isolation_level=None)
    try:
        connection.execute("VACUUM")
        emptied = _empties_log(connection)
    except sqlite3.OperationalError as error:
        if not getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StoreUnavailable(f"the file cannot be written anew: {error}") from None
        return False
    finally:
        connection.close()
    return emptied


def _empties_log(connection: sqlite3.Connection) -> bool:
    """SQLite waits for who reads or writes, but not for another process that empties the log just then."""
    until = monotonic() + _VACUUM_WAITS_S
    while True:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy or monotonic() > until:
            return not busy
        sleep(_LOOKS_AGAIN_S)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("not a database address; expected sqlite:///file or postgresql://…") from None
    if parsed.drivername not in _DRIVERS:
        raise ValueError(f"{parsed.drivername} is not supported; expected sqlite:///file or postgresql://…")
    parsed = parsed.set(drivername=_DRIVERS[parsed.drivername])
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValueError("SQLite needs a file; expected sqlite:///file")
    return parsed


@contextmanager
def _driver() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name != "psycopg":
            raise
        raise StoreError("PostgreSQL needs its driver; run `pip install leadworkflows[postgres]`") from None


def _options(url: URL) -> dict[str, Any]:
    """`hide_parameters` keeps people's data out of error messages."""
    options: dict[str, Any] = {"hide_parameters": True, "json_serializer": to_json}
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"isolation_level": None}  # we say BEGIN ourselves
    return options


def _pool(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"pool_size": 5}
    return {"pool_size": 10, "max_overflow": 5, "pool_pre_ping": True}


def _prepare(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _try_sqlite)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)


def _try_sqlite(_dialect: Any, _record: Any, arguments: list[Any], _options: Any) -> None:
    """Open the file once before aiosqlite does, whose thread outlives a failure and complains."""
    try:
        sqlite3.connect(arguments[0]).close()
    except sqlite3.Error:
        raise StoreUnavailable(f"cannot open {arguments[0]}: is its folder there and writable?") from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (*_SQLITE_PRAGMAS, _PAGES_OF_A_READER):
        cursor.execute(pragma)
    cursor.close()


def _never_wait(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=0")
    cursor.execute(_PAGES_OF_A_WRITER)
    cursor.close()


def _keep_little(connection: Any, _record: Any) -> None:
    """Who looks something up holds up the loop meanwhile; pages that are asked for often are in memory."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=1000")
    cursor.execute("PRAGMA cache_size=-8192")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once: a lock asked for midway fails instead of waiting."""
    reading = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """A server or role may have traded durability for speed; the inbox may not."""
    cursor = connection.cursor()
    cursor.execute(_COMMIT_TO_DISK)
    cursor.execute(_NOT_COMPILED)
    cursor.close()
    connection.commit()
