"""However it is recorded, what reports count is what the timeline says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from leadworkflows.domain.decisions import Action, Assignment, iso
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.state import JourneyState
from leadworkflows.store import Store, StoreConflict, UnknownLead
from leadworkflows.store.models import ClockRow, EarnedRow, LeadRow, PassRow, TimelineRow
from tests.domain.scenarios import START, lead_events
from tests.domain.story import day
from tests.domain.variants import DEFAULT
from tests.store.given import BOB, lead_of
from tests.store.lives import Counted, Life, Observed, WakeUp, counted, record

_NUMBERS = count(1)
TABLES = (PassRow, ClockRow, EarnedRow)


class OnOwnLoop:
    """A store for tests that hypothesis runs many times over."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.store = Store.open(url)

    def run(self, asked):
        return self.loop.run_until_complete(asked)

    def close(self) -> None:
        self.run(self.store.close())
        self.loop.close()


@pytest.fixture
def own(url: str) -> Iterator[OnOwnLoop]:
    opened = OnOwnLoop(url)
    yield opened
    opened.close()


def to_the_next(action: Action) -> Assignment | None:
    """Routing that gives every lead to somebody else than before."""
    if not action.name.startswith("route."):
        return None
    return Assignment(rep=f"rep-{action.decided_at.minute % 3}", team="sales", why=["in turn"])


def played(events: Sequence[LeadEvent], days: int) -> Observed:
    observed = Observed(DEFAULT, to_the_next)
    observed.play(events, events[-1].occurred_at + timedelta(days=days))
    return observed


@st.composite
def deliveries(draw: st.DrawFn, wake_ups: list[WakeUp]) -> list[WakeUp]:
    """The wake-ups as a worker may record them: some together, some again, now or much later."""
    told: list[WakeUp] = []
    together = draw(st.lists(st.booleans(), min_size=len(wake_ups), max_size=len(wake_ups)))
    for each, joined in zip(wake_ups, together, strict=True):
        if joined and told:
            told[-1] = told[-1].with_next(each)
        else:
            told.append(each)
    for place in draw(st.lists(st.integers(0, len(told) - 1), max_size=3)):
        told.insert(draw(st.integers(place, len(told))), told[place])
    return told


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data(), lead_events(max_events=30), st.integers(0, 60))
def test_following_with_repeats_is_the_same_as_counting_again_and_as_writing_at_once(own, data, events, days):
    observed = played(events, days)
    followed, at_once = (own.run(lead_of(own.store, f"n{next(_NUMBERS)}@example.com")) for _ in range(2))
    own.run(record(own.store, followed, data.draw(deliveries(observed.wake_ups))))
    once = own.run(counted(own.store, followed))
    whole = WakeUp(observed.timeline, observed.wake_ups[-1].snapshot)
    own.run(own.store.timeline.record_new([Whole(at_once, whole)]))
    assert own.run(counted(own.store, at_once)) == once
    own.run(own.store.funnel.rebuild())
    assert own.run(counted(own.store, followed)) == once
    agrees_with_the_journey(once, observed.journey.state)
    own.run(gone(own.store, [followed, at_once]))  # so that each example counts again what is its own


async def gone(store: Store, leads: list[str]) -> None:
    async with store.database.writing() as connection:
        await connection.execute(delete(LeadRow).where(LeadRow.lead_id.in_(leads)))


class Whole:
    def __init__(self, lead_id: str, told: WakeUp) -> None:
        self.lead_id, self.entries, self.snapshot = lead_id, told.entries, told.snapshot


def agrees_with_the_journey(once: Counted, state: JourneyState) -> None:
    """What the fold reads from the timeline is what the core kept of itself."""
    if state.merged_into:
        assert (once.passes, once.clocks, once.earned) == ([], [], [])
        return
    assert [row["pass"] for row in once.passes] == list(range(1, state.pass_ + 1))
    assert all(row["ended_at"] for row in once.passes[:-1])
    for clock in state.clocks:
        row = once.clock(clock.name, clock.pass_)
        assert (row["code"], row["started_at"]) == (clock.id, clock.started_at)
        assert (iso(row["due_at"]), row["paused"]) == (iso(clock.due_at), clock.paused)
        assert {"late": "missed"}.get(row["state"], row["state"]) == clock.status.value
        assert close(row["stopped_at"], clock.stopped_at)
        if clock.ticking and clock.status == "running":
            assert row["owner"] == state.owner
    stands = once.lead
    assert (stands["owner"], stands["pass"], stands["stage"]) == (state.owner, state.pass_, state.stage)
    ticking = [clock.due_at for clock in state.clocks if clock.ticking and not clock.paused]
    assert stands["clock_due_at"] == min(ticking, default=None)


def close(one: datetime | None, other: datetime | None) -> bool:
    """To the minute, as clocks say how long they took."""
    return one == other or (
        one is not None and other is not None and abs(one - other) <= timedelta(minutes=1)
    )


async def test_what_was_lost_is_counted_again(store):
    leads = await three_lives(store)
    before = [await counted(store, lead) for lead in leads]
    async with store.database.writing() as connection:
        for table in TABLES:
            await connection.execute(delete(table))
        await connection.execute(update(LeadRow).values(owner="nobody", score=-1, clock_due_at=START))
    assert await store.funnel.rebuild() == 3
    assert [await counted(store, lead) for lead in leads] == before


async def test_what_an_older_version_recorded_is_counted_once_and_the_rest_left_alone(store):
    first, *others = await three_lives(store)
    before = await counted(store, first)
    async with store.database.writing() as connection:
        await connection.execute(
            update(LeadRow).where(LeadRow.lead_id == first).values(last_at=None, score=None)
        )
        for table in TABLES:
            await connection.execute(delete(table))
    assert await store.funnel.catch_up() == 1
    assert await counted(store, first) == before
    assert (await counted(store, others[0])).passes == []
    assert await store.funnel.catch_up() == 0


async def recorded_by_an_older_version(store, lead, wake_up):
    """As a process recorded it that knew of no tables to count in, while newer ones were there already."""
    async with store.database.writing() as connection:
        rows = [{"lead_id": lead, **e.model_dump(), "kind": e.kind.value} for e in wake_up.entries]
        await connection.execute(insert(TimelineRow), rows)
        said = {"snapshot": wake_up.snapshot, "stage": wake_up.snapshot["stage"]}
        newer = update(LeadRow).where(LeadRow.lead_id == lead)
        await connection.execute(newer.values(revision=wake_up.revision, **said))


@pytest.mark.parametrize("moves_on", [True, False])
async def test_what_an_older_version_records_beside_a_newer_one_is_counted_as_well(store, moves_on):
    life = Life().as_mql()
    known = len(life.wake_ups)
    life.on(1, "lead_accepted", by="rep-1")
    older = life.wake_ups[known:]
    life.on(1, "lead_returned", reason="not_ready", by="rep-1")
    newer = life.wake_ups[known + len(older) :]
    lead, other = await lead_of(store, "mixed@example.com"), await lead_of(store, BOB)
    await record(store, lead, life.wake_ups[:known])
    for each in older:
        await recorded_by_an_older_version(store, lead, each)
    if moves_on:
        await record(store, lead, newer)
    await record(store, other, life.wake_ups if moves_on else [*life.wake_ups[:known], *older])
    assert await store.funnel.catch_up() == (0 if moves_on else 1)
    found, wanted = await counted(store, lead), await counted(store, other)
    assert found.passes[0]["sal_at"] is not None
    assert (found.passes, found.clocks, found.earned) == (wanted.passes, wanted.clocks, wanted.earned)
    assert found.lead == wanted.lead


async def test_what_was_counted_of_somebody_erased_stays_counted(store):
    first, second, _ = await three_lives(store)
    passes = (await counted(store, second)).passes
    async with store.database.writing() as connection:
        await connection.execute(delete(LeadRow).where(LeadRow.lead_id == first))
        await connection.execute(delete(TimelineRow).where(TimelineRow.lead_id == second))
    assert await store.funnel.rebuild() == 1
    async with store.database.reading() as connection:
        left = select(PassRow.lead_id).where(PassRow.lead_id == first)
        assert (await connection.execute(left)).all()
    assert (await counted(store, second)).passes == passes


async def test_leads_move_on_while_all_is_counted_again(store):
    lives = [Life().as_sal().on(1, "lead_returned", reason="not_ready", by="rep-1") for _ in range(6)]
    leads = [await lead_of(store, f"moving-{n}@example.com") for n in range(len(lives))]

    async def count_again() -> None:
        for _ in range(4):
            await store.funnel.rebuild()

    moving = (record(store, lead, life.wake_ups) for lead, life in zip(leads, lives, strict=True))
    await asyncio.gather(count_again(), *moving)
    by_itself = [await counted(store, lead) for lead in leads]
    await store.funnel.rebuild()
    assert [await counted(store, lead) for lead in leads] == by_itself
    assert {len(each.passes) for each in by_itself} == {2}


async def test_many_lives_are_written_at_once_as_they_would_have_been_one_by_one(store):
    lives = [Life().as_sal(channel="webinar"), Life().as_sql().until(3), Life().as_lead()]
    leads = [await lead_of(store, f"at-once-{n}@example.com") for n in range(3)]
    wholes = [
        Whole(lead, WakeUp(life.simulation.timeline, life.wake_ups[-1].snapshot))
        for lead, life in zip(leads, lives, strict=True)
    ]
    await store.timeline.record_new(wholes)
    others = await three_lives(store, lives)
    for one, other in zip(leads, others, strict=True):
        assert await counted(store, one) == await counted(store, other)
        assert await store.timeline.of(one) == await store.timeline.of(other)
    assert await store.routing.loads() == {"rep-1": 2}


async def test_a_lead_that_has_a_timeline_is_not_written_over(store):
    known = await lead_of(store)
    life = Life().as_sal()
    await record(store, known, life.wake_ups)
    new = await lead_of(store, BOB)
    other = Whole(new, WakeUp(life.simulation.timeline, life.wake_ups[-1].snapshot))
    with pytest.raises(StoreConflict):
        await store.timeline.record_new([other, Whole(known, life.wake_ups[0])])
    with pytest.raises(UnknownLead):
        await store.timeline.record_new([other, Whole("nobody", life.wake_ups[0])])
    assert await store.timeline.of(new) == []
    await store.timeline.record_new([])


async def three_lives(store: Store, lives: Sequence[Life] = ()) -> list[str]:
    """Recorded wake-up by wake-up; the ids of the leads."""
    lives = lives or [
        Life().as_sal().on(1, "lead_returned", reason="not_ready", by="rep-1").on(2, "demo_requested"),
        Life().as_sql(0, channel="linkedin").on(0.01, "lead_claimed", by="rep-2").until(3),
        Life().as_lead().on(2, "lead_disqualified", reason="student", by="rep-1"),
    ]
    leads = [await lead_of(store, f"one-by-one-{n}@example.com") for n in range(len(lives))]
    for lead, life in zip(leads, lives, strict=True):
        await record(store, lead, life.wake_ups)
    assert day(0) == START
    return leads
