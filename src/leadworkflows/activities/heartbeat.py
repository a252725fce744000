"""Tells Temporal that an attempt is alive, so that one whose worker was killed is soon tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

EVERY_S = 2.0


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Heartbeats while the context lasts; a short attempt ends before the first."""
    task = asyncio.create_task(_beat())
    try:
        yield
    finally:
        task.cancel()


async def _beat() -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        activity.heartbeat()
