"""The API as users run it: a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from leadworkflows.serving import bind
from leadworkflows.settings import environment_of

_PATIENCE_S = 60.0


class ApiNotStarted(Exception):
    """The API process ended, or did not answer in time. The message says where its log is."""


@asynccontextmanager
async def api_process(folder: Path, database_url: str, secret: str) -> AsyncIterator[int]:
    """`leadworkflows api` on a free port, with nobody's settings but these. Raises ApiNotStarted."""
    with bind("127.0.0.1", 0) as probe:
        port = int(probe.getsockname()[1])
    log = folder / "api.log"
    environment = environment_of(DATABASE_URL=database_url, SOURCES__STANDARD__SECRETS=secret)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "leadworkflows", "api", "--port", str(port), "--data-dir", str(folder),
            cwd=folder, env=environment, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        await _answering(process, port, log)
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answering(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_S), httpx.AsyncClient() as client:
            while not await _answers(client, port):
                if process.returncode is not None:
                    raise ApiNotStarted(f"the API ended with status {process.returncode}: {_last(log)}")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise ApiNotStarted(f"the API did not answer within {_PATIENCE_S:g} s: {_last(log)}") from None


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/healthz")).is_success
    except httpx.TransportError:
        return False


def _last(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it wrote nothing"
