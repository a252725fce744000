"""What people may ask of who holds their data, by the API: a copy, and an end."""

from __future__ import annotations

import pytest

from leadworkflows.api.keyring import new_key
from leadworkflows.erasing import EraseDesk
from leadworkflows.store.api_keys import Scope
from leadworkflows.vendor import VendorUnavailable
from tests.api.edge import problem
from tests.sources.inbound import NOW
from tests.store.given import ADA, accept, form, lead_of


async def away(_lead_id):
    raise VendorUnavailable("Temporal cannot be reached")


async def nothing(*_):
    return 0


@pytest.fixture
async def ada(opened, store, settings):
    """An edge that can erase, a lead, and what Temporal answers."""
    edge = await opened(store, settings, erasing=EraseDesk(store, nothing, nothing, lambda: NOW))
    await accept(store, form("f-1", person={"first_name": "Ada", "phone": "+49 30 5550123"}))
    return edge, await lead_of(store)


async def test_everything_that_is_held_on_a_person_is_handed_over(ada):
    edge, lead_id = ada
    held = (await edge.get(f"/api/v1/leads/{lead_id}/export")).json()
    assert held["people"][0]["email"] == ADA
    assert held["inbox"][0]["event_id"] == "f-1"


async def test_an_erased_person_is_not_found_any_more_and_the_receipt_is(ada):
    edge, lead_id = ada
    told = (await edge.request("DELETE", f"/api/v1/leads/{lead_id}", None)).json()
    assert told["rows"]["people"] == 1
    assert (told["by"], told["finished_at"], told["problem"]) == ("API", None, None)
    assert (await edge.get(f"/api/v1/erasures/{told['erasure_id']}")).json() == told
    for path in ("", "/export", "/timeline"):
        problem(await edge.get(f"/api/v1/leads/{lead_id}{path}"), 404)
    problem(await edge.request("DELETE", f"/api/v1/leads/{lead_id}", None), 404)
    assert "Ada" not in str(told)


async def test_while_temporal_is_away_the_receipt_says_what_is_left(opened, store, settings):
    edge = await opened(store, settings, erasing=EraseDesk(store, away, nothing, lambda: NOW))
    told = (await edge.request("DELETE", f"/api/v1/leads/{await lead_of(store)}", None)).json()
    assert told["problem"] == "Temporal cannot be reached"
    assert await store.leads.lead_id_of(ADA) is None


async def test_a_key_that_reads_and_commands_can_neither_export_nor_erase(ada):
    edge, lead_id = ada
    kept, given = new_key("tests", [Scope.INGEST, Scope.READ, Scope.COMMAND, Scope.MANAGE], NOW)
    await edge.store.api_keys.add(kept)
    edge.later(seconds=1)
    problem(await edge.get(f"/api/v1/leads/{lead_id}/export", given), 403)
    problem(await edge.request("DELETE", f"/api/v1/leads/{lead_id}", None, given), 403)
    assert await edge.store.leads.get(lead_id)


async def test_there_is_no_receipt_of_an_erasure_that_nobody_asked_for(ada):
    edge, _ = ada
    problem(await edge.get("/api/v1/erasures/nobody"), 404)


async def test_a_process_that_cannot_erase_says_so(edge):
    await accept(edge.store, form("f-1"))
    problem(await edge.request("DELETE", f"/api/v1/leads/{await lead_of(edge.store)}", None), 503)
