"""What leads that sleep cost in memory: the worker's, and the server's.

A worker keeps the workflows that it saw last, up to a bound; memory up to there is no growth but use. So
leads are opened until that is full, and from there on the memory is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from pydantic import BaseModel

from leadworkflows.bench.processes import Installation, installation, resident_mb
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import FormFacts
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store.store import Store

_AT_ONCE = 500
_LOOK_S, _PATIENCE_S = 0.2, 900.0
_CACHE_SHARE = 1.5
"""How many times the cache's bound are opened before it counts as full."""


class SleepingFigures(BaseModel):
    """MB of resident memory: at the start, with the worker's cache full, and with all leads asleep.

    `worker_grew_mb` and `temporal_grew_mb` are per 10,000 leads, from the full cache on.
    """

    leads: int
    cache: int
    worker_start_mb: float
    worker_cache_full_mb: float
    worker_asleep_mb: float
    worker_grew_mb: float
    temporal_start_mb: float
    temporal_cache_full_mb: float
    temporal_asleep_mb: float
    temporal_grew_mb: float
    opened_per_s: float


async def measure_sleeping(leads: int, cache: int, tell: Callable[[str], None]) -> SleepingFigures:
    """Fill the cache of `cache` workflows, then open so many leads more, each by a form, and look."""
    filling = int(cache * _CACHE_SHARE)
    with TemporaryDirectory(prefix="leadworkflows-bench-") as name:
        async with installation(Path(name)) as running, Store.open(running.database_url) as store:
            await _open(store, 10)
            start = _memory(running)
            await _open(store, filling)
            full = _memory(running)
            tell(f"{filling} leads: worker {full[0]:.0f} MB, server {full[1]:.0f} MB")
            began = asyncio.get_running_loop().time()
            await _open(store, leads)
            took = asyncio.get_running_loop().time() - began
            asleep = _memory(running)
            tell(f"{filling + leads} leads: worker {asleep[0]:.0f} MB, server {asleep[1]:.0f} MB")
    share = 10_000 / leads
    return SleepingFigures(
        leads=leads,
        cache=cache,
        worker_start_mb=round(start[0], 1),
        worker_cache_full_mb=round(full[0], 1),
        worker_asleep_mb=round(asleep[0], 1),
        worker_grew_mb=round((asleep[0] - full[0]) * share, 1),
        temporal_start_mb=round(start[1], 1),
        temporal_cache_full_mb=round(full[1], 1),
        temporal_asleep_mb=round(asleep[1], 1),
        temporal_grew_mb=round((asleep[1] - full[1]) * share, 1),
        opened_per_s=round(leads / took, 1),
    )


def _memory(running: Installation) -> tuple[float, float]:
    return resident_mb(running.worker_pid), resident_mb(running.temporal_pid)


async def _open(store: Store, leads: int) -> None:
    """By a form each: it enters a sequence, and sleeps until the first mail."""
    for done in range(0, leads, _AT_ONCE):
        count = min(_AT_ONCE, leads - done)
        forms = [_form() for _ in range(count)]
        await store.inbox.accept("bench", forms, datetime.now(UTC), classify=lambda _: {})
        async with asyncio.timeout(_PATIENCE_S):
            while not await _all_asleep(store, count):  # noqa: ASYNC110 - another process works on them
                await asyncio.sleep(_LOOK_S)


async def _all_asleep(store: Store, newest: int) -> bool:
    leads, _ = await store.leads.find(limit=newest)
    return all(lead.snapshot and not lead.snapshot["pending_actions"] for lead in leads)


def _form() -> InboundEvent:
    return InboundEvent(
        delivery_id=uuid4().hex,
        type=EventType.FORM_SUBMITTED,
        identity=Identity(email=f"{uuid4().hex}@example.com"),
        facts=FormFacts(form="download", industry="fintech", employees=180),
    )
