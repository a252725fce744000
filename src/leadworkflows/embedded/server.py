"""Starts the server, waits until it answers, and stops it.

    async with EmbeddedServer(data_dir, temporal_port=7233, ui_port=8233) as server:
        client = await Client.connect(server.address)

Workflows live in one SQLite file in the data folder and survive a restart. The server runs in a
session of its own, so that the Ctrl-C that asks us to stop does not take it away before the worker
has drained; the watchdog sees to it that it never outlives us.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from temporalio.client import Client
from temporalio.service import RPCError

from leadworkflows.embedded import watchdog
from leadworkflows.embedded.attributes import INDEXED_TYPES, register
from leadworkflows.embedded.command import HOST, arguments, find_binary
from leadworkflows.embedded.errors import ServerEnded, StartFailed
from leadworkflows.embedded.folder import DataFolder
from leadworkflows.embedded.ports import settle

START_TIMEOUT_S = 30.0
START_ATTEMPTS = 3
STOP_TIMEOUT_S = watchdog.GRACE_S + 2.0
ORPHAN_PATIENCE_S = STOP_TIMEOUT_S
POLL_S = 0.05


class EmbeddedServer:
    """The Temporal server and its UI on a data folder, while the context lasts.

    A port of 0 takes a free one; `address` and `ui_url` say which. `extra_args` are further arguments
    of `temporal server start-dev`. Entering raises an `EmbeddedServerError` where it cannot start.
    """

    def __init__(
        self, data_dir: Path, temporal_port: int = 7233, ui_port: int = 8233, extra_args: Sequence[str] = ()
    ) -> None:
        self.temporal_port = temporal_port
        self.ui_port = ui_port
        self.log_path = data_dir / "temporal.log"
        """What the server wrote since it started; what the one before wrote is `.previous.log`."""
        self._folder = DataFolder(data_dir)
        self._extra_args = extra_args
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """Where clients and workers connect."""
        return f"{HOST}:{self.temporal_port}"

    @property
    def ui_url(self) -> str:
        """The address of Temporal's own pages."""
        return f"http://{HOST}:{self.ui_port}"

    @property
    def took_over(self) -> bool:
        """Whether a server that a killed instance had left behind was ended first."""
        return self._folder.took_over

    async def __aenter__(self) -> Self:
        binary = find_binary()
        try:
            server_lock = await self._folder.claim(ORPHAN_PATIENCE_S)
            await self._start_on_free_ports(binary, server_lock)
        except BaseException:
            await self.stop()
            raise
        return self

    async def _start_on_free_ports(self, binary: Path, server_lock: int) -> None:
        """Start, and once more where another process took a port between our looking and its binding."""
        wanted = {"--temporal-port": self.temporal_port, "--ui-port": self.ui_port}
        for attempt in range(1, START_ATTEMPTS + 1):
            self.temporal_port, self.ui_port = settle(wanted)
            await self._start(binary, server_lock)
            try:
                await self._wait_until_it_answers()
            except StartFailed:
                if attempt == START_ATTEMPTS or not self._lost_a_port():
                    raise
                self._process = None  # it has ended
            else:
                return

    def _lost_a_port(self) -> bool:
        return "address already in use" in self.log_path.read_text(errors="replace")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End the server: asked first, killed when it does not heed. Harmless when repeated."""
        process, self._process = self._process, None
        try:
            if process is not None and process.stdin is not None:
                process.stdin.close()
                await _ended(process)
        finally:
            self._folder.release()

    async def watch(self) -> None:
        """Wait until the server is stopped; raise `ServerEnded` if it ends by itself."""
        process = self._process
        if process is None:
            return
        await process.wait()
        if self._process is process:
            raise ServerEnded(f"The embedded Temporal server ended by itself: see {self.log_path}.")

    async def _start(self, binary: Path, server_lock: int) -> None:
        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_suffix(".previous.log"))
        database = self.log_path.with_name("temporal.db")
        with self.log_path.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", watchdog.__file__, str(server_lock), str(binary)),
                *arguments(database, self.temporal_port, self.ui_port),
                *self._extra_args,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[server_lock],
                start_new_session=True,
            )

    async def _wait_until_it_answers(self) -> None:
        answers, ends = asyncio.create_task(self._answers()), asyncio.create_task(self.watch())
        try:
            await asyncio.wait({answers, ends}, timeout=START_TIMEOUT_S, return_when="FIRST_COMPLETED")
            if not answers.done():
                raise self._start_failed(ended=ends.done())
            await answers
        finally:
            answers.cancel()
            ends.cancel()
            await asyncio.gather(answers, ends, return_exceptions=True)

    async def _answers(self) -> None:
        """Return once the server takes requests and filters by our search attributes."""
        client = await self._connected()
        await register(client)
        query = " AND ".join(f"{name} IS NULL" for name in INDEXED_TYPES)
        while True:
            with contextlib.suppress(RPCError):
                await client.count_workflows(query)
                return
            await asyncio.sleep(POLL_S)

    async def _connected(self) -> Client:
        while True:
            # A refused connection is a RuntimeError in the SDK.
            with contextlib.suppress(RuntimeError, RPCError):
                client = await Client.connect(self.address)
                await client.count_workflows()
                return client
            await asyncio.sleep(POLL_S)

    def _start_failed(self, *, ended: bool) -> StartFailed:
        lines = self.log_path.read_text(errors="replace").split("\n")
        said = next((f" ({line.strip()})" for line in lines if line.startswith("Error:")), "")
        what = "ended while starting" if ended else f"did not answer within {START_TIMEOUT_S:.0f} s"
        return StartFailed(f"The embedded Temporal server {what}{said}: see {self.log_path}.")


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the watchdog, and kill its whole session when it takes longer than it may."""
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
