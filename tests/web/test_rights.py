"""A copy of what is held on a person, and its end, from the page of a lead."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from leadworkflows.erasing import EraseDesk
from tests.web.conftest import KEY, NOW, basic

AS = basic("x", KEY)


async def nothing(*_):
    return 0


@pytest.fixture
async def lead_id(site):
    desk = EraseDesk(site.store, nothing, nothing, lambda: NOW)
    site.app.state.deps = replace(site.app.state.deps, erasing=desk)
    site.app.state.parts.deps = site.app.state.deps
    return await site.lead()


async def sent(site, lead_id, email):
    asked = (await site.client.get(f"/leads/{lead_id}/erase", headers=AS)).text
    [token] = re.findall(r'name="csrf" value="([^"]+)"', asked)
    given = {"csrf": token, "email": email}
    return await site.client.post(f"/leads/{lead_id}/erase", data=given, headers=AS)


async def test_the_page_of_a_lead_leads_to_both(site, lead_id):
    shown = (await site.get(lead_id)).text
    assert f'href="/leads/{lead_id}/export"' in shown
    assert f'href="/leads/{lead_id}/erase"' in shown


async def test_a_copy_is_a_file_that_no_cache_keeps(site, lead_id):
    answer = await site.client.get(f"/leads/{lead_id}/export", headers=AS)
    assert answer.json()["people"][0]["email"] == "ada@example.com"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"


async def test_who_types_the_address_erases_the_person_and_sees_the_receipt(site, lead_id):
    answer = await sent(site, lead_id, "Ada@example.com")
    assert answer.status_code == 303
    receipt = await site.client.get(answer.headers["location"], headers=AS)
    assert "The person is erased" in receipt.text
    assert "ada@example.com" not in receipt.text
    assert (await site.get(lead_id)).status_code == 404


async def test_the_receipt_of_an_erasure_that_was_closed_says_what_was_not_erased(site, lead_id):
    erasure = await site.store.erasures.erase(lead_id, NOW, "test")
    closed = replace(
        erasure, problem="no token", finished_at=NOW, given_up=["Message 1.2 in Slack: no token"]
    )
    await site.store.erasures.told(closed, erasure)
    shown = (await site.client.get(f"/erasures/{erasure.erasure_id}", headers=AS)).text
    assert "Message 1.2 in Slack: no token" in shown
    assert "Everything is done" not in shown
    assert "tried again" not in shown


async def test_another_address_erases_nobody(site, lead_id):
    answer = await sent(site, lead_id, "bob@example.com")
    assert answer.status_code == 422
    assert "Nothing was erased" in answer.text
    assert (await site.get(lead_id)).status_code == 200


async def test_a_form_that_is_not_ours_erases_nobody(site, lead_id):
    given = {"email": "ada@example.com"}
    answer = await site.client.post(f"/leads/{lead_id}/erase", data=given, headers=AS)
    assert answer.status_code == 403
    assert (await site.get(lead_id)).status_code == 200
