"""Every number of every report, counted again from the raw timeline by code that shares nothing with it.

The zone has summer time and is far from UTC, so that a month cut elsewhere would be seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from random import Random
from uuid import uuid4

import pytest
import pytest_asyncio

from leadworkflows.reports.channels import channel_changes
from leadworkflows.reports.funnel import benchmarks, funnel
from leadworkflows.reports.levels import contacted, kept, returned
from leadworkflows.reports.periods import month_before, months, period_of
from leadworkflows.reports.reasons import reasons, rep_decisions
from leadworkflows.reports.rules import rule_records
from leadworkflows.reports.shapes import FACTS, PAIRS, Filters
from leadworkflows.reports.times import times
from leadworkflows.store import Store, migrate
from leadworkflows.store.database import Database
from tests.domain.variants import DEFAULT
from tests.reports.lives import lives, record
from tests.reports.recount import ORDER, Recount, quartiles, raw
from tests.store.conftest import POSTGRESQL, SQLITE

ZONE = "America/New_York"
PERIOD = period_of("2025-10", "2026-09", ZONE, datetime(2026, 10, 1, tzinfo=UTC))
STAGES = ("lead", "recycled", *ORDER)


@pytest.fixture(scope="module", params=[7, 8])
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module", params=[SQLITE, POSTGRESQL])
def where(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> Iterator[str]:
    """A database that no other test empties."""
    if request.param == SQLITE:
        yield f"sqlite:///{tmp_path_factory.mktemp('recount') / f'{seed}.db'}"
        return
    cluster, name = request.getfixturevalue("cluster"), f"recount-{uuid4().hex}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def year(where: str, seed: int) -> AsyncIterator[tuple[Database, Recount]]:
    """A year that is recorded, and counted again, once for all tests: that is most of the work."""
    await asyncio.to_thread(migrate.upgrade, where)
    async with Store.open(where) as store:
        await record(store, lives(seed, 130))
        yield store.database, Recount(await raw(store), ZONE, months(PERIOD))


async def test_the_generated_years_hold_what_is_hard_to_count(year):
    _, count = year
    moves = {way.ended["move"] for way in count.ways if way.ended}
    assert {"T6", "T9", "T10", "T12"} <= moves
    assert sum(way.began_as == "recycled" and "mql" in way.at for way in count.ways) > 3
    assert any("sql" in way.at and "sal" not in way.at for way in count.ways)
    assert any(way.at["lead"].astimezone(UTC).month != int(count.month(way.at["lead"])[5:])
               for way in count.ways if "lead" in way.at)  # fmt: skip
    assert min(len(count.entered(stage)) for stage in STAGES) > 3


@pytest.mark.parametrize("by", ["month", *FACTS])
async def test_r1_the_funnel_is_what_the_timelines_say(year, by):
    db, count = year
    found = await funnel(db, by, PERIOD)
    expected = count.funnel(by)
    rows = {row.group: row for row in found.rows}
    assert set(expected) <= set(rows)
    assert list(rows) == months(PERIOD) if by == "month" else set(rows) == set(expected)
    for name, row in rows.items():
        assert dict(row.entered) == {stage: expected[name][stage] for stage in STAGES}, name
        for of, to in PAIRS:
            counted = row.conversion(of, to)
            assert counted.entered == row.entered[of]
            assert (counted.converted, counted.open) == (
                expected[name][of, to, "converted"], expected[name][of, to, "open"],
            ), (name, of, to)  # fmt: skip
    assert found.total.entered == {stage: len(count.entered(stage)) for stage in STAGES}


async def test_r1_a_filter_counts_those_alone_that_have_it(year):
    db, count = year
    for filters in (
        Filters(channel="webinar"),
        Filters(channel=""),
        Filters(industry="fintech", owner="rep-1"),
    ):
        wanted = {name: value for name, value in vars(filters).items() if value is not None}
        fitting = [
            way for way in count.ways if all(way.fact(name) == value for name, value in wanted.items())
        ]
        expected = Recount(fitting, ZONE, count.months).funnel("month")
        for row in (await funnel(db, "month", PERIOD, filters)).rows:
            assert dict(row.entered) == {stage: expected[row.group][stage] for stage in STAGES}


async def test_r2_each_industry_is_compared_with_its_sector(year):
    db, count = year
    expected = count.funnel("industry")
    found = await benchmarks(db, PERIOD)
    assert {each.industry for each in found} == {name for name, row in expected.items() if row["mql"]}
    for each in found:
        row = expected[each.industry]
        assert (each.conversion.entered, each.conversion.converted) == (
            row["mql"],
            row["mql", "sql", "converted"],
        )
    usual = {each.industry: each.usual for each in found}
    assert (usual["fintech"], usual["automotive"], usual["media"]) == (0.19, 0.18, None)


async def test_r3_channels_are_compared_with_the_month_before(year):
    db, count = year
    expected = count.changes("mql", "sql")
    found = await channel_changes(db, PERIOD, "mql", "sql")
    assert len(found) > 20
    for each in found:
        earlier = f"{month_before(date.fromisoformat(each.month + '-01')):%Y-%m}"
        for month, side in ((each.month, each.now), (earlier, each.before)):
            assert side.entered == expected[each.channel, month, "entered"]
            assert side.converted == expected[each.channel, month, "converted"]
    told_of = {(each.channel, each.month) for each in found}
    assert {key[:2] for key, n in expected.items() if n and key[1] in count.months} <= told_of


async def test_r4_quartiles_of_the_time_between_stages_are_exact(year):
    db, count = year
    for each in await times(db, PERIOD):
        values = count.times(each.of, each.to)
        assert each.n == len(values)
        found = None if each.low is None else (each.low, each.median, each.high)
        assert found == (pytest.approx(quartiles(values), abs=1e-5) if values else None), (each.of, each.to)


async def test_r5_reasons_and_decisions_are_what_sales_said(year):
    db, count = year
    found = await reasons(db, PERIOD)
    assert {(each.move, each.reason, each.stage): each.n for each in found} == count.reasons()
    accepted, gone = count.decisions()
    people = await rep_decisions(db, PERIOD)
    assert {each.rep: each.accepted for each in people if each.accepted} == accepted
    assert {each.rep: each.returned for each in people if each.returned} == gone


async def test_r5_each_rule_is_judged_by_what_sales_decided_after_it(year):
    db, count = year
    found = await rule_records(db, PERIOD, DEFAULT)
    assert {rule.id for rule in DEFAULT.scoring} <= {each.rule for each in found}
    assert sum(each.accepted + each.returned for each in found) > 100
    for each in found:
        assert (each.accepted, each.returned) == count.rule(each.rule), each.rule


@pytest.mark.parametrize("by", ["month", "channel", "owner"])
async def test_r6_the_returned_share_is_of_sals_of_the_period(year, by):
    db, count = year
    expected = count.returned(by)
    found = {each.group: (each.sals, each.returned) for each in await returned(db, PERIOD, by)}
    assert found == {name: expected.get(name, (0, 0)) for name in found}
    assert set(expected) <= set(found)


async def test_r7_service_levels_are_kept_as_the_timelines_say(year):
    db, count = year
    found, expected = await kept(db, PERIOD), count.clocks()
    assert {(each.clock, each.code) for each in found} == set(expected)
    for each in found:
        clocks = expected[each.clock, each.code]
        counts = {name: sum(clock["state"] == name for clock in clocks)
                  for name in ("met", "late", "missed", "running", "stopped")}  # fmt: skip
        assert each.started == len(clocks)
        assert {name: getattr(each, name) for name in counts} == counts, each.clock
        minutes = quartiles(sorted(c["minutes"] for c in clocks if c["state"] in ("met", "late")))
        assert each.median_minutes == (minutes[1] if minutes else None)


async def test_r7_early_contact_is_compared_with_later(year):
    db, count = year
    found = await contacted(db, PERIOD)
    assert {each.when: [each.sqls, each.opportunities, each.customers] for each in found} == count.contacted()


async def test_recording_wake_up_by_wake_up_counts_the_same(store):
    told = lives(11, 40)
    await record(store, told, Random(11))  # noqa: S311 - no secret
    count = Recount(await raw(store), ZONE, months(PERIOD))
    expected = count.funnel("channel")
    for row in (await funnel(store.database, "channel", PERIOD)).rows:
        assert dict(row.entered) == {stage: expected[row.group][stage] for stage in STAGES}
