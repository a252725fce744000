"""The API is killed before every statement of its write path, on PostgreSQL.

On each way to each statement it is killed on SQLite, which starts again faster.
"""

from __future__ import annotations

import asyncio

import pytest

from leadworkflows.store import Store
from tests.ingress.killing import campaign, check_the_inbox


@pytest.mark.postgres
async def test_what_was_acknowledged_is_there_once_wherever_the_api_was_killed(postgresql_url, tmp_path):
    run = await asyncio.to_thread(campaign, postgresql_url, tmp_path, ways="one")
    assert not run.open_moments
    assert len(run.died) > 20
    async with Store.open(postgresql_url) as store:
        await check_the_inbox(store, run)
