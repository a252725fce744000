"""The HTTP server inside a process that does other things too."""

from __future__ import annotations

import asyncio
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


class _QuietServer(uvicorn.Server):
    """Leaves signals to the process that it is a part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: FastAPI, listening: socket.socket) -> AsyncIterator[None]:
    """The API answers within the context; requests under way are finished on leaving it."""
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE_S)
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells of its start by a flag
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task
