"""A database of the version before there was anything to count in: upgraded, it counts as one of today."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest_asyncio
from alembic import command
from sqlalchemy import Connection, MetaData, Table, insert, inspect, text

from leadworkflows.reports.funnel import funnel
from leadworkflows.reports.levels import contacted, kept, returned
from leadworkflows.reports.periods import months
from leadworkflows.reports.reasons import reasons, rep_decisions
from leadworkflows.reports.rules import rule_records
from leadworkflows.reports.times import times
from leadworkflows.store import Store, migrate
from leadworkflows.store.models import LeadRow, PersonRow, TimelineRow
from tests.domain.variants import DEFAULT
from tests.reports.lives import Life, lives, person, record
from tests.reports.recount import Recount, raw
from tests.reports.test_recount import PERIOD, STAGES
from tests.store.lives import counted

BEFORE = "0008"
"""The last revision without tables for reports."""


def recorded_then(url: str, told: Sequence[Life]) -> None:
    """Make a database of that version and record lives in it, as that version did."""
    with migrate._transaction(url) as connection:
        command.upgrade(migrate._config(connection), BEFORE)
        assert not inspect(connection).has_table("passes")
        for each in told:
            _insert(connection, LeadRow, [_lead(each)])
            _insert(connection, PersonRow, [{"lead_id": each.lead_id, **person(each.lead_id)}])
            entries = [{"lead_id": each.lead_id, **entry.model_dump(), "kind": entry.kind.value}
                       for entry in each.entries]  # fmt: skip
            _insert(connection, TimelineRow, entries)


def _lead(life: Life) -> dict[str, Any]:
    """Of the snapshot, that version kept the stage apart and nothing else."""
    return {
        "lead_id": life.lead_id, "created_at": life.came_at, "last_seq": 1, "handed_on_seq": 0,
        "revision": len(life.entries), "stage": life.snapshot["stage"], "snapshot": life.snapshot,
    }  # fmt: skip


def _insert(connection: Connection, row: Any, values: list[dict[str, Any]]) -> None:
    """With the columns that the table had then: a statement of today's models would name others too."""
    there = {column["name"] for column in inspect(connection).get_columns(row.__tablename__)}
    columns = [column._copy() for column in row.__table__.columns if column.name in there]
    connection.execute(insert(Table(row.__tablename__, MetaData(), *columns)), values)


@pytest_asyncio.fixture(loop_scope="session")
async def upgraded(empty_url: str) -> AsyncIterator[tuple[Store, list[Life]]]:
    told = lives(61, 60)
    await asyncio.to_thread(recorded_then, empty_url, told)
    await asyncio.to_thread(migrate.upgrade, empty_url)
    async with Store.open(empty_url) as store:
        yield store, told


async def all_reports(store: Store) -> list[Any]:
    db = store.database
    return [
        *[await funnel(db, by, PERIOD) for by in ("month", "channel", "owner", "country")],
        await times(db, PERIOD), await reasons(db, PERIOD), await rep_decisions(db, PERIOD),
        await rule_records(db, PERIOD, DEFAULT), await returned(db, PERIOD), await kept(db, PERIOD),
        await contacted(db, PERIOD),
    ]  # fmt: skip


async def test_rebuilt_it_has_the_numbers_that_recording_today_would_have_given(upgraded, store):
    older, told = upgraded
    assert (await funnel(older.database, "month", PERIOD)).total.entered["lead"] == 0
    assert await older.funnel.rebuild() == len(told)
    await record(store, told)
    assert await all_reports(older) == await all_reports(store)
    for each in told:
        found, wanted = await counted(older, each.lead_id), await counted(store, each.lead_id)
        assert (found.passes, found.clocks, found.earned) == (wanted.passes, wanted.clocks, wanted.earned)
        assert found.lead == wanted.lead
    expected = Recount(await raw(older), PERIOD.zone, months(PERIOD)).funnel("channel")
    for row in (await funnel(older.database, "channel", PERIOD)).rows:
        assert dict(row.entered) == {stage: expected[row.group][stage] for stage in STAGES}


async def test_a_worker_that_starts_on_it_counts_each_of_its_leads_once(upgraded, store):
    older, told = upgraded
    assert await older.funnel.catch_up() == len(told)
    assert await older.funnel.catch_up() == 0
    await record(store, told)
    assert await all_reports(older) == await all_reports(store)


async def test_nothing_of_it_is_lost_by_the_upgrade(upgraded):
    older, told = upgraded
    for each in told[::10]:
        assert await older.timeline.of(each.lead_id) == each.entries
        assert (await older.leads.get(each.lead_id)).snapshot == each.snapshot
    async with older.database.reading() as connection:
        people = await connection.execute(text("SELECT count(*) FROM people"))
        assert people.scalar_one() == len(told)
