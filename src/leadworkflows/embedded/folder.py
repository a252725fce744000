"""Who may run on a data folder: one instance, and one server.

Two servers on one data file both start, and corrupt each other's work: nothing in the binary prevents
it. So each holds a locked file here, and the operating system lets go of the lock when its holder
ends, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from pathlib import Path

from leadworkflows.embedded.errors import DataInUse

POLL_S = 0.05


class DataFolder:
    """The claim of this process on a data folder, from `claim` to `release`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.took_over = False
        """Whether a server that a killed instance had left behind was ended first."""
        self._open_files = contextlib.ExitStack()

    async def claim(self, patience_s: float) -> int:
        """Hold the folder; returns the descriptor of the lock that the server is to inherit.

        Raises `DataInUse` where another instance lives. A server whose instance is gone is ended:
        it has `patience_s` seconds for each of going by itself, heeding SIGTERM, and SIGKILL.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _locked(self._open("instance.lock")):
            raise DataInUse(f"Another leadworkflows runs on {self.path}: stop it, or choose --data-dir.")
        server_lock = self._open("temporal.pid")
        if not _locked(server_lock):
            self.took_over = True
            await self._end_orphan(server_lock, patience_s)
        return server_lock

    def release(self) -> None:
        """Let go of the folder. The server's own lock lasts for as long as the server does."""
        self._open_files.close()

    async def _end_orphan(self, server_lock: int, patience_s: float) -> None:
        # The watchdog ends it within moments, unless that was killed too: then we do its work. The
        # number in the file is of the process that holds the lock, so it cannot be a stranger's.
        for sign in (None, signal.SIGTERM, signal.SIGKILL):
            if sign is not None:
                with contextlib.suppress(ProcessLookupError, ValueError):
                    os.kill(int(os.pread(server_lock, 32, 0)), sign)
            if await _locked_within(server_lock, patience_s):
                return
        raise DataInUse(f"A Temporal server left behind on {self.path} does not end: stop it by hand.")

    def _open(self, name: str) -> int:
        descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o600)
        self._open_files.callback(os.close, descriptor)
        return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _locked_within(descriptor: int, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not _locked(descriptor):  # noqa: ASYNC110  a lock has no event to wait for
                await asyncio.sleep(POLL_S)
            return True
    return False
