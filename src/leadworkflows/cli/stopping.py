"""Runs something until Ctrl-C, SIGTERM, or its own end, and leaves it in good order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_stopped(
    context: AbstractAsyncContextManager[T],
    work: Callable[[T], Awaitable[None]],
    stopping: Callable[[], None],
) -> None:
    """Enter the context, work in it, and leave it when a signal asks for it.

    A signal that comes while the context is being entered abandons that; `stopping` is called once
    when the first signal arrives. A second one ends the process as if nothing caught it. What the
    context or the work raises by itself is raised.
    """
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    async def run() -> None:
        async with context as entered:
            try:
                await work(entered)
            except asyncio.CancelledError:
                if not asked.is_set():  # a worker that cannot go on cancels too, and raises why
                    raise

    task = asyncio.create_task(run())

    def ask() -> None:
        for each in SIGNALS:
            loop.remove_signal_handler(each)
        asked.set()
        stopping()
        task.cancel()

    for each in SIGNALS:
        loop.add_signal_handler(each, ask)
    try:
        await task
    except asyncio.CancelledError:
        if not asked.is_set():
            raise


async def for_ever(_: object) -> None:
    """Work of a process whose context does everything."""
    await asyncio.Event().wait()
