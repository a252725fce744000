"""What is kept for a while only, erasures to be finished, and what an older version did not count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from leadworkflows.store.store import Store

_log = structlog.get_logger(__name__)
_AT_ONCE = 1_000
"""Rows dropped in one transaction, so that no writer waits long for it."""
_TIMELINES_AT_ONCE = 100
Finish = Callable[[], Awaitable[int]]
"""Goes on with erasures of which something is left to do; how many were finished."""


async def _nothing() -> int:
    return 0


class Upkeep:
    """Drops raw requests that are older than `keep_raw`, and timelines that stood still for `keep_timelines`.

    Without `keep_timelines` a timeline is kept as long as its lead. Leads that a version recorded which did
    not count for reports yet are counted by the way. A Temporal schedule runs it.
    """

    def __init__(
        self,
        store: Store,
        keep_raw: timedelta,
        keep_timelines: timedelta | None = None,
        finish: Finish = _nothing,
    ) -> None:
        self._store, self._keep_raw, self._keep_timelines = store, keep_raw, keep_timelines
        self._finish = finish
        self._owes_vacuum = False

    async def once(self, now: datetime) -> dict[str, int]:
        """Do all of it; how much of each was done. Safe to repeat. Raises what failed first.

        What fails holds up nothing else: nobody stays on record because something else cannot be counted.
        Once an erasure is finished, the space of what was deleted is freed or written over: by a later round
        where somebody was in the way.
        """
        done, failed = dict[str, int](), list[Exception]()
        for name, part in self._parts(now).items():
            try:
                done[name] = await part()
            except Exception as error:  # noqa: BLE001 - told below, after the others had their turn
                _log.error("upkeep.failed", part=name, error=type(error).__name__)
                failed.append(error)
        await self._vacuum(done.get("erased", 0))
        if failed:
            raise failed[0]
        _log.info("upkeep.done", **done)
        return done

    async def _vacuum(self, erased: int) -> None:
        self._owes_vacuum = self._owes_vacuum or bool(erased)
        if self._owes_vacuum:
            self._owes_vacuum = not await self._store.database.vacuum()
        if self._owes_vacuum:
            _log.warning("upkeep.not_vacuumed", remedy="run `leadworkflows db vacuum` in a quiet moment")

    def _parts(self, now: datetime) -> dict[str, Callable[[], Awaitable[int]]]:
        return {
            "erased": self._finish,
            "dropped": lambda: self.drop(now),
            "forgotten": lambda: self.forget(now),
            "counted": self.count,
        }

    async def drop(self, now: datetime) -> int:
        """Drop what is over; how many requests went. The events that they brought stay."""
        before = now - self._keep_raw
        gone = await _all_of(lambda: self._store.inbox.drop_requests(before, _AT_ONCE), _AT_ONCE)
        gone += await _all_of(lambda: self._store.quarantine.drop_before(before, _AT_ONCE), _AT_ONCE)
        return gone

    async def forget(self, now: datetime) -> int:
        """Drop the timelines to which nothing was added for so long; of how many leads."""
        if self._keep_timelines is None:
            return 0
        before = now - self._keep_timelines
        timeline = self._store.timeline
        return await _all_of(lambda: timeline.forget_before(before, _TIMELINES_AT_ONCE), _TIMELINES_AT_ONCE)

    async def count(self) -> int:
        """Count for reports what an older version recorded; of how many leads. Mostly there are none."""
        return await self._store.funnel.catch_up()


async def _all_of(drop: Callable[[], Awaitable[int]], at_once: int) -> int:
    gone = some = await drop()
    while some == at_once:
        gone += (some := await drop())
    return gone
