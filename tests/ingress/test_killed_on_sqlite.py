"""The API is killed between any two statements of its write path, on SQLite."""

from __future__ import annotations

import asyncio

from leadworkflows.store import Store, migrate
from tests.ingress.killing import campaign, check_the_inbox


async def test_what_was_acknowledged_is_there_once_wherever_the_api_was_killed(tmp_path):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    run = await asyncio.to_thread(campaign, url, tmp_path)
    assert len(run.open_moments) <= 1  # one that came up for the first time at the very end
    assert len(run.died) > 40
    async with Store.open(url) as store:
        await check_the_inbox(store, run)
