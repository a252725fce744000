"""Findings of the funnel watch: one open at a time for each subject."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.store.given import NOON

SUBJECT = "A1 mql-sql channel=linkedin"
LATER = NOON + timedelta(days=3)


async def found(store, subject=SUBJECT, at=NOON):
    return await store.findings.open("A1", subject, "MQL to SQL fell to 12%", {"now": 0.12, "n": 140}, at)


async def test_what_is_found_again_is_opened_once(store):
    assert await found(store)
    assert not await found(store, at=LATER)
    (one,) = await store.findings.opened()
    assert (one.code, one.subject, one.summary) == ("A1", SUBJECT, "MQL to SQL fell to 12%")
    assert (one.figures, one.opened_at, one.closed_at) == ({"now": 0.12, "n": 140}, NOON, None)


async def test_of_four_processes_that_find_the_same_one_opens_it(four_stores):
    opened = await asyncio.gather(*(found(store) for store in four_stores))
    assert sorted(opened) == [False, False, False, True]


async def test_what_has_recovered_can_be_found_anew(store):
    await found(store)
    assert await store.findings.close(SUBJECT, LATER)
    assert not await store.findings.close(SUBJECT, LATER)
    assert await store.findings.opened() == []
    assert await found(store, at=LATER)
    newest, before = await store.findings.latest()
    assert (newest.opened_at, newest.closed_at) == (LATER, None)
    assert (before.opened_at, before.closed_at) == (NOON, LATER)
    assert await store.findings.latest(1) == [newest]


async def test_subjects_are_open_beside_each_other_the_oldest_first(store):
    await found(store, "R6 channel=webinar", LATER)
    await found(store)
    assert [one.subject for one in await store.findings.opened()] == [SUBJECT, "R6 channel=webinar"]
