"""Whether this worker's release is the current one, for `GET /metrics`.

A new release that nobody activated works no lead, and an old one that nobody stopped costs a machine: both
are seen from the worker alone.
"""

from __future__ import annotations

import asyncio

from temporalio.service import RPCError

from leadworkflows import tally
from leadworkflows.releases import Releases

_AGAIN_S = 60.0


class ReleaseWatch:
    """Asks once a minute. While Temporal is away, what was known stands."""

    def __init__(self, releases: Releases, build_id: str) -> None:
        self._releases, self._build_id = releases, build_id

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_AGAIN_S)

    async def look(self) -> None:
        """Ask once. Before any release is current nothing is shown."""
        try:
            current = await self._releases.current()
        except (RPCError, RuntimeError):  # a refused connection is a RuntimeError in the SDK
            return
        if current is not None:
            tally.RELEASE_CURRENT.labels(self._build_id).set(current == self._build_id)
