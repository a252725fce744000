"""What a merge leaves to be handed on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadworkflows.store import Store, migrate
from tests.ingress.told import Told, relay_to
from tests.store.given import ADA, BOB, accept, event, form, lead_of


async def test_a_lead_with_a_long_history_that_was_never_told_ends_with_one_pointer(tmp_path):
    """Its events went to the other lead; of its own only the pointer is left, far up in the numbers."""
    url, now = f"sqlite:///{tmp_path / 'store.db'}", datetime.now(UTC) - timedelta(seconds=1)
    migrate.upgrade(url)
    async with Store.open(url) as store:
        await accept(store, form("ada-1", vendor_ids={"crm": "1"}), at=now - timedelta(hours=1))
        winner = await lead_of(store, ADA)
        await accept(store, *(form(f"bob-{n}", email=BOB) for n in range(150)), at=now)
        loser = await lead_of(store, BOB)
        await accept(store, event("facts_updated", "same", email=BOB, vendor_ids={"crm": "1"}), at=now)
        assert await store.inbox.backlog() == 1 + 150 + 1 + 1 + 1  # and what both are told of the merge
        told = Told()
        relay = await relay_to(store, told)
        while await relay.hand_on():
            pass
        assert await store.inbox.backlog() == 0
    assert told.calls[loser] == [[151]]
    assert told.taken(winner) == list(range(1, 154))
