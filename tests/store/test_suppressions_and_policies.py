"""Who must not be written to, and which policy counts."""

from __future__ import annotations

import pytest

from leadworkflows.store import StoreError
from tests.store.given import ADA, MINUTE, NOON


async def test_a_suppressed_address_keeps_its_first_reason_in_any_spelling(store):
    await store.suppressions.add("Ada@Example.com ", "unsubscribed", NOON)
    await store.suppressions.add(ADA, "email_bounced", NOON + MINUTE)
    assert await store.suppressions.reason(ADA) == "unsubscribed"
    assert await store.suppressions.reason("ADA@example.com") == "unsubscribed"


async def test_an_address_nobody_suppressed_may_be_written_to(store):
    assert await store.suppressions.reason(ADA) is None


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
