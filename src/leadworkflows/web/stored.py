"""Policies as pages read them."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from leadworkflows.domain.policy import Policy
from leadworkflows.store import Store
from leadworkflows.web.moments import zone_named


async def stored_policy(store: Store, policy_id: str | None) -> Policy | None:
    """The policy that a lead follows; None where an older version's cannot be read any more."""
    body = await store.policies.get(policy_id) if policy_id else None
    try:
        return _read(body) if body else None
    except ValidationError:
        return None


async def active_policy(store: Store) -> Policy | None:
    """The policy that is active; None where none is."""
    return await stored_policy(store, await store.policies.active())


async def company_zone(store: Store) -> ZoneInfo:
    """Where the company is: the zone of the active policy's calendar, else UTC."""
    policy = await active_policy(store)
    return zone_named(policy.calendar.zone if policy else None)


@lru_cache(maxsize=8)
def _read(body: str) -> Policy:
    return Policy.model_validate_json(body)
