"""Writers that share a transaction on a SQLite file: whoever is told that it is kept, it is kept."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from leadworkflows.store import StoreUnavailable
from leadworkflows.store.engine import make_sqlite_writer
from leadworkflows.store.sqlite_writer import OnTheLoop, SqliteWriter

NUMBERS = """CREATE TABLE numbers (
    n INTEGER PRIMARY KEY,
    needs INTEGER REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED,
    padding BLOB
)"""
"""A number that needs another is refused at the commit, and not before."""
NOT_THERE = -1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")  # as a store's own file is from its first day on
    connection.execute(NUMBERS)
    connection.close()
    return path


@pytest_asyncio.fixture(loop_scope="session")
async def writer(file: Path) -> AsyncIterator[SqliteWriter]:
    opened = SqliteWriter(make_sqlite_writer(f"sqlite:///{file}"))
    yield opened
    await opened.close()


class Disk:
    """A disk whose commits are counted, and that can be made to take its time."""

    def __init__(self, writer: SqliteWriter, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commits, self.began, self.free = 0, threading.Event(), threading.Event()
        self.free.set()
        self._commit = writer.engine.dialect.do_commit
        monkeypatch.setattr(writer.engine.dialect, "do_commit", self._slowly)

    def _slowly(self, connection: Any) -> None:
        self.commits += 1
        self.began.set()
        assert self.free.wait(10)
        self._commit(connection)

    async def is_asked(self) -> None:
        """Wait until a commit is under way; it stays so until `free` is set."""
        await asyncio.to_thread(self.began.wait, 10)


@pytest.fixture
def disk(writer: SqliteWriter, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(writer, monkeypatch)


def on_disk(file: Path) -> set[int]:
    """What anybody else sees."""
    connection = sqlite3.connect(file)
    try:
        return {n for (n,) in connection.execute("SELECT n FROM numbers")}
    finally:
        connection.close()


async def insert(transaction: OnTheLoop, n: int, needs: int | None = None, padding: int = 0) -> None:
    row = {"n": n, "needs": needs, "padding": bytes(padding)}
    await transaction.execute(text("INSERT INTO numbers VALUES (:n, :needs, :padding)"), row)


async def write(writer: SqliteWriter, n: int, **given: int) -> None:
    async with writer.writing() as transaction:
        await insert(transaction, n, **given)


async def write_and_fail(writer: SqliteWriter, n: int) -> None:
    async with writer.writing() as transaction:
        await insert(transaction, n)
        raise LookupError(n)


async def write_unless_there(writer: SqliteWriter, n: int) -> str:
    """What a repetition of a delivery comes to."""
    async with writer.writing() as transaction:
        there = (await transaction.execute(text("SELECT 1 FROM numbers WHERE n = :n"), {"n": n})).scalar()
        if there:
            return "a repetition"
        await insert(transaction, n)
        return "new"


async def refuse_if_there(writer: SqliteWriter, n: int) -> None:
    async with writer.writing() as transaction:
        if (await transaction.execute(text("SELECT 1 FROM numbers WHERE n = :n"), {"n": n})).scalar():
            raise LookupError(f"{n} is there already")


async def together(disk: Disk, *writing: Coroutine[Any, Any, Any]) -> list[Any]:
    """All but the first into one transaction: they queue up while the first is being committed."""
    disk.free.clear()
    tasks = [asyncio.ensure_future(each) for each in writing]
    await disk.is_asked()
    await turns()
    disk.free.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def kinds(answers: list[Any]) -> list[type]:
    return [type(answer) for answer in answers]


async def test_those_who_come_during_a_commit_share_the_next(writer, disk, file):
    await together(disk, *(write(writer, n) for n in range(10)))
    assert disk.commits == 2
    assert on_disk(file) == set(range(10))


@pytest.mark.parametrize("at", [0, 1, 4, 9])
async def test_what_one_breaks_off_is_undone_and_the_others_are_kept(writer, disk, file, at):
    """Alone, as the first of its transaction, between others, and as the last."""
    asked = [write_and_fail(writer, n) if n == at else write(writer, n) for n in range(10)]
    if at == 0:
        answers = await asyncio.gather(*asked, return_exceptions=True)
    else:
        answers = await together(disk, *asked)
    assert [n for n, answer in enumerate(answers) if isinstance(answer, LookupError)] == [at]
    assert [answer for n, answer in enumerate(answers) if n != at] == [None] * 9
    assert on_disk(file) == set(range(10)) - {at}


async def test_a_statement_that_fails_takes_no_neighbour_down(writer, disk, file):
    asked = [write(writer, n) for n in (0, 1, 2, 1, 3)]
    answers = await together(disk, *asked)
    assert kinds(answers) == [type(None), type(None), type(None), IntegrityError, type(None)]
    assert on_disk(file) == {0, 1, 2, 3}


async def test_a_full_disk_is_told_to_whoever_is_not_kept_and_to_nobody_else(writer, disk, file):
    await write(writer, 100)
    async with writer.writing() as transaction:
        pages = (await transaction.execute(text("PRAGMA page_count"))).scalar() or 0
        await transaction.execute(text(f"PRAGMA max_page_count = {pages + 3}"))
    asked = [write(writer, n, padding=1_000_000 if n == 3 else 0) for n in range(6)]
    answers = await together(disk, *asked)
    assert isinstance(answers[3], OperationalError)
    assert "full" in str(answers[3])
    kept = {n for n, answer in enumerate(answers) if answer is None}
    assert on_disk(file) == kept | {100}
    await write(writer, 6)
    assert 6 in on_disk(file)


async def test_a_full_disk_that_a_writer_takes_for_nothing_leaves_no_half(writer, file):
    """SQLite may undo the whole transaction; what is written after that is in none."""

    async def takes_it_for_nothing() -> None:
        async with writer.writing() as transaction:
            await insert(transaction, 1)
            await transaction.execute(text("ROLLBACK"))

    with pytest.raises(StoreUnavailable):
        await takes_it_for_nothing()
    assert on_disk(file) == set()
    await write(writer, 2)
    assert on_disk(file) == {2}


async def test_a_writer_under_whom_the_transaction_goes_tells_its_neighbours(writer, disk, file):
    async def undone() -> None:
        async with writer.writing() as transaction:
            await transaction.execute(text("ROLLBACK"))
            raise LookupError

    answers = await together(disk, write(writer, 0), write(writer, 1), undone(), write(writer, 2))
    assert kinds(answers) == [type(None), StoreUnavailable, LookupError, type(None)]
    assert on_disk(file) == {0, 2}


async def test_a_commit_that_fails_is_told_to_all_whom_it_held_and_holds_up_nobody_after(writer, disk, file):
    asked = [write(writer, 0), write(writer, 1), write(writer, 2, needs=NOT_THERE), write(writer, 3)]
    answers = await together(disk, *asked)
    assert kinds(answers) == [type(None), IntegrityError, IntegrityError, IntegrityError]
    assert on_disk(file) == {0}
    await write(writer, 4)  # no lock was left behind, and nothing that the next could commit
    assert on_disk(file) == {0, 4}


async def test_whose_commit_failed_alone_leaves_no_lock_to_other_processes(writer, file):
    with pytest.raises(IntegrityError):
        await write(writer, 1, needs=NOT_THERE)
    other = sqlite3.connect(file, timeout=0, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.close()


async def test_an_answer_never_rests_on_what_a_neighbour_has_not_kept_yet(writer, disk, file):
    """A repetition sees the first delivery at once, and is acknowledged when that is on disk."""
    disk.free.clear()
    before = asyncio.create_task(write(writer, 0))
    await disk.is_asked()
    first = asyncio.create_task(write_unless_there(writer, 1))
    repetition = asyncio.create_task(write_unless_there(writer, 1))
    disk.began.clear()
    disk.free.set()
    await before
    disk.free.clear()
    await disk.is_asked()
    await turns()
    assert (first.done(), repetition.done(), on_disk(file)) == (False, False, {0})
    disk.free.set()
    assert (await first, await repetition) == ("new", "a repetition")
    assert on_disk(file) == {0, 1}


async def test_neither_answer_nor_error_is_told_that_rests_on_what_could_not_be_kept(writer, disk, file):
    asked = [
        write(writer, 0),
        write(writer, 1, needs=NOT_THERE),
        write_unless_there(writer, 1),
        refuse_if_there(writer, 1),
    ]
    answers = await together(disk, *asked)
    assert kinds(answers) == [type(None), IntegrityError, IntegrityError, IntegrityError]
    assert on_disk(file) == {0}


async def test_an_error_that_rests_on_a_neighbour_is_told_once_that_is_on_disk(writer, disk, file):
    answers = await together(disk, write(writer, 0), write(writer, 1), refuse_if_there(writer, 1))
    assert kinds(answers) == [type(None), type(None), LookupError]
    assert on_disk(file) == {0, 1}


async def test_all_who_wait_for_another_process_give_up_when_their_own_time_is_over(
    writer, file, monkeypatch
):
    """Not one after the other: the last of many would wait for minutes."""
    monkeypatch.setattr("leadworkflows.store.sqlite_writer.WAIT_FOR_OTHERS_S", 0.2)
    other = sqlite3.connect(file, timeout=0, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    answers = await asyncio.gather(*(write(writer, n) for n in range(20)), return_exceptions=True)
    assert set(kinds(answers)) == {StoreUnavailable}
    assert time.monotonic() - began < 2  # twenty times the patience is four seconds
    other.execute("ROLLBACK")
    other.close()
    await write(writer, 1)
    assert on_disk(file) == {1}


@pytest.mark.parametrize("stopped", [1, 2, 3])
async def test_whoever_stops_waiting_for_the_disk_leaves_the_others_theirs(writer, disk, file, stopped):
    """Number 1 begins the transaction and is the one to commit it."""
    disk.free.clear()
    writing = [asyncio.create_task(write(writer, n)) for n in range(4)]
    await disk.is_asked()
    disk.began.clear()
    disk.free.set()
    await writing[0]
    disk.free.clear()
    await disk.is_asked()
    for _ in range(2):
        writing[stopped].cancel()
        await turns()
    assert not any(each.done() for each in writing[1:])
    disk.free.set()
    answers = await asyncio.gather(*writing, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in answers] == [n == stopped for n in range(4)]
    assert on_disk(file) == {0, 1, 2, 3}


async def test_who_stops_within_its_block_is_undone_and_holds_up_nobody(writer, disk, file):
    async def never_ends(n: int) -> None:
        async with writer.writing() as transaction:
            await insert(transaction, n)
            await asyncio.Event().wait()

    for before, stopped in ((0, 1), (None, 3)):
        if before is not None:
            await write(writer, before)
        waiting = asyncio.create_task(never_ends(stopped))
        await turns()
        behind = asyncio.create_task(write(writer, stopped + 1))
        await turns()
        waiting.cancel()
        await behind
    assert on_disk(file) == {0, 2, 4}


async def test_who_is_stopped_while_another_commits_for_it_to_be_alone_does_not_go_on(writer, disk):
    """To vacuum, for one, waits for the disk first; stopped then, it must not begin."""
    disk.free.clear()
    writing = [asyncio.create_task(write(writer, n)) for n in (0, 1)]
    await disk.is_asked()
    went_on = False

    async def be_alone() -> None:
        nonlocal went_on
        async with writer.alone():
            went_on = True

    vacuuming = asyncio.create_task(be_alone())
    await turns()
    disk.began.clear()
    disk.free.set()
    await writing[0]
    disk.free.clear()
    await disk.is_asked()
    vacuuming.cancel()
    await turns()
    disk.free.set()
    await asyncio.gather(*writing)
    with pytest.raises(asyncio.CancelledError):
        await vacuuming
    assert not went_on


async def test_a_steady_stream_of_writers_keeps_nobody_from_the_disk(writer, disk, file):
    """A transaction is closed behind those who came before; who comes again waits for the next."""

    async def again_and_again(start: int) -> None:
        for n in range(start, start + 25):
            await write(writer, n)

    await asyncio.gather(*(again_and_again(start) for start in range(0, 1_000, 100)))
    assert 25 <= disk.commits <= 60
    assert len(on_disk(file)) == 250


async def test_closing_waits_until_what_is_under_way_is_on_disk(writer, disk, file):
    disk.free.clear()
    writing = [asyncio.create_task(write(writer, n)) for n in range(3)]
    await disk.is_asked()
    closing = asyncio.create_task(writer.close())
    await turns()
    assert not closing.done()
    disk.free.set()
    await closing
    await asyncio.gather(*writing)
    assert on_disk(file) == {0, 1, 2}
    assert not file.with_name(f"{file.name}-wal").exists(), "a connection was left open"


async def test_after_closing_the_file_is_opened_anew(writer, file):
    await write(writer, 1)
    await writer.close()
    await write(writer, 2)
    assert on_disk(file) == {1, 2}


async def test_a_machine_without_threads_left_is_told(writer, file, monkeypatch):
    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refused)
        with pytest.raises(StoreUnavailable):
            await write(writer, 1)
    await write(writer, 2)
    assert on_disk(file) == {2}


@pytest.mark.parametrize("after_turns", range(12))
def test_a_loop_that_ends_while_many_write_ends_and_what_was_kept_is_there(file, after_turns):
    """A loop that ends cancels every task, also those that did not begin yet."""
    kept: set[int] = set()

    async def note(writer: SqliteWriter, n: int) -> None:
        await write(writer, n)
        kept.add(n)

    async def main() -> set[asyncio.Task[None]]:
        writer = SqliteWriter(make_sqlite_writer(f"sqlite:///{file}"))
        writing = {asyncio.create_task(note(writer, n)) for n in range(8)}
        await turns(after_turns)
        return writing

    ending = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    ending.start()
    ending.join(20)
    assert not ending.is_alive()
    assert kept <= on_disk(file)


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_happens_in_whatever_order_what_is_told_is_what_is_on_disk(writer, file, seed):
    chance = random.Random(seed)  # noqa: S311 (a reproducible mix, not a secret)
    ways = {"kept": 12, "fails": 3, "conflicts": 2, "spoils the commit": 1, "is stopped": 3}

    async def one(n: int) -> None:
        await turns(chance.randrange(40))
        (way,) = chance.choices(list(ways), list(ways.values()))
        if way == "kept":
            await write(writer, n)
        elif way == "fails":
            await write_and_fail(writer, n)
        elif way == "conflicts":
            async with writer.writing() as transaction:
                await insert(transaction, n)
                await insert(transaction, n)
        elif way == "spoils the commit":
            await write(writer, n, needs=NOT_THERE)
        else:
            stopping = asyncio.ensure_future(write(writer, n))
            await turns(chance.randrange(20))
            stopping.cancel()
            await stopping

    answers = await asyncio.gather(*(one(n) for n in range(60)), return_exceptions=True)
    told = {n for n, answer in enumerate(answers) if answer is None}
    refused = {n for n, answer in enumerate(answers) if isinstance(answer, SQLAlchemyError | LookupError)}
    assert told <= on_disk(file)
    assert not refused & on_disk(file)
    assert len(told) + len(refused) + answers_stopped(answers) == 60
    await write(writer, 1_000)


def answers_stopped(answers: list[Any]) -> int:
    return sum(isinstance(answer, asyncio.CancelledError) for answer in answers)
