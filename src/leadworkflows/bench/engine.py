"""What Temporal does by itself: signal-with-start, with nobody at work behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from uuid import uuid4

from temporalio.client import Client


async def starts_per_s(client: Client, count: int, connections: int) -> float:
    """How many workflows, each with an id of its own, are started by a signal in a second."""
    rest = iter(range(count))
    started = time.perf_counter()
    await asyncio.gather(*(_start(client, rest) for _ in range(connections)))
    return count / (time.perf_counter() - started)


async def _start(client: Client, rest: Iterator[int]) -> None:
    for _ in rest:
        await client.start_workflow(
            "Bare", "x", id=uuid4().hex, task_queue="nobody", start_signal="events", start_signal_args=["x"]
        )
