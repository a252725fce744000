"""Who may use which route, for every route that there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from leadworkflows.store.api_keys import Scope
from tests.safety.house import EMAIL, House, in_base64, routes, secret, secrets_in, told

OPEN, SIGNED, LINK, SIGN_IN = "open", "signed", "link", "sign-in"
API: Mapping[str, Scope] = {
    "POST /api/v1/events": Scope.INGEST,
    "POST /api/v1/leads/{lead_id}/commands": Scope.COMMAND,
    "GET /api/v1/leads": Scope.READ,
    "GET /api/v1/leads/{lead_id}": Scope.READ,
    "GET /api/v1/leads/{lead_id}/timeline": Scope.READ,
    "GET /api/v1/leads/{lead_id}/export": Scope.RIGHTS,
    "DELETE /api/v1/leads/{lead_id}": Scope.RIGHTS,
    "GET /api/v1/erasures/{erasure_id}": Scope.RIGHTS,
    "GET /api/v1/reports/{name}": Scope.READ,
    "PUT /api/v1/channel-costs": Scope.MANAGE,
    "GET /api/v1/reps": Scope.READ,
    "PUT /api/v1/reps/{rep_id}": Scope.MANAGE,
    "DELETE /api/v1/reps/{rep_id}": Scope.MANAGE,
    "GET /api/v1/teams": Scope.READ,
    "PUT /api/v1/teams/{name}": Scope.MANAGE,
    "DELETE /api/v1/teams/{name}": Scope.MANAGE,
}
PAGES: Mapping[str, Scope] = {
    "POST /sign-out": Scope.READ,
    "GET /": Scope.READ,
    "GET /leads": Scope.READ,
    "GET /funnel": Scope.READ,
    "POST /funnel/costs": Scope.MANAGE,
    "GET /reasons": Scope.READ,
    "GET /policy": Scope.READ,
    "GET /leads/{lead_id}": Scope.READ,
    "POST /leads/{lead_id}/commands/{command}": Scope.COMMAND,
    "GET /leads/{lead_id}/export": Scope.RIGHTS,
    "GET /leads/{lead_id}/erase": Scope.RIGHTS,
    "POST /leads/{lead_id}/erase": Scope.RIGHTS,
    "GET /erasures/{erasure_id}": Scope.RIGHTS,
    "GET /live/today": Scope.READ,
    "GET /live/leads/{lead_id}": Scope.READ,
    "GET /outbox": Scope.READ,
    "GET /outbox/{number}": Scope.READ,
    "GET /outbox/{number}/card": Scope.READ,
    "GET /outbox/{number}/mail": Scope.READ,
    "POST /outbox/{number}/press": Scope.COMMAND,
    "GET /outbox/{number}/forms/{command}": Scope.COMMAND,
    "POST /outbox/{number}/forms/{command}": Scope.COMMAND,
}
OTHERS: Mapping[str, str] = {
    "GET /openapi.json": OPEN,
    "GET /docs": OPEN,
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
    "GET /static/{digest}/{name:path}": OPEN,
    "GET /sign-in": SIGN_IN,
    "POST /sign-in": SIGN_IN,
    "POST /webhooks/{source}": SIGNED,
    "POST /slack/interactions": SIGNED,
    "POST /slack/commands": SIGNED,
    "POST /slack/events": SIGNED,
    **{f"{method} /{page}/{{token}}": LINK
       for page in ("unsubscribe", "preferences", "confirm") for method in ("GET", "POST")},
}  # fmt: skip
CLOSED: Mapping[str, Scope] = {**API, **PAGES}


def test_it_is_written_down_who_may_use_each_route(house: House):
    found = {f"{method} {path}" for method, path in routes(house.app)}
    known = {*CLOSED, *OTHERS}
    assert found == known, (
        f"say in this file who may use {sorted(found - known)}, and forget {sorted(known - found)}"
    )


async def asked(house: House, route: str, **how: str) -> httpx.Response:
    """A route's answer to a client that shows a key in this way, or none."""
    method, path = route.split(" ", 1)
    body: dict[str, Any] = {} if method in {"GET", "DELETE"} else {"json": {}}
    async with house.client(**how) as client:
        return await client.request(method, house.address(path), **body)


def shown(route: str, key: str) -> dict[str, str]:
    """How the route takes a key."""
    return {"key": key} if route in API else {"basic": key}


async def test_a_stranger_is_told_nothing_and_changes_nothing(house: House):
    before = house.kept()
    for route in CLOSED:
        for how in ({}, {"key": "lw_00000000_guess"}, {"basic": "guess"}):
            answer = await asked(house, route, **how)
            assert answer.status_code in ((401,) if route in API else (303, 401)), (route, how)
            assert told(answer.text) == [], route
    assert house.kept() == before


async def test_a_stolen_key_that_hands_events_in_can_neither_read_nor_command(house: House):
    stolen, before = await house.key(Scope.INGEST), house.kept()
    for route in (each for each in CLOSED if CLOSED[each] is not Scope.INGEST):
        for how in ({"key": stolen}, {"basic": stolen}):
            answer = await asked(house, route, **how)
            expected = (403,) if how == shown(route, stolen) else (303, 401)
            assert answer.status_code in expected, (route, how)
            assert told(answer.text) == [], route
    assert house.kept() == before
    assert house.commands == []


async def test_the_scope_of_a_route_opens_it_and_all_the_others_together_do_not(house: House):
    fitting = {scope: await house.key(scope) for scope in Scope}
    others = {scope: await house.key(*(set(Scope) - {scope})) for scope in Scope}
    for route, scope in CLOSED.items():
        if route.startswith("GET /live/"):
            continue  # its answer does not end
        refused = await asked(house, route, **shown(route, others[scope]))
        opened = await asked(house, route, **shown(route, fitting[scope]))
        assert (refused.status_code, "scope" in refused.text) == (403, True), route
        # A form of a page is refused for another reason: it lacks what the page gives out with it.
        assert opened.status_code not in (303, 401), route
        assert "lacks the scope" not in opened.text, route


async def test_an_ingest_key_learns_not_even_whether_somebody_exists(house: House):
    stolen = await house.key(Scope.INGEST)
    for route in (each for each in CLOSED if "{lead_id}" in each):
        known = await asked(house, route, **shown(route, stolen))
        method, path = route.split(" ", 1)
        async with house.client(**shown(route, stolen)) as client:
            nobody = await client.request(method, house.address(path, lead_id="0" * 32))
        assert known.status_code == nobody.status_code == 403, route
        assert known.text == nobody.text, route


async def test_an_event_is_answered_alike_whoever_it_is_about(house: House):
    answers = []
    async with house.client(key=await house.key(Scope.INGEST)) as client:
        for n, email in enumerate((EMAIL, "nobody@example.com")):
            event = {"id": f"evt-1{n}", "type": "page_viewed", "identity": {"email": email}}
            answer = await client.post("/api/v1/events", json={**event, "facts": {"page": "blog"}})
            said = answer.json()
            answers.append((answer.status_code, sorted(said), said["accepted"], len(said["event_ids"])))
    assert answers == [(202, ["accepted", "duplicates", "event_ids"], 1, 1)] * 2


async def test_what_needs_no_key_tells_nothing_of_people_and_no_secret(house: House):
    for route, way in OTHERS.items():
        method, path = route.split(" ", 1)
        for token in (house.link, "guess"):
            async with house.client() as client:
                answer = await client.request(method, house.address(path, token=token))
            assert told(answer.text) == secrets_in(answer.text) == [], route
            assert answer.status_code < 500, route
            assert way != SIGNED or answer.status_code == 401, route
            assert way != LINK or token != "guess" or answer.status_code == 404, route


async def test_no_secret_is_shown_by_anything_that_a_key_opens(house: House):
    for route in (each for each in CLOSED if each.startswith("GET") and "/live/" not in each):
        answer = await asked(house, route, **shown(route, secret("key")))
        assert secrets_in(answer.text) == [], route
        assert answer.status_code in (200, 404, 422), route


async def test_who_may_read_is_told_of_the_person(house: House):
    """Else the tests above would find nothing whatever was answered."""
    answer = await asked(house, "GET /leads/{lead_id}", basic=secret("key"))
    assert {"Augusta", "Kingsbury", "Difference"} <= set(told(answer.text))
    assert secrets_in(f"{secret('key')} {in_base64('standard')}") != []
