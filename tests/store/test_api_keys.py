"""Keys to the API: made, listed, revoked, never shown again."""

from __future__ import annotations

from datetime import date

import pytest

from leadworkflows.store import StoreConflict
from leadworkflows.store.api_keys import ApiKey
from tests.store.given import MINUTE, NOON


def key(key_id: str, *scopes: str, minutes: int = 0) -> ApiKey:
    return ApiKey(key_id, "crm", frozenset(scopes), "d" * 64, NOON + minutes * MINUTE)


async def test_keys_come_back_as_they_were_kept_oldest_first(store):
    younger, older = key("bb", "read", "ingest", minutes=1), key("aa", "command")
    await store.api_keys.add(younger)
    await store.api_keys.add(older)
    assert await store.api_keys.all() == [older, younger]


async def test_an_id_is_given_once(store):
    await store.api_keys.add(key("aa", "read"))
    with pytest.raises(StoreConflict):
        await store.api_keys.add(key("aa", "command"))
    assert [each.scopes for each in await store.api_keys.all()] == [{"read"}]


async def test_a_revoked_key_stays_known_with_the_first_time_it_was_revoked(store):
    await store.api_keys.add(key("aa", "read"))
    await store.api_keys.add(key("bb", "read"))
    assert await store.api_keys.revoke("aa", NOON)
    assert await store.api_keys.revoke("aa", NOON + MINUTE)
    assert [each.revoked_at for each in await store.api_keys.all()] == [NOON, None]


async def test_a_key_that_is_not_there_cannot_be_revoked(store):
    assert not await store.api_keys.revoke("nobody", NOON)


async def test_the_day_of_its_last_use_is_kept(store):
    await store.api_keys.add(key("aa", "read"))
    await store.api_keys.used("aa", date(2026, 3, 2))
    (found,) = await store.api_keys.all()
    assert found.last_used_on == date(2026, 3, 2)
