"""`upkeep`: what an installation does every hour for what it keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from temporalio import activity

from leadworkflows.activities.guard import unquoted
from leadworkflows.activities.heartbeat import beating

Once = Callable[[datetime], Awaitable[dict[str, int]]]
"""Does all of it, as of an instant; how much of each was done."""


def _now() -> datetime:
    return datetime.now(UTC)


class UpkeepActivities:
    """Safe to repeat: what was dropped is gone, and what is left is taken up again."""

    def __init__(self, once: Once, clock: Callable[[], datetime] = _now) -> None:
        self._once, self._clock = once, clock

    @activity.defn(name="upkeep")
    async def upkeep(self) -> dict[str, int]:
        """Drop what is over, finish erasures, count what is not counted; how much of each."""
        async with beating():
            with unquoted("upkeep"):
                return await self._once(self._clock())
