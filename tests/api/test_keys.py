"""Keys open what their scopes say, until they are revoked."""

from __future__ import annotations

import time
from datetime import date

import pytest

from leadworkflows.api.keyring import Caller, KeyRing, new_key
from leadworkflows.store import Store
from leadworkflows.store.api_keys import ApiKeys, Scope
from tests.api.edge import EVENT, KEY, problem
from tests.sources.inbound import NOW

ROUTES = {
    Scope.INGEST: ("POST", "/api/v1/events", EVENT),
    Scope.READ: ("GET", "/api/v1/leads", None),
    Scope.COMMAND: ("POST", "/api/v1/leads/nobody/commands", {"command": "accept"}),
    Scope.MANAGE: ("PUT", "/api/v1/reps/rep-7", {}),
    Scope.RIGHTS: ("GET", "/api/v1/leads/nobody/export", None),
}
OPENED = {Scope.INGEST: 202, Scope.READ: 200, Scope.COMMAND: 404, Scope.MANAGE: 200, Scope.RIGHTS: 404}


@pytest.fixture
def make(edge):
    """Make a key with these scopes, as `leadworkflows key create` does."""

    async def made(*scopes):
        kept, given = new_key("tests", scopes, NOW)
        await edge.store.api_keys.add(kept)
        edge.later(seconds=1)
        return kept.key_id, given

    return made


async def ask(edge, scope, key):
    method, path, body = ROUTES[scope]
    return await (edge.get(path, key) if method == "GET" else edge.request(method, path, body, key))


@pytest.mark.parametrize("scope", Scope)
async def test_a_key_opens_what_its_scope_says_and_is_told_what_it_lacks(edge, make, scope):
    _, given = await make(scope)
    assert (await ask(edge, scope, given)).status_code == OPENED[scope]
    for other in set(Scope) - {scope}:
        document = problem(await ask(edge, other, given), 403)
        assert f"`{other}`" in document["detail"]


@pytest.mark.parametrize("scope", Scope)
async def test_a_key_of_the_settings_opens_everything(edge, scope):
    assert (await ask(edge, scope, KEY)).status_code == OPENED[scope]


@pytest.mark.parametrize("scope", Scope)
async def test_without_a_key_or_with_one_that_nobody_made_it_is_a_401(edge, make, scope):
    key_id, given = await make(*Scope)
    other = given[:-1] + ("A" if given[-1] != "A" else "B")
    for key in (None, "", "lw_", f"lw_{key_id}_", f"lw_{key_id}", other, "lw_00000000_x", "\xff"):
        assert problem(await ask(edge, scope, key), 401)


async def test_a_key_is_taken_from_either_header(edge, make):
    _, given = await make(Scope.READ)
    response = await edge.client.get("/api/v1/leads", headers={"x-api-key": given})
    assert response.status_code == 200


async def test_a_key_takes_a_form_in_only_with_ingest(edge, make):
    body = {"email": "ada@example.com"}
    assert (await edge.post("/webhooks/form", body, (await make(Scope.INGEST))[1])).status_code == 202
    problem(await edge.post("/webhooks/form", body, (await make(Scope.READ))[1]), 403)


async def test_a_key_opens_no_signed_source_whatever_its_scopes(edge, make):
    problem(await edge.post("/webhooks/standard", EVENT, (await make(*Scope))[1]), 401)


async def test_a_revoked_key_is_refused_within_five_seconds_everywhere(edge, make):
    key_id, given = await make(Scope.READ)
    assert (await edge.get("/api/v1/leads", given)).status_code == 200
    await edge.store.api_keys.revoke(key_id, edge.now)
    edge.later(seconds=5)
    problem(await edge.get("/api/v1/leads", given), 401)


async def test_a_clock_that_is_set_back_keeps_no_revoked_key_alive(edge, make):
    key_id, given = await make(Scope.READ)
    await edge.get("/api/v1/leads", given)
    await edge.store.api_keys.revoke(key_id, edge.now)
    edge.later(hours=-1)
    problem(await edge.get("/api/v1/leads", given), 401)


async def test_a_new_key_works_within_a_second(edge, make):
    _, first = await make(Scope.READ)
    await edge.get("/api/v1/leads", first)
    problem(await edge.get("/api/v1/leads", "lw_00000000_guess"), 401)
    _, second = await make(Scope.READ)
    assert (await edge.get("/api/v1/leads", second)).status_code == 200


async def test_a_known_key_costs_no_query(store, settings):
    asked = 0

    class Counted(ApiKeys):
        async def all(self):
            nonlocal asked
            asked += 1
            return await super().all()

    kept, given = new_key("tests", [Scope.READ], NOW)
    await store.api_keys.add(kept)
    ring = KeyRing(settings, Counted(store.database), lambda: NOW)
    for _ in range(50):
        assert await ring.caller({"authorization": f"Bearer {given}"}) == Caller(kept.key_id, kept.scopes)
        assert await ring.caller({"authorization": "Bearer lw_00000000_guess"}) is None
    assert asked == 1


async def test_the_day_of_the_last_use_is_written_down(edge, make):
    _, given = await make(Scope.READ)
    await edge.get("/api/v1/leads", given)
    (kept,) = await edge.store.api_keys.all()
    assert kept.last_used_on == date(2026, 3, 2)


async def test_nothing_of_the_secret_is_in_the_store(edge, make):
    _, given = await make(Scope.READ)
    (kept,) = await edge.store.api_keys.all()
    secret = given.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in repr(kept)


async def test_a_store_that_is_gone_is_a_503_for_its_keys_and_nothing_for_those_of_the_settings(
    opened, settings, tmp_path
):
    async with Store.open(f"sqlite:///{tmp_path}/no/such/folder/leads.db") as gone:
        edge = await opened(gone, settings)
        problem(await edge.post("/api/v1/events", {}, new_key("x", Scope, NOW)[1]), 503)
        problem(await edge.post("/api/v1/events", {}), 422)


async def test_looking_a_key_up_is_cheap(store, settings):
    ring = KeyRing(settings, store.api_keys, lambda: NOW)
    headers = {"authorization": f"Bearer {KEY}"}
    rounds = 2_000

    def spent():
        began = time.process_time()
        for _ in range(rounds):
            with pytest.raises(StopIteration):
                ring.caller(headers).send(None)
        return (time.process_time() - began) / rounds

    assert min(spent() for _ in range(5)) < 100e-6
