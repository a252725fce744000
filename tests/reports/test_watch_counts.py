"""What the watch and the regular reports count, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import insert

from leadworkflows.domain.spans import Span
from leadworkflows.domain.watching import Drops
from leadworkflows.reports.addresses import behind_of
from leadworkflows.reports.digest import digest
from leadworkflows.reports.digest_words import as_csv, lines
from leadworkflows.reports.drops import Cell, Counts
from leadworkflows.reports.look import Day, cells, look, newest, overdue, returned_of
from leadworkflows.store.models import ClockRow, PassRow
from tests.domain.variants import DEFAULT

ZONE = "America/New_York"
NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
DAY = Day.at(NOW, ZONE)
DAYS = 86_400
POLICY = Drops(
    conversions={"mql-sql": Span(seconds=10 * DAYS)},
    by=("channel", "persona"),
    windows=(Span(seconds=7 * DAYS), Span(seconds=14 * DAYS)),
    history=Span(seconds=28 * DAYS),
)


async def put(store, **life):
    row = {"lead_id": uuid4().hex, "pass": 1, "began_at": life.get("mql_at", NOW), "began_as": "lead", **life}
    async with store.database.writing() as connection:
        await connection.execute(insert(PassRow), [row])


async def clock(store, **life):
    row = {"lead_id": uuid4().hex, "pass": 1, "clock": "review", "code": "L2", "due_at": NOW, "paused": False}
    async with store.database.writing() as connection:
        await connection.execute(insert(ClockRow), [{**row, **life}])


def found(cells_: list[Cell], window: int) -> dict[tuple[str, ...], tuple[Counts, Counts]]:
    return {each.facts: (each.now, each.before) for each in cells_ if each.window == window}


async def test_a_window_ends_where_its_cohorts_had_their_time_and_history_ends_where_it_begins(store):
    begun = [DAY.ago(days) for days in (10, 17, 24, 45, 52)]
    a_moment = timedelta(microseconds=1)
    for instant in begun:
        await put(store, mql_at=instant - a_moment, channel="search")
        await put(store, mql_at=instant, channel="search")
    counted = await cells(store.database, POLICY, DAY)
    facts = ("search", "")
    assert found(counted, 7)[facts] == (Counts(2, 0), Counts(4, 0))
    assert found(counted, 14)[facts] == (Counts(4, 0), Counts(4, 0))


async def test_who_converted_later_than_its_time_did_not_convert(store):
    mql = DAY.ago(12)
    in_time = mql + timedelta(days=10)
    for sql in (in_time, in_time + timedelta(microseconds=1), None):
        await put(store, mql_at=mql, sql_at=sql, channel="search", persona="cfo")
    counted = await cells(store.database, POLICY, DAY)
    assert found(counted, 7) == {("search", "cfo"): (Counts(3, 1), Counts(0, 0))}
    figures = {"conversion": "mql-sql", "window": 7, "by": "persona", "value": "cfo"}
    assert await newest(store.database, POLICY, DAY, figures) == Counts(3, 1)
    assert await newest(store.database, POLICY, DAY, {**figures, "value": ""}) == Counts(0, 0)
    assert await newest(store.database, POLICY, DAY, {**figures, "conversion": "lead-mql"}) is None


async def test_leads_that_wait_beyond_a_clock_are_those_that_missed_it_and_were_not_reached(store):
    early, late = NOW - timedelta(hours=3), NOW - timedelta(hours=1)
    await clock(store, state="missed", started_at=early, missed_at=late)
    await clock(store, state="missed", started_at=early, missed_at=early)
    await clock(store, state="missed", started_at=early, missed_at=early, stopped_at=late)
    await clock(store, state="running", started_at=early)
    [each] = await overdue(store.database, NOW)
    assert (each.clock, each.code, each.leads, each.since) == ("review", "L2", 2, early)


async def sals(store, returned: int, kept: int, reason: str = "not_ready"):
    for n in range(returned + kept):
        ended = {"ended_at": NOW - timedelta(days=1), "ended_move": "T6", "reason": reason}
        await put(store, mql_at=DAY.ago(6), sal_at=DAY.ago(5), **(ended if n < returned else {}))


async def test_a_share_of_returned_sals_above_the_limit_is_found_with_its_reason_and_its_leads(store):
    await sals(store, 4, 26)
    await put(store, mql_at=DAY.ago(60), sal_at=DAY.ago(50))
    count = await returned_of(store.database, DAY, 28)
    assert (count.sals, count.returned, count.reasons) == (30, 4, {"not_ready": 4})
    [each] = await look(store.database, DEFAULT, DAY, for_drops=False)
    assert each.summary.startswith("Sales returned 13.3% of the SALs of 28 days (4 of 30); the limit is 10%.")
    query = {**each.figures["query"], "since": each.figures["since"], "until": each.figures["until"]}
    behind = behind_of(query)
    assert behind is not None
    assert (behind.entered, behind.returned) == ("sal", True)


async def test_a_share_at_the_limit_or_of_too_few_is_not_found(store):
    await sals(store, 3, 27)
    assert not await look(store.database, DEFAULT, DAY, for_drops=False)


async def test_a_share_of_too_few_is_not_found(store):
    await sals(store, 20, 9)
    assert not await look(store.database, DEFAULT, DAY, for_drops=False)


async def test_an_empty_database_has_nothing_to_find_and_a_report_all_the_same(store):
    assert not await look(store.database, DEFAULT, DAY, for_drops=True)
    made = await digest(store.database, "monthly", DAY)
    assert (made.name, made.title, len(made.entries)) == ("2026-02", "The funnel in February 2026", 13)
    assert not lines(made)


async def test_a_week_of_the_report_begins_at_midnight_in_the_companys_zone_also_when_clocks_change(store):
    """In New York the clocks went forward on Sunday, 8 March 2026."""
    monday, next_monday = datetime(2026, 3, 9, 4, tzinfo=UTC), datetime(2026, 3, 16, 4, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    for instant in (monday - moment, monday, next_monday - moment, next_monday):
        await put(store, began_at=instant, channel="=cmd")
    made = await digest(store.database, "weekly", DAY)
    assert (made.now.since, made.now.until) == (date(2026, 3, 9), date(2026, 3, 16))
    assert (made.now.stages["lead"], made.before.stages["lead"]) == (2, 1)
    assert "2026-03-09,2026-03-15,'=cmd,2,0,0,0,0,0" in as_csv(made)


async def test_the_report_says_how_service_levels_were_kept_in_its_week(store):
    in_it = datetime(2026, 3, 11, 12, tzinfo=UTC)
    before = in_it - timedelta(days=7)
    await clock(store, state="met", started_at=in_it, stopped_at=in_it)
    await clock(store, state="met", started_at=in_it, stopped_at=in_it)
    await clock(store, state="missed", started_at=before, missed_at=in_it)
    await clock(store, state="met", started_at=before, stopped_at=before)
    made = await digest(store.database, "weekly", DAY, ["Something."])
    assert lines(made) == ["Service levels kept: 66.7% (2 of 3).", "Open: Something."]
