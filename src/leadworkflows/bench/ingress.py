"""The ingress on this machine: acknowledging signed webhooks, beside what Temporal does by itself.

Rounds alternate, so that a machine that grows slower does so for both; what is told is the median.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from leadworkflows.bench.api_process import api_process
from leadworkflows.bench.deliveries import SECRET, signed_requests
from leadworkflows.bench.engine import starts_per_s
from leadworkflows.bench.handing_on import handed_on_per_s
from leadworkflows.bench.load import Load, run_load
from leadworkflows.embedded import EmbeddedServer
from leadworkflows.store.migrate import upgrade
from leadworkflows.store.store import Store

_LEADS, _VIEWS = 100, 10
"""What is handed on in a run of 1,000 deliveries or more; a smaller run hands on less."""


class IngressFigures(BaseModel):
    """What was measured, medians over the rounds. Rates are a second, latencies in milliseconds."""

    ack_per_s: float
    ack_p50_ms: float
    ack_p99_ms: float
    engine_per_s: float
    ack_ratio: float
    """Webhooks acknowledged for each workflow that bare Temporal starts."""
    handed_on_per_s: float
    """Events handed on one by one."""
    handed_on_gathered_per_s: float
    connections: int
    deliveries: int
    rounds: int
    database: str
    cpus: int


async def measure(
    deliveries: int, connections: int, rounds: int, database_url: str | None, tell: Callable[[str], None]
) -> IngressFigures:
    """Start an API process and a Temporal server on throw-away data, and measure both in turns.

    `database_url` names an empty database; without it a SQLite file is made. Raises LoadRefused,
    ApiNotStarted, and the errors of the store and of the embedded server.
    """
    with TemporaryDirectory(prefix="leadworkflows-bench-") as name:
        folder = Path(name)
        url = database_url or f"sqlite:///{folder / 'leadworkflows.db'}"
        alone, together = await _handing_on(folder, url, min(_LEADS, deliveries // 10), tell)
        loads, starts = list[Load](), list[float]()
        for number in range(1, rounds + 1):
            loads.append(await _acknowledged(folder, url, deliveries, connections))
            tell(f"round {number}: {loads[-1].per_s:,.0f} webhooks acknowledged a second")
            starts.append(await _started(folder / f"temporal-{number}", deliveries // 10, connections))
            tell(f"round {number}: {starts[-1]:,.0f} workflows started a second by bare Temporal")
    ack, engine = statistics.median(load.per_s for load in loads), statistics.median(starts)
    return IngressFigures(
        ack_per_s=round(ack, 1),
        ack_p50_ms=round(statistics.median(load.percentile_ms(0.50) for load in loads), 2),
        ack_p99_ms=round(statistics.median(load.percentile_ms(0.99) for load in loads), 2),
        engine_per_s=round(engine, 1),
        ack_ratio=round(ack / engine, 2),
        handed_on_per_s=round(alone, 1),
        handed_on_gathered_per_s=round(together, 1),
        connections=connections,
        deliveries=deliveries,
        rounds=rounds,
        database=url.partition(":")[0],
        cpus=os.cpu_count() or 1,
    )


async def _acknowledged(folder: Path, url: str, deliveries: int, connections: int) -> Load:
    async with api_process(folder, url, SECRET) as port:
        await run_load(port, signed_requests(deliveries // 10), connections)  # warm
        return await run_load(port, signed_requests(deliveries), connections)


async def _started(folder: Path, count: int, connections: int) -> float:
    async with _temporal(folder) as client:
        await starts_per_s(client, count // 10, connections)  # warm, as the other
        return await starts_per_s(client, count, connections)


async def _handing_on(folder: Path, url: str, leads: int, tell: Callable[[str], None]) -> tuple[float, float]:
    """Of so many leads, one by one and gathered."""
    await asyncio.to_thread(upgrade, url)
    async with _temporal(folder / "temporal") as client, Store.open(url) as store:
        alone = await handed_on_per_s(store, client, leads, _VIEWS, gathered=False)
        tell(f"{alone:,.0f} events handed on a second, one by one")
        together = await handed_on_per_s(store, client, leads, _VIEWS, gathered=True)
        tell(f"{together:,.0f} events handed on a second, gathered")
    return alone, together


@asynccontextmanager
async def _temporal(folder: Path) -> AsyncIterator[Client]:
    await asyncio.to_thread(folder.mkdir)
    async with EmbeddedServer(folder, 0, 0) as server:
        yield await Client.connect(server.address, data_converter=pydantic_data_converter)
