"""What accept() returned is on disk."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy import func, select, text

from leadworkflows.store import Store, StoreUnavailable, migrate
from leadworkflows.store.models import EventRow
from tests.store.given import accept, form, history

ACCEPTS_FOR_EVER = """
import asyncio, sys
from itertools import count
from leadworkflows.store import Store
from tests.store.given import accept, form

async def main(url):
    async with Store.open(url) as store:
        for n in count():
            await accept(store, form(f"d-{n}"))
            print(n, flush=True)

asyncio.run(main(sys.argv[1]))
"""


async def test_sqlite_waits_for_the_disk_in_every_connection(migrated_file):
    names = ("journal_mode", "synchronous", "fullfsync", "foreign_keys")
    async with (
        Store.open(migrated_file) as store,
        store.database.writing() as writer,
        store.database.reading() as reader,
    ):
        for connection in (writer, reader):
            found = [(await connection.execute(text(f"PRAGMA {name}"))).scalar() for name in names]
            assert found == ["wal", 2, 1, 1]


async def test_who_looks_a_row_up_sees_one_moment_and_holds_up_no_writer(migrated_file):
    events = select(func.count()).select_from(EventRow)
    async with Store.open(migrated_file) as store, store.database.looking_up() as looking:
        before = (await looking.execute(events)).scalar_one()
        assert (await accept(store, form("beside"))).accepted == 1
        assert (await looking.execute(events)).scalar_one() == before
        async with store.database.looking_up() as later:
            assert (await later.execute(events)).scalar_one() == before + 1


async def test_what_a_killed_process_acknowledged_is_there(url):
    known = accepted_before_the_kill(url)
    async with Store.open(url) as store:
        found = await history(store)
    assert [seq for seq, _ in found] == list(range(1, len(found) + 1))
    assert len(found) >= known > 0


def accepted_before_the_kill(url: str) -> int:
    """How many events a process said it had accepted when SIGKILL met it at work."""
    command = [sys.executable, "-c", ACCEPTS_FOR_EVER, url]
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": ":".join([str(root), *sys.path])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=environment) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    return len([line for line in said if line.strip()])


@pytest.mark.postgres
async def test_a_server_set_to_lose_commits_in_a_crash_does_not_lose_ours(cluster):
    """`synchronous_commit = off` answers before the log is on disk; a crash then loses commits."""
    url = cluster.create("careless")
    migrate.upgrade(url)
    cluster.execute(sql.SQL("ALTER DATABASE careless SET synchronous_commit = off"))
    async with Store.open(url) as store:
        for n in range(20):
            await accept(store, form(f"d-{n}"))
        await asyncio.to_thread(cluster.crash)
        assert len(await history(store)) == 20


@pytest.mark.postgres
async def test_a_server_that_is_away_is_an_error_of_its_own_and_nothing_is_half_kept(cluster):
    url = cluster.create("away")
    migrate.upgrade(url)
    async with Store.open(url) as store:
        await accept(store, form("d-1"))
        await asyncio.to_thread(cluster.stop)
        with pytest.raises(StoreUnavailable):
            await accept(store, form("d-2"))
        await asyncio.to_thread(cluster.start)
        await accept(store, form("d-2"))
        assert await history(store) == [(1, "d-1"), (2, "d-2")]


async def test_a_sqlite_writer_that_never_ends_is_an_error_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("leadworkflows.store.sqlite_writer.WAIT_FOR_OTHERS_S", 0.05)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as blocker, Store.open(url) as store:
        async with blocker.database.writing():
            with pytest.raises(StoreUnavailable, match="locked"):
                await accept(store, form("d-1"))
        assert (await accept(store, form("d-1"))).accepted == 1
