"""Handing on and taking in lock the same leads, on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text

from leadworkflows.store import Store
from leadworkflows.store.models import LeadRow
from tests.store.given import LATER, NOON, accept, form, take

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

pytestmark = pytest.mark.postgres


async def told(store, taken):
    await store.claims.told(taken, LATER)


async def given_back(store, taken):
    await store.claims.give_back([each.lead_id for each in taken], LATER)


@pytest.mark.parametrize("say", [told, given_back])
async def test_a_relay_locks_its_leads_in_the_order_in_which_deliveries_do(postgresql_url, say):
    """Otherwise one of the two dies of the deadlock, and what the relay had done is done again."""
    async with Store.open(postgresql_url) as store:
        await accept(store, form("d-1", email="a@example.com"), form("d-2", email="b@example.com"))
        taken = sorted(await take(store), key=lambda each: each.lead_id)
        first, second = (select(LeadRow).where(LeadRow.lead_id == each.lead_id) for each in taken)
        async with store.database.writing() as delivery:
            await delivery.execute(first.with_for_update())
            saying = asyncio.create_task(say(store, taken[::-1]))
            async with asyncio.timeout(10):
                while not await _somebody_waits(store):
                    await asyncio.sleep(0.01)
            await delivery.execute(second.with_for_update())
        await saying
        assert len(await store.claims.take("next", 10, LATER)) == (2 if say is given_back else 0)
        assert await store.inbox.oldest_waiting() == (NOON if say is given_back else None)


async def _somebody_waits(store: Store) -> bool:
    async with store.database.reading() as connection:
        return bool((await connection.execute(_WAITING)).scalar())
