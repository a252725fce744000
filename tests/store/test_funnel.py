"""What reports count of a lead's life, as it is recorded."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import delete, update
from sqlalchemy import event as sql_event

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store.models import ClockRow, EarnedRow, LeadRow, PassRow
from tests.domain.story import day
from tests.domain.variants import variant
from tests.store.given import BOB, NOON, lead_of
from tests.store.lives import Life, counted, record


@pytest_asyncio.fixture(loop_scope="session")
async def lead(store):
    return await lead_of(store)


@pytest.fixture
def lived(store, lead):
    async def of(life):
        await record(store, lead, life.wake_ups)
        return await counted(store, lead)

    return of


def when(row, *columns):
    return [row[f"{column}_at"] for column in columns]


# Passes


async def test_a_customer_has_every_stage_at_the_instant_it_was_reached(lived):
    life = Life().as_lead(0).on(1, "form_submitted", form="contact", states_budget=True).as_mql(1)
    life.on(2, "lead_accepted", by="rep-1")
    life.on(3, "qualification_recorded", by="rep-1", budget="yes", need="yes", timeline="partial")
    life.on(4, "contact_made", by="rep-1")
    maps = dict.fromkeys(
        ("motivation", "authority", "process", "solution_fit", "committee", "schedule"), "yes"
    )
    life.on(5, "opportunity_opened", by="rep-1", **maps).on(6, "deal_won", by="rep-1")
    (row,) = (await lived(life)).passes
    assert (row["pass"], row["began_as"], row["began_at"]) == (1, "lead", day(0))
    mql = next(e.at for e in life.entries("stage") if e.data.get("to") == "mql")
    reached = when(row, "mql", "sal", "sql", "contacted", "opportunity", "customer")
    assert reached == [mql, day(2), day(3), day(4), day(5), day(6)]
    assert (row["sql_move"], row["accepted_by"], row["owner"]) == ("T5", "rep-1", "rep-1")
    assert (row["ended_at"], row["ended_as"], row["reason"]) == (None, None, None)


async def test_a_stage_that_was_passed_over_was_not_reached(lived):
    (row,) = (await lived(Life().as_sql(1))).passes
    assert when(row, "mql", "sal") == [None, None]
    assert row["sql_at"] is not None
    assert row["sql_move"] == "T3"


async def test_a_lead_that_is_returned_twice_has_three_passes(lived):
    life = Life().as_sal(0).on(1, "lead_returned", reason="wrong_profile", by="rep-1", noted=True)
    life.on(9, "demo_requested").on(10, "contact_made", by="rep-2")
    life.on(11, "lead_returned", reason="not_ready", by="rep-2")
    first, second, third = (await lived(life)).passes
    ends = [(row["ended_as"], row["ended_from"], row["ended_move"], row["ended_by"], row["reason"])
            for row in (first, second, third)]  # fmt: skip
    assert ends == [
        ("recycled", "sal", "T6", "rep-1", "wrong_profile"),
        ("recycled", "sql", "T6", "rep-2", "not_ready"),
        (None, None, None, None, None),
    ]
    assert [row["began_as"] for row in (first, second, third)] == ["lead", "recycled", "recycled"]
    assert [second["began_at"], third["began_at"]] == [first["ended_at"], second["ended_at"]]
    assert [first["contacted_at"], second["contacted_at"]] == [None, day(10)]
    assert [first["owner"], third["owner"]] == ["rep-1", None]


async def test_a_lead_that_a_person_reopens_begins_a_pass_as_lead(lived):
    life = Life().as_lead().on(1, "lead_disqualified", reason="student", by="rep-1")
    life.on(2, "lead_reopened", by="rep-2")
    first, second = (await lived(life)).passes
    assert (first["ended_as"], first["ended_move"], first["reason"]) == ("disqualified", "T10", "student")
    assert (second["began_as"], second["began_at"], second["ended_at"]) == ("lead", day(2), None)


async def test_a_lead_that_goes_on_as_another_counts_as_that_one_alone(store, lead, lived):
    life = Life().as_sql()
    await record(store, lead, life.wake_ups)
    assert (await counted(store, lead)).clocks
    story = Life().as_sql().on(1, "lead_merged", into="somebody-else")
    merged = await lived(story)
    assert (merged.passes, merged.clocks, merged.earned) == ([], [], [])
    await store.funnel.rebuild()
    assert (await counted(store, lead)).passes == []


async def test_the_first_contact_is_the_earliest_in_whatever_order_they_are_reported(lived):
    life = Life().as_sql().on(2, "contact_made", by="rep-1")
    life.deliver(life.event(1, "contact_made", by="rep-1"), on=3)
    (row,) = (await lived(life)).passes
    assert row["contacted_at"] == day(1)


async def test_what_is_learned_of_a_lead_is_true_of_all_its_passes(lived):
    life = Life().as_mql(channel="webinar").on(1, "lead_returned", reason="not_ready")
    life.on(2, "facts_updated", industry="software", country="DE", persona="cfo")
    rows = (await lived(life)).passes
    known = [[row[name] for name in ("channel", "industry", "country", "persona")] for row in rows]
    assert known == [["webinar", "software", "DE", "cfo"]] * 2
    assert {row["segment"] for row in rows} == {life.state.segment}


# Clocks


async def test_a_clock_that_was_kept_tells_how_long_it_took_and_whose_it_was(lived):
    life = Life().as_sql().on(0.01, "lead_claimed", by="rep-1").on(0.02, "contact_made", by="rep-1")
    row = (await lived(life)).clock("first_contact")
    assert (row["code"], row["state"], row["owner"], row["missed_at"]) == ("L3", "met", "rep-1", None)
    assert (row["started_at"], row["stopped_at"]) == (life.clock("first_contact").started_at, day(0.02))
    assert (row["minutes"], row["working_minutes"]) == (28, 28)


async def test_a_clock_that_was_missed_stays_its_owners_and_is_late_when_it_is_met(lived):
    life = Life().as_sql().on(0.01, "lead_claimed", by="rep-1").until(1)
    life.on(1.1, "lead_assigned", by="rep-3", to="rep-2")
    row = (await lived(life)).clock("first_contact")
    assert (row["state"], row["stopped_at"], row["owner"]) == ("missed", None, "rep-1")
    missed_at = row["missed_at"]
    assert missed_at == next(e.at for e in life.entries("clock") if e.data.get("state") == "missed")
    row = (await lived(life.on(1.2, "contact_made", by="rep-2"))).clock("first_contact")
    assert (row["state"], row["missed_at"], row["owner"]) == ("late", missed_at, "rep-1")


async def test_a_clock_that_was_missed_and_given_up_is_not_late(lived):
    life = Life().as_sql().on(0.01, "lead_claimed", by="rep-1").until(2)
    row = (await lived(life.on(3, "lead_returned", reason="not_ready", by="rep-1"))).clock("first_contact")
    assert (row["state"], row["stopped_at"], row["owner"]) == ("missed", day(3), "rep-1")


async def test_what_a_return_stops_was_owed_in_the_pass_that_it_ended(lived):
    life = Life().as_sql().on(0.01, "lead_claimed", by="rep-1")
    now = await lived(life.on(0.02, "lead_returned", reason="not_ready", by="rep-1"))
    row = now.clock("first_contact")
    assert (row["state"], row["stopped_at"], row["minutes"], row["owner"]) == (
        "stopped",
        day(0.02),
        28,
        "rep-1",
    )
    assert [each["pass"] for each in now.clocks if each["clock"] == "first_contact"] == [1]


async def test_what_a_return_takes_from_its_owners_hours_is_stopped_and_runs_in_no_other_pass(lived):
    hours = WorkCalendar(zone="Pacific/Auckland").model_dump(mode="json")
    life = Life().as_sql().on(0.01, "lead_claimed", by="rep-1", calendar=hours)
    now = await lived(life.on(0.02, "lead_returned", reason="not_ready", by="rep-1"))
    assert "nobody's hours" in str([entry.why for entry in life.entries("clock")])
    found = [(each["pass"], each["state"]) for each in now.clocks if each["clock"] == "first_contact"]
    assert found == [(1, "stopped")]


async def test_what_was_done_in_time_and_reported_late_was_not_missed(lived):
    life = Life().as_sql().until(1)
    life.deliver(life.event(0.01, "contact_made", by="rep-1"), on=1.1)
    row = (await lived(life)).clock("first_contact")
    assert (row["state"], row["missed_at"]) == ("met", None)
    assert (row["minutes"], row["stopped_at"]) == (13, row["started_at"] + (day(13 / 1440) - day(0)))


async def test_a_clock_that_stands_still_says_so_and_goes_on(lived):
    life = Life().as_sql().on(0.01, "clocks_paused", by="rep-1")
    now = await lived(life)
    assert now.clock("first_contact")["paused"]
    assert (now.lead["clock"], now.lead["clock_due_at"]) == (None, None)
    life.on(2, "clocks_resumed", by="rep-1")
    now = await lived(life)
    row = now.clock("first_contact")
    assert (row["paused"], row["due_at"]) == (False, life.clock("first_contact").due_at)
    assert (now.lead["clock"], now.lead["clock_due_at"]) == ("first_contact", row["due_at"])


# Points


async def test_points_count_until_sales_decided(lived):
    life = Life().as_mql()
    before = await lived(life)
    given = [(e.data["rule"], int(str(e.data["points"]))) for e in life.entries("score")]
    assert given
    assert {rule: points for (_, rule), (points, _) in before.points.items()} == {
        rule: sum(points for name, points in given if name == rule) for rule, _ in given
    }
    life.on(1, "lead_accepted", by="rep-1").on(2, "trial_started").on(2, "content_downloaded", asset="ebook")
    assert len(life.entries("score")) > len(given)
    assert (await lived(life)).points == before.points


async def test_each_pass_has_points_of_its_own(lived):
    life = Life().on(0, "form_submitted", form="download").on(1, "page_viewed", page="case_study")
    life.on(2, "demo_requested").on(3, "lead_returned", reason="not_ready")
    points = (await lived(life.on(4, "page_viewed", page="case_study"))).points
    rule = next(str(e.data["rule"]) for e in life.entries("score") if e.at == day(4))
    assert points[1, rule] == points[2, rule]
    assert points[2, rule][1] == 1


async def test_a_pass_that_was_decided_names_the_rules_that_had_given_it_points(store, lead, lived):
    life = Life().as_mql()
    (open_still,) = (await lived(life)).passes
    assert open_still["rules"] is None
    life.on(1, "lead_accepted", by="rep-1").on(2, "trial_started").on(3, "lead_returned", reason="not_ready")
    life.on(4, "page_viewed", page="case_study").on(5, "lead_disqualified", reason="student", by="rep-1")
    now = await lived(life)
    expected = [sorted(rule for number, rule in now.points if number == each["pass"]) for each in now.passes]
    assert [each["rules"] for each in now.passes] == expected
    assert all(expected)
    await store.funnel.rebuild()
    assert await counted(store, lead) == now


# The lead itself


async def test_the_leads_own_row_says_what_lists_ask_for(lived):
    life = Life().as_sql(0, channel="webinar", persona="cfo", seniority="c_level", country="DE")
    row = (await lived(life.on(0.01, "lead_claimed", by="rep-1"))).lead
    expected = {
        "stage": "sql", "sub_status": life.state.sub_status, "owner": "rep-1", "channel": "webinar",
        "persona": "cfo", "country": "DE", "priority": True, "score": life.total, "pass": 1,
        "segment": life.state.segment, "clock": "first_contact", "last_at": life.simulation.timeline[-1].at,
        "clock_due_at": life.clock("first_contact").due_at, "stage_since": life.state.stage_since,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["threshold"] == 100


# Repeats, and what came before


async def test_recording_again_counts_nothing_twice(store, lead, lived):
    life = Life().as_sal().on(1, "lead_returned", reason="not_ready", by="rep-1").on(2, "trial_started")
    once = await lived(life)
    assert await lived(life) == once
    for each in life.wake_ups:  # each came twice, as when the first answer was lost
        await record(store, lead, [each, each])
    assert await counted(store, lead) == once


async def test_what_comes_late_with_an_older_snapshot_changes_nothing(store, lead, lived):
    life = Life().as_mql(channel="webinar")
    late = life.wake_ups[-1]
    life.on(1, "lead_accepted", by="rep-1").on(2, "facts_updated", industry="software")
    now = await lived(life)
    await record(store, lead, [late])
    assert await counted(store, lead) == now


async def test_a_lead_of_an_older_version_is_counted_whole_when_it_moves_again(store, lead, lived):
    life = Life().as_mql()
    await record(store, lead, life.wake_ups)
    await _forget(store, lead)
    known = len(life.wake_ups)
    life.on(1, "lead_accepted", by="rep-1")
    await record(store, lead, life.wake_ups[known:])
    after = await counted(store, lead)
    other = await lead_of(store, BOB)
    await record(store, other, life.wake_ups)
    assert after == await counted(store, other)


async def test_a_name_that_is_longer_than_its_column_does_not_stop_recording(store, lead):
    name, clock = "x" * 200, {"clock": "y" * 90, "due_at": "2026-03-03T12:00:00Z"}
    entries = [
        entry(1, EntryKind.STAGE, {"to": "lead"}),
        entry(2, EntryKind.SCORE, {"rule": name, "points": 5}),
        entry(3, EntryKind.CLOCK, clock, name),
    ]
    await store.timeline.record(lead, entries, {"stage": "lead", "segment": name}, 3)
    now = await counted(store, lead)
    assert (now.passes[0]["segment"], now.lead["segment"]) == (name[:64], name[:64])
    assert (now.clocks[0]["code"], now.clocks[0]["clock"]) == (name[:16], "y" * 64)
    assert now.points == {(1, name[:64]): (5, 1)}


async def test_where_nothing_moves_nothing_more_is_asked_of_the_database(store, lead, backend):
    life = Life(variant(nurture={})).as_sql()
    await record(store, lead, life.wake_ups)
    last = life.wake_ups[-1]
    more = entry(last.revision + 1, EntryKind.ACTION, {})
    database = store.database
    engine = database._sqlite_writer.engine if backend == "sqlite" else database.engine.sync_engine
    asked: list[str] = []

    def listen(conn, cursor, statement, *rest):
        asked.append(statement.split()[0])

    sql_event.listen(engine, "before_cursor_execute", listen)
    try:
        await store.timeline.record(lead, [more], last.snapshot, more.n)
    finally:
        sql_event.remove(engine, "before_cursor_execute", listen)
    assert [word for word in asked if word != "BEGIN"] == ["SELECT", "INSERT", "UPDATE"]


async def _forget(store, lead_id):
    """As a version left it that did not count."""
    async with store.database.writing() as connection:
        await connection.execute(update(LeadRow).where(LeadRow.lead_id == lead_id).values(last_at=None))
        for table in (PassRow, ClockRow, EarnedRow):
            await connection.execute(delete(table))


def entry(n, kind, data, *why):
    return TimelineEntry(n=n, at=NOON, kind=kind, what="…", why=list(why), policy="default-1", data=data)
