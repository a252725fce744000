"""What comes at once is kept at once, and what goes wrong with one is told to that one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from leadworkflows.store import Store, StoreUnavailable, migrate
from leadworkflows.store.group_commit import GroupCommit
from leadworkflows.store.models import EffectRow
from tests.store.given import ADA, BOB, NOON, accept, classify, form, history


class Disk:
    """Keeps numbers, one group at a time; `wait` for `free` where it is told to."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.fails: dict[int, Exception] = {}

    async def commit(self, numbers: Sequence[int]) -> list[str]:
        await self.free.wait()
        self.groups.append(list(numbers))
        for number in numbers:
            if number in self.fails:
                raise self.fails[number]
        return [f"kept {number}" for number in numbers]

    def group_commit(self, limit: int = 1_000) -> GroupCommit[int, str]:
        return GroupCommit(self.commit, weight=lambda number: number, limit=limit)


async def begun(submitting: asyncio.Task[str]) -> None:
    """Let it come as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert not submitting.done()


async def while_one_is_under_way(disk: Disk, group: GroupCommit[int, str], *numbers: int) -> list[object]:
    """Submit the first alone and the others while it is being kept; the answers or errors of all."""
    disk.free.clear()
    first = asyncio.create_task(group.submit(numbers[0]))
    await begun(first)
    others = [asyncio.create_task(group.submit(number)) for number in numbers[1:]]
    await begun(first)
    disk.free.set()
    return list(await asyncio.gather(first, *others, return_exceptions=True))


async def test_who_comes_alone_waits_for_nobody():
    disk = Disk()
    assert await asyncio.wait_for(disk.group_commit().submit(1), 5) == "kept 1"


async def test_what_comes_meanwhile_goes_together_into_the_next():
    disk = Disk()
    answers = await while_one_is_under_way(disk, disk.group_commit(), 1, 2, 3, 4)
    assert disk.groups == [[1], [2, 3, 4]]
    assert answers == ["kept 1", "kept 2", "kept 3", "kept 4"]


async def test_a_group_has_its_limit_and_what_is_heavier_goes_alone():
    disk = Disk()
    await while_one_is_under_way(disk, disk.group_commit(limit=10), 1, 4, 5, 2, 50, 3)
    assert disk.groups == [[1], [4, 5], [2], [50], [3]]


async def test_one_that_cannot_be_kept_takes_no_other_down():
    disk = Disk()
    disk.fails[3] = broken = ValueError("three")
    answers = await while_one_is_under_way(disk, disk.group_commit(), 1, 2, 3, 4)
    assert answers == ["kept 1", "kept 2", broken, "kept 4"]
    assert disk.groups == [[1], [2, 3, 4], [2], [3], [4]]


async def test_a_disk_that_is_away_is_not_asked_for_each_of_them():
    disk = Disk()
    disk.fails[3] = away = StoreUnavailable("away")
    answers = await while_one_is_under_way(disk, disk.group_commit(), 1, 2, 3, 4)
    assert answers == ["kept 1", away, away, away]
    assert disk.groups == [[1], [2, 3, 4]]


async def test_after_a_failure_the_next_is_kept():
    disk = Disk()
    disk.fails[1] = StoreUnavailable("away")
    group = disk.group_commit()
    with pytest.raises(StoreUnavailable):
        await group.submit(1)
    assert await group.submit(2) == "kept 2"


async def test_who_stops_waiting_takes_nothing_back_and_leaves_the_others_their_answers():
    disk = Disk()
    disk.free.clear()
    group = disk.group_commit()
    impatient, patient, last = (asyncio.create_task(group.submit(number)) for number in (1, 2, 3))
    await begun(patient)
    impatient.cancel()
    last.cancel()
    await begun(patient)
    disk.free.set()
    assert await patient == "kept 2"
    await group.drain()
    assert sorted(number for kept in disk.groups for number in kept) == [1, 2, 3]


async def test_draining_waits_for_everything_that_came():
    disk = Disk()
    disk.free.clear()
    group = disk.group_commit(limit=1)
    submitting = [asyncio.create_task(group.submit(1)) for _ in range(3)]
    await begun(submitting[0])
    draining = asyncio.create_task(group.drain())
    disk.free.set()
    await draining
    assert disk.groups == [[1], [1], [1]]


async def test_a_delivery_that_breaks_its_transaction_leaves_those_that_came_with_it(store):
    """A source or a policy may fail over one title; whoever came at that moment must not suffer."""

    def fails_over_bob(title: str):
        raise LookupError(title)

    def send(delivery: str, email: str, knows):
        said = form(delivery, email=email, person={"title": "CFO"})
        return store.inbox.accept("standard", [said], NOON, classify=knows)

    answers = await asyncio.gather(
        send("first-1", ADA, classify),
        send("ada-1", ADA, classify),
        send("bob-1", BOB, fails_over_bob),
        send("ada-2", ADA, classify),
        return_exceptions=True,
    )
    assert [type(answer).__name__ for answer in answers] == [
        "Accepted",
        "Accepted",
        "LookupError",
        "Accepted",
    ]
    assert await history(store) == [(1, "first-1"), (2, "ada-1"), (3, "ada-2")]
    assert await store.leads.lead_id_of(BOB) is None


async def test_a_vendor_that_hung_up_and_comes_again_is_a_duplicate(store):
    """The connection may break while the commit is under way."""
    hung_up = asyncio.create_task(accept(store, form("d-1")))
    await asyncio.sleep(0)
    hung_up.cancel()
    with suppress(asyncio.CancelledError):
        await hung_up
    await store.inbox.drain()
    assert (await accept(store, form("d-1"))).duplicates == 1


async def test_a_store_that_is_away_answers_all_who_came_and_keeps_none(tmp_path, monkeypatch):
    monkeypatch.setattr("leadworkflows.store.sqlite_writer.WAIT_FOR_OTHERS_S", 0.05)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    deliveries = [form(f"d-{n}") for n in range(5)]
    async with Store.open(url) as blocker, Store.open(url) as store:
        async with blocker.database.writing():
            answers = await asyncio.gather(
                *(accept(store, each) for each in deliveries), return_exceptions=True
            )
        assert {type(answer) for answer in answers} == {StoreUnavailable}
        again = await asyncio.gather(*(accept(store, each) for each in deliveries))
        assert [answer.accepted for answer in again] == [1] * 5


async def test_who_is_told_twice_to_stop_during_a_commit_still_leaves_a_whole_store(tmp_path):
    """A commit runs in a thread: its connection must not be closed under it."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as store:
        writer = store.database._sqlite_writer
        assert writer is not None
        engine = writer.engine
        committing, finish, commit = threading.Event(), threading.Event(), engine.dialect.do_commit

        def slow_commit(connection: object) -> None:
            committing.set()
            assert finish.wait(10)
            commit(connection)  # type: ignore[arg-type]

        engine.dialect.do_commit = slow_commit  # type: ignore[method-assign,assignment]

        async def write() -> None:
            async with store.database.writing() as transaction:
                row = "INSERT INTO suppressions (email, reason, at) VALUES ('x', 'y', '2026-03-02')"
                await transaction.execute(text(row))

        writing = asyncio.create_task(write())
        await asyncio.to_thread(committing.wait, 10)
        for _ in range(2):
            writing.cancel()
            await asyncio.sleep(0)
        finish.set()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert (await accept(store, form("d-1"))).accepted == 1
        async with store.database.reading() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM suppressions"))).scalar() == 1


async def test_writers_that_come_together_share_one_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what one of them breaks off is not kept, while what the others wrote is."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as store:
        writer = store.database._sqlite_writer
        assert writer is not None
        commits, commit = list[None](), writer.engine.dialect.do_commit

        def counted(connection: Any) -> None:
            commits.append(None)
            commit(connection)

        monkeypatch.setattr(writer.engine.dialect, "do_commit", counted)
        ended = await asyncio.gather(
            *(_reserve(store, f"key-{number}", broken=number == 3) for number in range(8)),
            return_exceptions=True,
        )
        assert [type(each) for each in ended if each is not None] == [ZeroDivisionError]
        assert len(commits) <= 2
        kept = {effect.key for effect in await store.effects.of("lead")}
    assert kept == {f"key-{number}" for number in range(8) if number != 3}


async def _reserve(store: Store, key: str, *, broken: bool) -> None:
    row = {"key": key, "lead_id": "lead", "action": "a", "status": "reserved", "attempts": 1, "detail": ""}
    async with store.database.writing() as transaction:
        statement = store.database.insert(EffectRow).values(**row, reserved_at=datetime.now(UTC))
        await transaction.execute(statement)
        if broken:
            raise ZeroDivisionError
