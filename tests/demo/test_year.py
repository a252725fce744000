"""The playground's year: believable, the same for the same seed, and kept as the product keeps leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from leadworkflows.demo.year.channels import REGIONS
from leadworkflows.demo.year.fill import YearOf, fill
from leadworkflows.demo.year.lives import Life, Year
from leadworkflows.demo.year.population import LENGTH, Character, Population, starts_at
from leadworkflows.demo.year.sellers import SELLERS
from leadworkflows.demo.year.waking import put_down, waiting
from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.state import JourneyState
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.domain.variants import DEFAULT

UNTIL = datetime(2026, 11, 20, 14, tzinfo=UTC)
POLICY = DEFAULT


def people(seed: int, leads: int) -> list[Character]:
    return Population(seed, UNTIL, POLICY).make(leads)


def played(seed: int, leads: int) -> list[Life]:
    return Year(seed, POLICY, UNTIL).play(people(seed, leads))


@pytest.fixture(scope="module")
def year() -> list[Life]:
    return played(2, 150)


def told(lives: list[Life]) -> list[tuple[str, list[str]]]:
    return [(life.who.lead_id, [entry.what for entry in life.simulation.timeline]) for life in lives]


def test_the_same_seed_gives_the_same_year_and_another_gives_another():
    assert told(played(5, 25)) == told(played(5, 25))
    assert told(played(5, 25)) != told(played(6, 25))


def test_nobody_of_the_year_could_be_anybody():
    everybody = people(1, 800)
    assert all(who.person.email.endswith(".example") for who in everybody)
    assert len({who.person.email for who in everybody}) == 800
    assert len({who.lead_id for who in everybody}) == 800


def test_leads_come_all_year_round_and_less_at_weekends():
    came = [who.came_at for who in people(1, 2_000)]
    assert starts_at(UNTIL) - timedelta(days=1) <= min(came) < UNTIL - LENGTH + timedelta(days=5)
    assert UNTIL - timedelta(days=5) < max(came) < UNTIL
    weekend = sum(at.weekday() >= 5 for at in came)
    assert 0.03 < weekend / len(came) < 0.12


def test_every_stage_is_come_to_and_every_way_out_is_taken(year):
    moves = Counter(
        entry.data.get("move")
        for life in year
        for entry in life.simulation.timeline
        if entry.kind is EntryKind.STAGE
    )
    assert {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T12"} <= moves.keys()
    assert {life.state.stage for life in year} >= {Stage.LEAD, Stage.CUSTOMER, Stage.DISQUALIFIED}


def test_nobody_sells_outside_their_territory(year):
    for life in year:
        for given in life.given:
            rep = given.assignment.rep
            if rep is not None and SELLERS[rep][0].countries:
                assert life.who.company.country in SELLERS[rep][0].countries


@pytest_asyncio.fixture
async def filled(tmp_path: Path) -> AsyncIterator[tuple[Store, list[JourneyState]]]:
    url = f"sqlite:///{tmp_path / 'leadworkflows.db'}"
    upgrade(url)
    async with Store.open(url) as store:
        yield store, await fill(store, YearOf(UNTIL, seed=5, leads=40), POLICY)


def by_region(seed: int, leads: int) -> dict[str, Life]:
    """The same lives as a fill plays them: a region has turns of its own, so other people have its leads."""
    everybody = people(seed, leads)
    regions = [[who for who in everybody if who.company.country in countries] for countries in REGIONS]
    lives = [life for region in regions for life in Year(seed, POLICY, UNTIL).play(region)]
    return {life.who.lead_id: life for life in lives}


async def test_what_is_kept_of_a_lead_is_what_its_journey_decided(filled):
    store, states = filled
    lives = by_region(5, 40)
    assert {state.lead_id for state in states} == lives.keys()
    assert len(states) == 40
    for state in states:
        life, record = lives[state.lead_id], await store.leads.get(state.lead_id)
        assert state == life.state
        assert (record.snapshot, record.revision) == (life.simulation.journey.view(), state.entries)
        assert await store.timeline.of(state.lead_id) == life.simulation.timeline
        assert [entry.n for entry in life.simulation.timeline] == list(range(1, state.entries + 1))


async def test_every_mail_and_card_was_decided_by_an_action_that_is_on_record(filled):
    store, states = filled
    items = await store.outbox.all()
    assert {item.kind for item in items} == {"email", "slack"}
    assert [item.at for item in items] == sorted(item.at for item in items)
    for state in states:
        done = {effect.key for effect in await store.effects.of(state.lead_id)}
        assert {item.key for item in await store.outbox.of(state.lead_id)} <= done


async def test_no_event_of_the_year_waits_for_a_workflow(filled):
    store, _ = filled
    assert await store.inbox.backlog() == 0


def test_whom_to_start_is_remembered_those_that_sales_works_first(tmp_path, year):
    put_down(tmp_path, [life.state for life in year])
    order = [
        state.stage in (Stage.MQL, Stage.SAL, Stage.SQL, Stage.OPPORTUNITY) for state in waiting(tmp_path)
    ]
    assert order == sorted(order, reverse=True)
    assert any(order)
