"""A whole installation as users run it: the API and a worker, each a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from leadworkflows.bench.api_process import api_process
from leadworkflows.bench.deliveries import SECRET
from leadworkflows.bench.vendors import Vendors
from leadworkflows.embedded import EmbeddedServer
from leadworkflows.serving import bind
from leadworkflows.settings import environment_of
from leadworkflows.store.migrate import upgrade

SLACK_TOKEN, SENDGRID_KEY = "xoxb-bench", "SG.bench"


@dataclass(frozen=True)
class Installation:
    """What runs, and where to reach it."""

    client: Client
    database_url: str
    vendors: Vendors
    api_port: int
    worker_pid: int
    temporal_pid: int
    metrics_url: str
    """Where the Temporal server tells its own counters."""


@asynccontextmanager
async def installation(folder: Path, database_url: str | None = None) -> AsyncIterator[Installation]:
    """The embedded server, an API and a worker on throw-away data, speaking to stand-ins of the vendors."""
    url = database_url or f"sqlite:///{folder / 'leadworkflows.db'}"
    temporal = folder / "temporal"
    await asyncio.to_thread(temporal.mkdir)
    await asyncio.to_thread(upgrade, url)
    async with AsyncExitStack() as stack:
        vendors = await stack.enter_async_context(Vendors())
        metrics = free_port()
        server = EmbeddedServer(temporal, 0, 0, ("--metrics-port", str(metrics)))
        await stack.enter_async_context(server)
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        worker = await stack.enter_async_context(worker_process(folder, url, server.address, vendors.url))
        api = await stack.enter_async_context(api_process(folder, url, SECRET))
        pid = int((temporal / "temporal.pid").read_text())
        yield Installation(client, url, vendors, api, worker, pid, f"http://127.0.0.1:{metrics}/metrics")


@asynccontextmanager
async def worker_process(folder: Path, database_url: str, temporal: str, vendors: str) -> AsyncIterator[int]:
    """`leadworkflows worker`, with nobody's settings but these; its process id."""
    environment = environment_of(
        DATABASE_URL=database_url,
        TEMPORAL_ADDRESS=temporal,
        SLACK_BOT_TOKEN=SLACK_TOKEN,
        SLACK_BASE_URL=f"{vendors}/api",
        SENDGRID_API_KEY=SENDGRID_KEY,
        SENDGRID_BASE_URL=vendors,
        FROM_EMAIL="bench@example.com",
    )
    async with python_process(folder, "worker.log", environment, "leadworkflows", "worker",
                              "--data-dir", str(folder)) as pid:  # fmt: skip
        yield pid


@asynccontextmanager
async def bare_process(folder: Path, running: Installation) -> AsyncIterator[None]:
    """A worker for the bare workflows beside the installation, on the same server and stand-ins."""
    address = running.client.service_client.config.target_host
    where = ("leadworkflows.bench.bare", address, running.vendors.url)
    async with python_process(folder, "bare.log", environment_of(), *where):
        yield


@asynccontextmanager
async def beside_bare_workflows() -> AsyncIterator[Installation]:
    """An installation on throw-away data, and bare workflows on the same server and stand-ins."""
    with TemporaryDirectory(prefix="leadworkflows-bench-") as name:
        folder = Path(name)
        async with installation(folder) as running, bare_process(folder, running):
            yield running


@asynccontextmanager
async def python_process(
    folder: Path, log: str, environment: Mapping[str, str], module: str, *arguments: str
) -> AsyncIterator[int]:
    """`python -m module …` within the context; its process id. It is asked to end, and waited for."""
    with (folder / log).open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments,
            cwd=folder, env=dict(environment), stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with bind("127.0.0.1", 0) as probe:
        return int(probe.getsockname()[1])


def resident_mb(pid: int) -> float:
    """The memory that a process holds, in MB, as `ps` tells it on every system."""
    shown = subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)  # noqa: S603, S607
    return int(shown) / 1024
