"""Policies as pages read them."""

from __future__ import annotations

from functools import lru_cache

from pydantic import ValidationError

from leadworkflows.domain.policy import Policy
from leadworkflows.store import Store


async def stored_policy(store: Store, policy_id: str | None) -> Policy | None:
    """The policy that a lead follows; None where an older version's cannot be read any more."""
    body = await store.policies.get(policy_id) if policy_id else None
    try:
        return _read(body) if body else None
    except ValidationError:
        return None


@lru_cache(maxsize=8)
def _read(body: str) -> Policy:
    return Policy.model_validate_json(body)
