"""Which policy counts."""

from __future__ import annotations

import pytest

from leadworkflows.store import StoreError
from tests.store.given import NOON


async def test_a_policy_is_kept_as_it_was_first_saved(store):
    await store.policies.save("default-1a2b", "default", '{"version": 1}', NOON)
    await store.policies.save("default-1a2b", "default", '{"version": 2}', NOON)
    assert await store.policies.get("default-1a2b") == '{"version": 1}'
    assert await store.policies.get("unknown") is None


async def test_the_policy_activated_last_is_the_active_one(store):
    assert await store.policies.active() is None
    for name in ("one", "two"):
        await store.policies.save(name, name, "{}", NOON)
    for name in ("one", "two", "one"):
        await store.policies.activate(name, NOON, by="ops")
    assert await store.policies.active() == "one"


async def test_a_policy_that_is_not_saved_cannot_be_activated(store):
    with pytest.raises(StoreError, match="not saved"):
        await store.policies.activate("unknown", NOON, by="ops")
    assert await store.policies.active() is None
