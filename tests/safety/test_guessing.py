"""Who guesses keys, passwords, links or signatures is told to wait, on every route."""

from __future__ import annotations

import httpx
import pytest

from tests.safety.house import House, routes, secret
from tests.safety.test_every_door import API, LINK, OPEN, OTHERS, PAGES, SIGN_IN

TRIES = 3


@pytest.fixture
async def house(open_house):
    return await open_house(rate_limit_failures=f"{TRIES}/minute")


async def guess(house: House, route: str, n: int, address: str) -> httpx.Response:
    """The n-th guess at what opens a route, from an address."""
    method, path = route.split(" ", 1)
    how = {"key": f"guess-{n}"} if route in API else {"basic": f"guess-{n}"} if route in PAGES else {}
    async with house.client(address, **how) as client:
        return await client.request(method, house.address(path, token=f"guess-{n}"))


async def test_guesses_are_refused_after_a_few_and_told_when_to_come_again(house: House):
    for number, (method, path) in enumerate(routes(house.app)):
        route, address = f"{method} {path}", f"198.51.100.{number}"
        if OTHERS.get(route) in (OPEN, SIGN_IN):
            continue
        answers = [await guess(house, route, n, address) for n in range(TRIES + 1)]
        refused = 404 if OTHERS.get(route) == LINK else 401
        assert [each.status_code for each in answers] == [refused] * TRIES + [429], route
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60, route


async def test_a_right_key_is_not_tried_any_more_from_there_and_is_from_elsewhere(house: House):
    for n in range(TRIES):
        await guess(house, "GET /api/v1/leads", n, "198.51.100.1")
    for path, how in (("/api/v1/leads", "key"), ("/leads", "basic")):
        statuses = []
        for address in ("198.51.100.1", "198.51.100.2"):
            async with house.client(address, **{how: secret("key")}) as client:
                statuses.append((await client.get(path)).status_code)
        assert statuses == [429, 200], path


async def test_guesses_of_every_kind_from_one_address_count_together(house: House):
    kinds = ["GET /api/v1/leads", "GET /unsubscribe/{token}", "POST /webhooks/standard"]
    answers = [await guess(house, route, n, "198.51.100.1") for n, route in enumerate([*kinds, *kinds])]
    assert [each.status_code for each in answers] == [401, 404, 401, 429, 429, 429]


async def test_who_has_the_link_is_let_in_whatever_others_guess_from_the_same_provider(house: House):
    for n in range(TRIES + 2):
        await guess(house, "POST /unsubscribe/{token}", n, "198.51.100.1")
    async with house.client("198.51.100.1") as client:
        answer = await client.post(f"/unsubscribe/{house.link}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip"])
async def test_saying_that_one_is_somebody_else_helps_nobody(house: House, header: str):
    """Whose word counts is decided by the server below, which believes a proxy on this machine alone."""
    statuses = []
    for n in range(TRIES + 1):
        async with house.client("198.51.100.1", key=f"guess-{n}") as client:
            asked = await client.get("/api/v1/leads", headers={header: f"203.0.113.{n}"})
            statuses.append(asked.status_code)
    assert statuses == [401] * TRIES + [429]


async def test_passwords_are_guessed_ten_times_a_minute(house: House):
    async with house.client("198.51.100.1") as client:
        statuses = [
            (await client.post("/sign-in", data={"password": f"guess {n}"})).status_code for n in range(11)
        ]
        last = await client.post("/sign-in", data={"password": secret("password")})
    assert statuses == [401] * 10 + [429]
    assert (last.status_code, int(last.headers["retry-after"]) > 0) == (429, True)
