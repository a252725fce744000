"""A token opens one person's preferences, and nobody can make one."""

from __future__ import annotations

import asyncio
import base64
import re

from leadworkflows.store import Store, migrate
from tests.store.given import ADA, BOB, MINUTE, NOON, accept, form, lead_of, page

CRM = {"crm": "62515-1"}


async def test_a_token_leads_to_its_lead_and_stays_the_same(store):
    ada, bob = await lead_of(store), await lead_of(store, BOB)
    token = await store.links.token(ada)
    assert await store.links.lead_of(token) == ada
    assert await store.links.token(ada) == token != await store.links.token(bob)
    assert re.fullmatch(r"[A-Za-z0-9_-]{60,100}", token)


async def test_a_token_holds_nothing_of_the_person(store):
    token = await store.links.token(await lead_of(store))
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).lower()
    assert b"example" not in raw
    assert b"@" not in raw[24:]


async def test_no_bit_of_a_token_can_be_changed(store):
    ada, bob = await lead_of(store), await lead_of(store, BOB)
    token = await store.links.token(ada)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for bit in range(len(raw) * 8):
        forged = bytearray(raw)
        forged[bit // 8] ^= 1 << bit % 8
        assert await store.links.lead_of(base64.urlsafe_b64encode(forged).decode().rstrip("=")) is None
    for n in range(len(token)):
        assert (
            await store.links.lead_of(token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :]) is None
        )
    stolen = raw[:24] + bob.encode()
    assert await store.links.lead_of(base64.urlsafe_b64encode(stolen).decode().rstrip("=")) is None


async def test_a_token_is_read_in_one_spelling_alone(store):
    token = await store.links.token(await lead_of(store))
    odd = ["", "x", "=", token + "=", token + "\n", " " + token, token[:-1], token * 2, "é" + token, "%" * 90]
    assert [await store.links.lead_of(each) for each in odd] == [None] * len(odd)


async def test_a_token_of_a_lead_that_is_not_there_leads_nowhere(store):
    assert await store.links.lead_of(await store.links.token("0" * 32)) is None


async def test_the_token_of_a_merged_lead_leads_to_the_one_that_goes_on(store):
    await accept(store, form("old-1", email="ada@old.example", vendor_ids=CRM), at=NOON)
    await accept(store, form("ada-1"), at=NOON + MINUTE)
    winner, loser = await lead_of(store, "ada@old.example"), await lead_of(store, ADA)
    token = await store.links.token(loser)
    await accept(store, page("says-so", email=ADA, vendor_ids=CRM), at=NOON + MINUTE)
    assert await store.links.lead_of(token) == winner


async def test_processes_that_start_together_agree_on_the_secret(four_stores):
    tokens = await asyncio.gather(*(each.links.token("0" * 32) for each in four_stores * 5))
    assert len(set(tokens)) == 1


async def test_another_database_makes_other_tokens(url, tmp_path):
    other = f"sqlite:///{tmp_path / 'other.db'}"
    migrate.upgrade(other)
    async with Store.open(url) as one, Store.open(other) as two:
        assert await one.links.token("0" * 32) != await two.links.token("0" * 32)
