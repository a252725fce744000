"""`/readyz`: whether events can be taken, and which dependency is down."""

from __future__ import annotations

from leadworkflows.store import Store
from tests.api.edge import problem


async def test_all_is_there(edge):
    ready = await edge.get("/readyz", key=None)
    assert ready.status_code == 200
    assert (ready.json()["status"], ready.json()["down"]) == ("ready", [])


async def test_without_temporal_events_are_taken_and_it_is_named(edge):
    edge.temporal = False
    ready = await edge.get("/readyz", key=None)
    assert ready.status_code == 200
    assert ready.json()["down"] == ["temporal"]
    assert (ready.json()["store"], ready.json()["temporal"]) == ("ok", "away")


async def test_without_the_store_it_is_not_ready_and_says_so(opened, settings, tmp_path):
    async with Store.open(f"sqlite:///{tmp_path}/no/such/folder/leads.db") as gone:
        edge = await opened(gone, settings)
        document = problem(await edge.get("/readyz", key=None), 503)
        assert document["down"] == ["store"]
        assert "the store cannot be reached" in document["detail"]
        edge.temporal = False
        document = problem(await edge.get("/readyz", key=None), 503)
    assert (document["down"], document["store"], document["temporal"]) == (
        ["store", "temporal"],
        "away",
        "away",
    )
    assert str(tmp_path) not in str(document)
