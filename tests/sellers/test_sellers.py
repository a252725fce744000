"""Who sells now: the active policy's reps and the API's, and when each works."""

from __future__ import annotations

import pytest

from leadworkflows.domain.teams import CalendarSpec, Rep, UnknownRep
from leadworkflows.sellers import Sellers
from leadworkflows.store.errors import StoreError
from leadworkflows.store.migrate import upgrade
from leadworkflows.store.roster import KeptRep
from leadworkflows.store.store import Store
from tests.domain.variants import DEFAULT, variant
from tests.store.given import NOON

POLICY = variant(reps={"ada": {"calendar": {"zone": "Europe/Paris"}}}, teams={"sales": {"reps": ["ada"]}})


@pytest.fixture
async def store(tmp_path):
    url = f"sqlite:///{tmp_path / 'leads.db'}"
    upgrade(url)
    async with Store.open(url) as opened:
        for policy in (DEFAULT, POLICY):
            body = policy.model_dump_json(by_alias=True)
            await opened.policies.save(policy.id, policy.name, body, NOON)
        yield opened


async def test_the_active_policy_says_who_sells_and_the_api_adds_to_it(store):
    await store.policies.activate(POLICY.id, NOON, "test")
    await store.roster.put_rep(
        KeptRep("bob", Rep(calendar=CalendarSpec(zone="Asia/Tokyo")), ("sales",)), NOON
    )
    sellers = Sellers(store, lambda: NOON)
    assert set((await sellers.roster()).teams["sales"].reps) == {"ada", "bob"}
    calendars = [await sellers.calendar_of(rep) for rep in ("ada", "bob")]
    assert [calendar and calendar.zone for calendar in calendars] == ["Europe/Paris", "Asia/Tokyo"]


async def test_where_nobody_keeps_a_roster_anybody_may_work(store):
    await store.policies.activate(DEFAULT.id, NOON, "test")
    assert await Sellers(store).calendar_of("rep-7") is None


async def test_who_is_on_no_roster_is_named_with_those_who_are(store):
    await store.policies.activate(POLICY.id, NOON, "test")
    with pytest.raises(UnknownRep, match="Nobody is called 'zed'; there are ada"):
        await Sellers(store).calendar_of("zed")


async def test_a_policy_that_is_not_there_is_named(store):
    sellers = Sellers(store)
    with pytest.raises(StoreError, match="no policy is active"):
        await sellers.roster()
    with pytest.raises(StoreError, match="policy p-nowhere is not in the store"):
        await sellers.under("p-nowhere")
