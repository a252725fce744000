"""From the POST of a demo request of a new lead to the request at Slack's stand-in, while all is idle.

Ours and a bare workflow take turns in one run, so that what slows the machine slows both.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from pydantic import BaseModel

from leadworkflows.bench import bare
from leadworkflows.bench.deliveries import demo_requests
from leadworkflows.bench.load import run_load
from leadworkflows.bench.processes import Installation
from leadworkflows.bench.vendors import SLACK

_WARM = 5
_QUIET_S = 0.25
"""Between two turns: what the one before left to do is done."""


class HandoffFigures(BaseModel):
    """Milliseconds to the request at Slack; `handoff_ratio` is ours to the bare one's, by the medians."""

    handoff_p50_ms: float
    handoff_p95_ms: float
    bare_p50_ms: float
    bare_p95_ms: float
    handoff_ratio: float
    turns: int


async def measure_handoff(running: Installation, turns: int, tell: Callable[[str], None]) -> HandoffFigures:
    """So many turns of each. Raises LoadRefused, TimeoutError, and Temporal's errors."""
    ours, bares, warm = list[float](), list[float](), min(turns, _WARM)
    for turn in range(warm + turns):
        mine, other = await _ours(running), await _bare(running)
        if turn >= warm:
            ours.append(mine)
            bares.append(other)
    figures = _figures(sorted(ours), sorted(bares))
    tell(f"handed off in {figures.handoff_p50_ms:.0f} ms, {figures.handoff_ratio:.2f} of a bare workflow")
    return figures


async def _ours(running: Installation) -> float:
    [request] = demo_requests(1)
    return await _turn(running, run_load(running.api_port, [request], 1))


async def _bare(running: Installation) -> float:
    key = uuid4().hex
    start = running.client.start_workflow(bare.BareAlert.run, key, id=key, task_queue=bare.QUEUE)
    return await _turn(running, start)


async def _turn(running: Installation, start: Awaitable[object]) -> float:
    before = len(running.vendors.calls[SLACK])
    await asyncio.sleep(_QUIET_S)
    began = time.perf_counter()
    starting = asyncio.ensure_future(start)
    arrived = await running.vendors.called(SLACK, before + 1)
    await starting
    return (arrived - began) * 1000


def _figures(ours: list[float], bares: list[float]) -> HandoffFigures:
    mine, other = statistics.median(ours), statistics.median(bares)
    return HandoffFigures(
        handoff_p50_ms=round(mine, 1),
        handoff_p95_ms=round(_p95(ours), 1),
        bare_p50_ms=round(other, 1),
        bare_p95_ms=round(_p95(bares), 1),
        handoff_ratio=round(mine / other, 2),
        turns=len(ours),
    )


def _p95(ordered: list[float]) -> float:
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
