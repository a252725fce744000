"""`/healthz` and `/readyz`."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.domain.decisions import iso

router = APIRouter(tags=["health"])
TEMPORAL_TIMEOUT_S = 2.0


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


async def _temporal_answers(deps: ApiDeps) -> bool:
    try:
        async with asyncio.timeout(TEMPORAL_TIMEOUT_S):
            return await deps.temporal_ready()
    except TimeoutError:
        return False
