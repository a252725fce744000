"""Leads to read: one, many, page by page."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from tests.store.given import ADA, BOB, MINUTE, NOON, accept, form, lead_of

FAR = urlsafe_b64encode(b"0001-01-01T00:00:00+14:00 abc").decode()
NUL = urlsafe_b64encode(b"2026-01-01T00:00:00+00:00 a\x00b").decode()


async def record(store, email, stage, revision=1):
    lead_id = await lead_of(store, email)
    await store.timeline.record(lead_id, [], {"stage": stage, "score": {"total": 80}}, revision)
    return lead_id


async def test_a_lead_is_there_before_its_workflow_recorded_anything(store):
    await accept(store, form("d-1", person={"first_name": "Ada"}))
    lead = await store.leads.get(await lead_of(store))
    assert (lead.person.email, lead.person.first_name) == (ADA, "Ada")
    assert (lead.created_at, lead.snapshot, lead.revision) == (NOON, None, 0)


async def test_a_lead_shows_what_its_workflow_recorded(store):
    lead_id = await record(store, ADA, "mql", revision=7)
    lead = await store.leads.get(lead_id)
    assert (lead.snapshot, lead.revision) == ({"stage": "mql", "score": {"total": 80}}, 7)


async def test_nobody_is_found_under_an_unknown_id_or_address(store):
    assert await store.leads.get("nobody") is None
    assert await store.leads.person("nobody") is None
    assert await store.leads.lead_id_of(BOB) is None
    assert await store.leads.find(email=BOB) == ([], None)


async def test_leads_are_found_by_address_and_by_stage(store):
    ada, bob = await record(store, ADA, "mql"), await record(store, BOB, "sql")
    assert [lead.lead_id for lead in (await store.leads.find(email=ADA))[0]] == [ada]
    assert [lead.lead_id for lead in (await store.leads.find(stage="sql"))[0]] == [bob]
    assert await store.leads.find(email=ADA, stage="sql") == ([], None)


async def test_a_lead_that_waits_for_its_workflow_is_found_by_its_stage(store):
    await accept(store, form("d-1"))
    await record(store, BOB, "sql")
    assert [lead.lead_id for lead in (await store.leads.find(stage="lead"))[0]] == [await lead_of(store)]


async def test_pages_follow_each_other_newest_first_without_a_lead_lost_or_repeated(store):
    for n in range(7):
        await accept(store, form(f"d-{n}", email=f"lead{n}@example.com"), at=NOON + n // 3 * MINUTE)
    pages, cursor = [], None
    while True:
        found, cursor = await store.leads.find(limit=2, after=cursor)
        pages.append([lead.created_at for lead in found])
        if cursor is None:
            break
    times = [at for page in pages for at in page]
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert times == sorted(times, reverse=True)


async def test_the_last_full_page_has_no_next(store):
    await accept(store, form("d-1"), form("d-2", email=BOB))
    assert (await store.leads.find(limit=2))[1] is None


@pytest.mark.parametrize("cursor", ["x", "", "bm90IGEgY3Vyc29y", "MjAyNi0wMS0wMSBh", "é", FAR, NUL])
async def test_a_cursor_that_is_not_ours_is_refused(store, cursor):
    with pytest.raises(ValueError, match="not a cursor"):
        await store.leads.find(after=cursor)
