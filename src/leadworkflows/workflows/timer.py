"""One lazy timer: it is set again only for an earlier due time, never for a later one."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

_MARGIN = timedelta(milliseconds=1)
"""Temporal counts timers in milliseconds: fire just after the due time, never just before."""


class LazyTimer:
    """Wakes a workflow. Firing says only "look again": the real due time is compared then.

    An event that moves the due time later leaves the timer as it is, which saves two commands an
    event; a wake-up too early costs one look.
    """

    def __init__(self) -> None:
        self.fired = False
        self._due: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def arm(self, due: datetime | None, summary: str) -> None:
        """See to it that the timer fires at `due` or before."""
        if due is None or (self._due is not None and self._due <= due):
            return
        if self._task is not None:
            self._task.cancel()
        self._due = due
        self._task = asyncio.create_task(self._sleep(due, summary))

    def disarm(self) -> None:
        """Forget a timer that has fired."""
        self.fired = False

    async def _sleep(self, due: datetime, summary: str) -> None:
        delay = due - workflow.now() + _MARGIN
        await workflow.sleep(max(delay, _MARGIN), summary=summary)
        self.fired, self._due, self._task = True, None, None
