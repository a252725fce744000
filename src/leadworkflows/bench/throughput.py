"""Demo requests fully handled a second, beside a bare workflow that makes the same two calls.

Fully handled is: acknowledged, decided, mailed, told to Slack, and all of it on record.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

from pydantic import BaseModel

from leadworkflows.bench import bare
from leadworkflows.bench.deliveries import demo_requests
from leadworkflows.bench.load import run_load
from leadworkflows.bench.processes import Installation
from leadworkflows.bench.vendors import SENDGRID, SLACK
from leadworkflows.store.store import Store

_CONNECTIONS, _AT_ONCE = 16, 32
_LOOK_S = 0.05
_PATIENCE_S = 300.0


class ThroughputFigures(BaseModel):
    """Handled a second, medians over the rounds; `throughput_ratio` is ours to the bare one's."""

    handled_per_s: float
    bare_per_s: float
    throughput_ratio: float
    requests: int
    rounds: int


async def measure_throughput(
    running: Installation, requests: int, rounds: int, tell: Callable[[str], None]
) -> ThroughputFigures:
    """Rounds of so many requests each, ours and the bare ones in turns, after a small one to warm up."""
    ours, bares = list[float](), list[float]()
    async with Store.open(running.database_url) as store:
        for number in range(rounds + 1):
            count = requests if number else max(requests // 5, 1)
            mine, other = await _ours(running, store, count), await _bare(running, count)
            if number:
                ours.append(mine)
                bares.append(other)
                tell(f"round {number}: {mine:.1f} requests handled a second, {other:.1f} bare ones")
    mine, other = statistics.median(ours), statistics.median(bares)
    return ThroughputFigures(
        handled_per_s=round(mine, 1),
        bare_per_s=round(other, 1),
        throughput_ratio=round(mine / other, 2),
        requests=requests,
        rounds=rounds,
    )


async def _ours(running: Installation, store: Store, count: int) -> float:
    posted = len(running.vendors.calls[SLACK]) + count
    mailed = len(running.vendors.calls[SENDGRID]) + count
    requests = demo_requests(count)
    began = time.perf_counter()
    await run_load(running.api_port, requests, _CONNECTIONS)
    await running.vendors.called(SLACK, posted, _PATIENCE_S)
    await running.vendors.called(SENDGRID, mailed, _PATIENCE_S)
    while not await _all_recorded(store, count):  # noqa: ASYNC110 - another process records
        await asyncio.sleep(_LOOK_S)
    return count / (time.perf_counter() - began)


async def _all_recorded(store: Store, newest: int) -> bool:
    """Whether nothing is under way for the leads that came last."""
    leads, _ = await store.leads.find(limit=newest)
    return all(lead.snapshot and not lead.snapshot["pending_actions"] for lead in leads)


async def _bare(running: Installation, count: int) -> float:
    rest = iter(range(count))
    began = time.perf_counter()
    await asyncio.gather(*(_one_after_the_other(running, rest) for _ in range(_AT_ONCE)))
    return count / (time.perf_counter() - began)


async def _one_after_the_other(running: Installation, rest: Iterator[int]) -> None:
    for _ in rest:
        key = uuid4().hex
        await running.client.execute_workflow(bare.BareHandoff.run, key, id=key, task_queue=bare.QUEUE)
