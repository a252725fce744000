"""How fast mails leave: so many in a time, in the order in which they came, and not at all for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

from leadworkflows.activities.base import VendorThrottled

PATIENCE = timedelta(seconds=10)
"""How long a mail waits here. A longer wait goes back to Temporal, which survives this process."""
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


class Pace:
    """The pace of one sender in this process. `rate` such as 20/second; None lets all pass.

    `clock` gives seconds that only grow.
    """

    def __init__(self, rate: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._apart = _apart(rate)
        self._clock = clock
        self._free_at = 0.0
        """When the next mail may leave."""
        self._sent_back_to = 0.0
        """Until when those are spread that found the queue too long."""
        self._held_until = 0.0
        self._told = ""
        """Who was told to wait, and comes back when the wait is over: by Temporal's clock."""

    async def turn(self, key: str) -> None:
        """Wait for a place in the row. Raises VendorThrottled where that takes longer than `PATIENCE`."""
        if key == self._told:
            self._held_until = 0.0
        while True:
            now = self._clock()
            mine = max(now, self._free_at, self._held_until)
            if mine - now > PATIENCE.total_seconds():
                raise self._later(mine, now)
            self._free_at = mine + self._apart
            await asyncio.sleep(mine - now)
            if self._held_until <= mine:
                return

    def hold(self, wait: timedelta, told: str) -> None:
        """Let none pass for a while: the vendor told it to one, and means all."""
        self._told = told
        self._held_until = max(self._held_until, self._clock() + wait.total_seconds())

    def _later(self, mine: float, now: float) -> VendorThrottled:
        """Each is told a later time than the one before, so that they do not come back all at once."""
        self._sent_back_to = max(self._sent_back_to + self._apart, mine)
        wait = timedelta(seconds=self._sent_back_to - now)
        return VendorThrottled("the mail waits for its turn: many are due, or SendGrid asked to wait", wait)


def _apart(rate: str | None) -> float:
    """Seconds between two mails."""
    if rate is None:
        return 0.0
    number, _, unit = rate.partition("/")
    return _SECONDS[unit] / int(number)
