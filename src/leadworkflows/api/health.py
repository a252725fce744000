"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.metrics import Gauges
from leadworkflows.api.parts import PartsGiven
from leadworkflows.domain.decisions import iso
from leadworkflows.store.errors import StoreError

router = APIRouter(tags=["health"])
TEMPORAL_TIMEOUT_S = 2.0
_EXPOSITION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The text format of Prometheus",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


class Healthy(BaseModel):
    """The process answers."""

    status: str = "ok"


class Ready(BaseModel):
    """The store takes events. Temporal may be away: the inbox holds what it is to be told."""

    status: str = "ready"
    store: str = "ok"
    temporal: str
    policy: str
    backlog: int
    oldest_waiting: str | None


@router.get("/healthz")
async def healthz() -> Healthy:
    """Whether the process answers."""
    return Healthy()


@router.get("/readyz")
async def readyz(deps: Deps) -> Ready:
    """Whether events can be taken: 503 when the store cannot be reached, not when Temporal is away."""
    oldest = await deps.store.inbox.oldest_waiting()
    return Ready(
        temporal="ok" if await _temporal_answers(deps) else "away",
        policy=deps.policy_id,
        backlog=await deps.store.inbox.backlog(),
        oldest_waiting=iso(oldest) if oldest else None,
    )


@router.get("/metrics", response_class=Response, responses=_EXPOSITION)
async def metrics(deps: Deps, parts: PartsGiven) -> Response:
    """Counters of this process and what waits in the store, for Prometheus. The store may be away."""
    return Response(parts.metrics.exposition(await _gauges(deps)), media_type=CONTENT_TYPE_LATEST)


async def _gauges(deps: ApiDeps) -> Gauges:
    try:
        oldest = await deps.store.inbox.oldest_waiting()
        return Gauges(
            oldest_s=max(0.0, (deps.clock() - oldest).total_seconds()) if oldest else 0.0,
            backlog=await deps.store.inbox.backlog(),
            quarantine=await deps.store.quarantine.count(),
        )
    except StoreError:
        return Gauges()


async def _temporal_answers(deps: ApiDeps) -> bool:
    try:
        async with asyncio.timeout(TEMPORAL_TIMEOUT_S):
            return await deps.temporal_ready()
    except TimeoutError:
        return False
