"""What is kept for a while only (raw requests, the quarantine), and what an older version did not count."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from leadworkflows.store.errors import StoreError
from leadworkflows.store.store import Store

_log = structlog.get_logger(__name__)
_EVERY_S = 600.0
_AT_ONCE = 1_000
"""Rows dropped in one transaction, so that no writer waits long for it."""


class Upkeep:
    """Drops raw requests that are older than `keep_raw`, for as long as it runs.

    Leads that a version recorded which did not count for reports yet are counted by the way.
    """

    def __init__(self, store: Store, keep_raw: timedelta) -> None:
        self._store, self._keep_raw = store, keep_raw

    async def run(self) -> None:
        """Look every ten minutes. Ends by being cancelled."""
        while True:
            try:
                await self.drop(datetime.now(UTC))
                await self.count()
            except StoreError as error:
                _log.warning("upkeep.store_unavailable", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - what is over can wait; looking for it must not end
                _log.error("upkeep.failed", error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def drop(self, now: datetime) -> int:
        """Drop what is over; how many requests went. The events that they brought stay."""
        before = now - self._keep_raw
        gone = await _all_of(lambda: self._store.inbox.drop_requests(before, _AT_ONCE))
        gone += await _all_of(lambda: self._store.quarantine.drop_before(before, _AT_ONCE))
        return gone

    async def count(self) -> int:
        """Count for reports what an older version recorded; of how many leads. Mostly there are none."""
        counted = await self._store.funnel.catch_up()
        if counted:
            _log.info("upkeep.counted", leads=counted)
        return counted


async def _all_of(drop: Callable[[], Awaitable[int]]) -> int:
    gone = some = await drop()
    while some == _AT_ONCE:
        gone += (some := await drop())
    return gone
