"""Addresses of databases, and errors that give nobody away."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from leadworkflows.store import (
    PersonRecord,
    Store,
    StoreError,
    StoreUnavailable,
    engine,
    migrate,
    normalise_url,
)
from tests.store.given import ADA, NOON, accept, form, lead_of


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("sqlite:///leads.db", "sqlite+aiosqlite:///leads.db"),
        ("sqlite:////var/lib/leads.db", "sqlite+aiosqlite:////var/lib/leads.db"),
        ("sqlite+aiosqlite:///leads.db", "sqlite+aiosqlite:///leads.db"),
        ("postgres://u:p%40ss@db/leads", "postgresql+psycopg://u:p%40ss@db/leads"),
        ("postgresql://db/leads?sslmode=require", "postgresql+psycopg://db/leads?sslmode=require"),
        ("postgresql+psycopg://db/leads", "postgresql+psycopg://db/leads"),
    ],
)
def test_an_address_gets_its_async_driver(given, normal):
    assert normalise_url(given) == normal


@pytest.mark.parametrize(
    "wrong", ["mysql://u:secret@db/leads", "leads.db", "sqlite://", "sqlite:///:memory:"]
)
def test_another_address_is_refused_without_telling_its_password(wrong):
    with pytest.raises(ValueError, match="expected sqlite:///file") as refused:
        normalise_url(wrong)
    assert "secret" not in str(refused.value)


async def test_times_come_back_in_utc_and_to_the_microsecond(store):
    berlin = datetime(2026, 3, 2, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    await accept(store, form("d-1"), at=berlin)
    lead = await store.leads.get(await lead_of(store))
    assert (lead.created_at, lead.created_at.tzinfo) == (berlin, UTC)


async def test_a_time_without_an_offset_is_refused(store):
    with pytest.raises(StoreError):
        await accept(store, form("d-1"), at=NOON.replace(tzinfo=None))


async def test_an_error_of_the_database_quotes_nobody(store):
    await accept(store, form("d-1"))
    lead_id = await lead_of(store)
    with pytest.raises(StoreError) as refused:
        await a_second_person(store, lead_id)
    assert ADA not in str(refused.value)
    assert refused.value.__suppress_context__


async def a_second_person(store, lead_id):
    async with store.database.writing() as connection:
        insert = text("INSERT INTO people (lead_id, email) VALUES (:lead_id, :email)")
        await connection.execute(insert, {"lead_id": lead_id, "email": ADA})


async def test_a_person_shown_in_a_log_tells_nobodys_name():
    assert "Ada" not in repr(PersonRecord("ada@example.com", first_name="Ada"))


async def test_a_database_that_cannot_be_reached_says_so(tmp_path):
    for url in ("postgresql://nobody@127.0.0.1:1/leads", f"sqlite:///{tmp_path}/no/such/folder.db"):
        async with Store.open(url) as store:
            with pytest.raises(StoreUnavailable, match=r"cannot (be reached|open)"):
                await store.inbox.backlog()
        with pytest.raises(StoreUnavailable, match=r"cannot (be reached|open)"):
            migrate.upgrade(url)


async def test_a_file_that_is_no_database_says_so(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ada, " * 200)
    async with Store.open(f"sqlite:///{path}") as store:
        with pytest.raises(StoreError, match="not a database"):
            await store.inbox.backlog()


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"leadworkflows\[postgres\]"):
        Store.open("postgresql://db/leads")


def test_a_log_that_another_process_is_just_emptying_is_looked_at_again(tmp_path):
    """SQLite says at once that it is busy then, however long it was told to wait."""
    file, asked = tmp_path / "leads.db", list[str]()
    with (
        closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection,
        closing(sqlite3.connect(file, isolation_level=None)) as reader,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE names (name TEXT)")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM names").fetchone()
        connection.execute("INSERT INTO names VALUES ('Adelheid')")

        def second_look(statement: str) -> None:
            asked.append(statement)
            if len(asked) == 2:
                reader.execute("ROLLBACK")

        connection.set_trace_callback(second_look)
        assert engine._empties_log(connection)
        assert (tmp_path / "leads.db-wal").stat().st_size == 0
    assert len(asked) == 2
