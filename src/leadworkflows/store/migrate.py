"""Bringing a database to the tables of this version.

Synchronous, as Alembic is; from a coroutine use `asyncio.to_thread(upgrade, url)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from leadworkflows.store.engine import make_sync_engine
from leadworkflows.store.errors import StoreError, translate

_LOCK = 6_120_318_447  # any number that is ours alone


def upgrade(url: str) -> None:
    """Bring the database to `head()`: all of it or nothing.

    Processes that start together wait for each other. Raises `StoreUnavailable`, and `StoreError`
    where a newer version has been here.
    """
    with _transaction(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        try:
            command.upgrade(_config(connection), "head")
        except CommandError:
            raise StoreError(
                "the database is of a newer version; install that version of leadworkflows"
            ) from None


def current(url: str) -> str | None:
    """The revision that the database is at; None when it has no tables yet."""
    with _transaction(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The revision that this version of the code needs."""
    return ScriptDirectory.from_config(_config()).get_revisions("head")[0].revision


def check(url: str) -> None:
    """Raise Alembic's CommandError when the database differs from the models."""
    with _transaction(url) as connection:
        command.check(_config(connection))


@contextmanager
def _transaction(url: str) -> Iterator[Connection]:
    engine = make_sync_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise translate(error) from None
    finally:
        engine.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
