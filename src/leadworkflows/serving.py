"""The HTTP server inside a process that does other things too."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

_GRACE_S = 5


class AddressTaken(Exception):
    """Another process listens on the API's port."""


def bind(host: str, port: int) -> socket.socket:
    """A socket for the API; port 0 takes a free one. Raises AddressTaken with one line."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise AddressTaken(
            f"Port {port} on {host} cannot be used ({error.strerror}): choose another with --port."
        ) from None
    return listening


def collect_seldom() -> None:
    """Look for garbage cycles seldom, and never among what was loaded at the start. For an API alone.

    A request makes hundreds of short-lived objects and no cycles to speak of: with the usual thresholds
    a quarter of the time goes into looking, and the longest answers wait for it. A workflow that leaves
    a worker's cache is made of cycles: 10,000 of them would be half a gigabyte.
    """
    leave_the_start_alone()
    gc.set_threshold(50_000, 20, 50)


def leave_the_start_alone() -> None:
    """Look for garbage cycles never among what was loaded at the start, which stays."""
    gc.collect()
    gc.freeze()


def fast_loop() -> asyncio.AbstractEventLoop:
    """An event loop for serving HTTP: uvloop's where it runs, else the usual one."""
    try:
        import uvloop  # noqa: PLC0415 - not for Windows
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class _QuietServer(uvicorn.Server):
    """Leaves signals to the process that it is a part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: FastAPI, listening: socket.socket) -> AsyncIterator[None]:
    """The API answers within the context; requests under way are finished on leaving it."""
    # Its own log_config would take its lines away from ours, which are JSON and quote nobody.
    config = uvicorn.Config(
        app, log_config=None, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE_S
    )
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells of its start by a flag
            await asyncio.sleep(0.01)
        yield
    finally:
        for close in getattr(app.state, "closing", ()):  # answers that go on until they are told to end
            close()
        server.should_exit = True
        await task
