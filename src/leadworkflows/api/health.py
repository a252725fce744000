"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.metrics import Gauges, age
from leadworkflows.api.parts import Parts, PartsGiven
from leadworkflows.api.problems import unavailable
from leadworkflows.domain.decisions import iso
from leadworkflows.store.errors import StoreError

_log = structlog.get_logger(__name__)
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
    """The store takes events. Temporal may be away: the inbox holds what it is to be told.

    `down` names what does not answer. `backlog` counts what was not handed on yet; `oldest_waiting` is since
    when one of them could have been, and null while all of them may still wait for others.
    """

    status: str = "ready"
    down: list[str]
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
    """Whether events can be taken, and which dependency is down.

    503 when the store cannot be reached, not when Temporal is away; either is named in `down`.
    """
    temporal = "ok" if await _temporal_answers(deps) else "away"
    down = [] if temporal == "ok" else ["temporal"]
    try:
        oldest, backlog = await deps.store.inbox.oldest_waiting(), await deps.store.inbox.backlog()
    except StoreError as error:
        _log.error("store_unavailable", error=type(error).__name__)
        problem = unavailable(f"Not ready: {' and '.join(['the store', *down])} cannot be reached.")
        problem.members = {"down": ["store", *down], "store": "away", "temporal": temporal}
        raise problem from None
    return Ready(
        down=down,
        temporal=temporal,
        policy=deps.policy_id,
        backlog=backlog,
        oldest_waiting=iso(oldest) if oldest and oldest <= deps.clock() else None,
    )


@router.get("/metrics", response_class=Response, responses=_EXPOSITION)
async def metrics(deps: Deps, parts: PartsGiven) -> Response:
    """Counters of this process and what stands in the store, for Prometheus. The store may be away."""
    return Response(parts.metrics.exposition(await _gauges(deps, parts)), media_type=CONTENT_TYPE_LATEST)


async def _gauges(deps: ApiDeps, parts: Parts) -> Gauges:
    now = deps.clock()
    try:
        standing = await parts.counted.standing(now)
        return Gauges(
            oldest_s=age(await deps.store.inbox.oldest_waiting(), now),
            backlog=await deps.store.inbox.backlog(),
            quarantine=await deps.store.quarantine.count(),
            standing=standing,
            erasing_s=age(standing.erasing_since, now),
        )
    except StoreError:
        return Gauges()


async def _temporal_answers(deps: ApiDeps) -> bool:
    try:
        async with asyncio.timeout(TEMPORAL_TIMEOUT_S):
            return await deps.temporal_ready()
    except TimeoutError:
        return False
