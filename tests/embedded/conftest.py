"""An instance of the embedded server in a process of its own, to be killed as a user's machine would."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

INSTANCE = """
import asyncio, sys
from pathlib import Path
from leadworkflows.embedded import EmbeddedServer

async def run():
    async with EmbeddedServer(Path(sys.argv[1]), 0, 0) as server:
        print(server.address, flush=True)
        await asyncio.get_running_loop().create_future()

asyncio.run(run())
"""


class Instance:
    """A process that runs the embedded server on a data folder until it is killed."""

    def __init__(self, process: subprocess.Popen[str], data_dir: Path) -> None:
        assert process.stdout is not None
        self.process = process
        self.address = process.stdout.readline().strip()
        self.server_pid = int((data_dir / "temporal.pid").read_text())
        self.watchdog_pid = parent_of(self.server_pid)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def parent_of(pid: int) -> int:
    return int(subprocess.check_output(["ps", "-o", "ppid=", "-p", str(pid)], text=True))


def lives(pid: int) -> bool:
    """Whether the process runs: one that ended and that nobody has collected does not."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(shown.strip()) and not shown.strip().startswith("Z")


async def ends_within(pid: int, seconds: float) -> bool:
    async with asyncio.timeout(seconds):
        while lives(pid):
            await asyncio.sleep(0.05)
    return True


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def instance(data_dir: Path) -> Iterator[Instance]:
    process = subprocess.Popen(
        [sys.executable, "-c", INSTANCE, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    running = Instance(process, data_dir)
    yield running
    running.kill()
    for pid in (running.watchdog_pid, running.server_pid):
        if lives(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
async def taken_port() -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def bin_without_temporal(tmp_path: Path) -> Path:
    """A folder with a Python and nothing beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").symlink_to(shutil.which(sys.executable) or sys.executable)
    return folder
