"""What waits now is what the leads' snapshots say."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, update

from leadworkflows.reports.today import today
from leadworkflows.store.models import LeadRow
from tests.domain.story import START, Story
from tests.reports.lives import BEGIN, DAYS, Life, lives, record

NOW = BEGIN + timedelta(days=DAYS)


def waiting(n: int) -> list[Life]:
    """Leads that sales has to review, one a day."""
    stories = [Story().as_mql(day) for day in range(n)]
    told = [(story.simulation.timeline, story.simulation.journey.view()) for story in stories]
    return [Life(f"9{number:011}", START, *each) for number, each in enumerate(told)]


async def test_clocks_that_wait_and_those_that_were_missed_are_listed_in_order(store):
    told = [*lives(41, 60), *waiting(3)]
    await record(store, told)
    found = await today(store.database, NOW, limit=500)
    here = [each for each in told if not each.snapshot.get("merged_into")]
    for state, owed, n in (
        ("running", found.waiting, found.waiting_n),
        ("missed", found.missed, found.missed_n),
    ):
        expected = {
            (each.lead_id, clock["clock"], clock["due_at"])
            for each in here
            for clock in each.snapshot["sla"]
            if clock["state"] == state and not clock["stopped_at"]
        }
        shown = {(o.lead.lead_id, o.clock, f"{o.due_at:%Y-%m-%dT%H:%M:%SZ}") for o in owed}
        assert shown == expected
        assert n == len(expected) == len(owed) > 0
        due = [o.due_at for o in owed if not o.paused]
        assert due == sorted(due)


async def test_leads_by_stage_leave_out_who_goes_on_as_another(store):
    told = lives(42, 90)
    await record(store, told)
    gone = [each for each in told if each.snapshot.get("merged_into")]
    assert gone
    async with store.database.writing() as connection:
        ids = [each.lead_id for each in gone]
        await connection.execute(update(LeadRow).where(LeadRow.lead_id.in_(ids)).values(merged_into="x"))
    stages = (await today(store.database, NOW)).stages
    expected = Counter(each.snapshot["stage"] for each in told if each not in gone)
    assert {stage: n for stage, n in stages.items() if n} == expected
    assert len(stages) == 8


async def test_what_came_in_the_last_day_is_counted_by_channel_and_type(store):
    told = lives(43, 60)
    await record(store, told)
    last = max(entry.at for each in told for entry in each.entries if entry.kind.value == "event")
    found = await today(store.database, last)
    expected = Counter(
        (each.snapshot["channel"] or "", entry.data["type"])
        for each in told
        for entry in each.entries
        if entry.kind.value == "event" and entry.at >= last - timedelta(hours=24)
    )
    assert {(came.channel, came.type): came.n for came in found.came} == expected
    assert expected


async def test_what_is_stuck_is_told_and_what_is_under_way_is_not(store):
    now = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    await store.effects.reserve("old", "lead", "email.send", now - timedelta(hours=1))
    await store.effects.reserve("new", "lead", "email.send", now)
    await store.effects.reserve("stuck", "lead", "email.send", now)
    await store.effects.release("stuck", "mend the key", "stuck")
    found = await today(store.database, now, limit=1)
    assert ([each.key for each in found.stuck], found.stuck_n) == (["old"], 2)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # PostgreSQL's plans depend on its size
async def test_what_waits_is_found_by_indexes_and_not_by_reading_every_action_or_entry(store):
    asked: list[tuple[str, object]] = []

    def listen(conn, cursor, statement, parameters, *rest):
        asked.append((statement, parameters))

    engine = store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        await today(store.database, NOW)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    async with store.database.reading() as connection:
        plans = [
            step[-1]
            for statement, parameters in asked
            if statement.startswith("SELECT")
            for step in await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert len(plans) > len(asked) > 5
    assert [step for step in plans if step.startswith("SCAN") and "INDEX" not in step] == []
