"""Who asks too often is told when to come again, and nobody can use up what is another's."""

from __future__ import annotations

import time

import pytest

from leadworkflows.api import limits
from leadworkflows.api.limits import Limits
from leadworkflows.api.problems import Problem
from leadworkflows.settings import Settings, SettingsInvalid, load_settings
from tests.api.edge import EVENT, KEY, problem

BAD = {"webhook-signature": "v1,AAAA"}


@pytest.fixture
def limited(opened, store, settings):
    """An edge with other limits."""

    async def open_limited(**rates):
        return await opened(store, settings.model_copy(update=rates))

    return open_limited


def event(n):
    return {**EVENT, "id": f"evt-{n}"}


async def test_a_source_past_its_limit_is_told_when_to_come_again(limited):
    edge = await limited(rate_limit_per_source="2/minute")
    for n in range(2):
        assert (await edge.standard(event(n))).status_code == 202
    edge.later(seconds=10.5)
    response = await edge.standard(event(3))
    assert problem(response, 429)["detail"]
    assert response.headers["retry-after"] == "50"
    edge.later(seconds=50)
    assert (await edge.standard(event(3))).status_code == 202


async def test_each_source_has_a_limit_of_its_own(limited):
    edge = await limited(rate_limit_per_source="1/minute")
    await edge.standard(event(1))
    assert (await edge.form({"email": "ada@example.com"})).status_code == 202


async def test_what_is_not_verified_uses_up_no_limit_of_a_source(limited):
    edge = await limited(rate_limit_per_source="1/minute")
    for n in range(5):
        problem(await edge.standard(event(n), **BAD), 401)
    assert (await edge.standard(event(1))).status_code == 202


async def test_an_address_that_fails_too_often_is_refused_before_its_body_is_read(limited):
    edge = await limited(rate_limit_failures="2/minute")
    for n in range(2):
        problem(await edge.standard(event(n), **BAD), 401)
    read = 0

    async def body():
        nonlocal read
        read += 1
        yield b"{}"

    response = await edge.client.post("/api/v1/events", content=body())
    problem(response, 429)
    assert int(response.headers["retry-after"]) >= 1
    assert read == 0
    refused = problem(await edge.standard(event(3), **BAD), 429)
    assert "address" in refused["detail"]


async def test_what_a_stranger_gets_wrong_refuses_no_genuine_webhook_from_the_same_address(limited):
    """A vendor's customers share its addresses, and anyone may point their own webhooks at us."""
    edge = await limited(rate_limit_failures="1/minute")
    for status in (401, 429):
        problem(await edge.standard(event(1), **BAD), status)
    assert (await edge.standard(event(1))).status_code == 202


async def test_no_key_is_tried_from_an_address_that_fails_too_often(limited):
    edge = await limited(rate_limit_failures="1/minute")
    fields, right = {"email": "ada@example.com"}, {"authorization": f"Bearer {KEY}"}
    assert (await edge.client.post("/webhooks/form", json=fields, headers=right)).status_code == 202
    await edge.standard(event(1), **BAD)
    problem(await edge.client.post("/webhooks/form", json=fields, headers=right), 429)


async def test_another_address_is_not_refused_for_it(limited):
    edge = await limited(rate_limit_failures="1/minute")
    await edge.standard(event(1), **BAD)
    problem(await edge.standard(event(1), **BAD), 429)
    edge.come_from("203.0.113.7")
    problem(await edge.standard(event(1), **BAD), 401)


async def test_an_ipv6_address_is_counted_by_its_network(limited):
    edge = await limited(rate_limit_failures="1/minute")
    edge.come_from("2001:db8:1:2::1")
    await edge.standard(event(1), **BAD)
    edge.come_from("2001:db8:1:2:aaaa:bbbb:cccc:dddd")
    problem(await edge.standard(event(1), **BAD), 429)
    edge.come_from("2001:db8:1:3::1")
    problem(await edge.standard(event(1), **BAD), 401)


async def test_guessed_keys_are_failures_too(limited):
    edge = await limited(rate_limit_failures="2/minute")
    for guess in ("one", "two"):
        problem(await edge.get("/api/v1/leads", guess), 401)
    problem(await edge.get("/api/v1/leads", KEY), 429)


async def test_each_key_has_a_limit_of_its_own(limited):
    edge = await limited(rate_limit_per_key="1/minute")
    assert (await edge.get("/api/v1/leads")).status_code == 200
    problem(await edge.get("/api/v1/leads"), 429)
    assert (await edge.get("/api/v1/leads", "another-key")).status_code == 200


async def test_without_limits_nothing_is_refused(limited):
    none = dict.fromkeys(("rate_limit_per_source", "rate_limit_per_key", "rate_limit_failures"))
    edge = await limited(**none)
    for n in range(700):
        assert (await edge.client.post("/webhooks/standard", content=b"{}")).status_code == 401, n


def test_an_empty_limit_is_none_and_a_wrong_one_is_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADWORKFLOWS_RATE_LIMIT_PER_KEY", "")
    assert load_settings().rate_limit_per_key is None
    for wrong in ("many", "0/minute", "10 per minute", "10/fortnight", "-1/second", "1/minute;1/hour"):
        monkeypatch.setenv("LEADWORKFLOWS_RATE_LIMIT_PER_KEY", wrong)
        with pytest.raises(SettingsInvalid, match=r"LEADWORKFLOWS_RATE_LIMIT_PER_KEY: .*600/minute"):
            load_settings()


def test_as_many_addresses_as_strangers_have_fill_no_memory(monkeypatch):
    monkeypatch.setattr(limits, "MAX_COUNTERS", 100)
    guard = Limits(Settings(_env_file=None, rate_limit_failures="2/hour"), lambda: 1_000.0)
    for n in range(5_000):
        guard.count_failure(f"address-{n}")
    assert len(guard._failures._counters._counts) <= 100
    for _ in range(2):
        guard.count_failure("address-4999")
    with pytest.raises(Problem):
        guard.check("address-4999")


def test_a_limit_costs_less_than_twenty_microseconds():
    guard = Limits(Settings(_env_file=None), time.time)
    guard.count_failure("192.0.2.1")
    rounds = 5_000

    def spent():
        began = time.process_time()
        for _ in range(rounds):
            guard.check("192.0.2.2")
            guard.count_source("standard")
        return (time.process_time() - began) / rounds

    assert min(spent() for _ in range(5)) < 20e-6
