"""How a container's health check and Prometheus see a process that takes nothing in."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from leadworkflows.api.app import create_health_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.serving import bind, serving
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.deploy.by_hand import is_healthy


async def away() -> bool:
    return False


@pytest.fixture
async def watched(tmp_path):
    url = f"sqlite:///{tmp_path / 'leads.db'}"
    await asyncio.to_thread(upgrade, url)
    async with Store.open(url) as store:
        settings = Settings(_env_file=None, data_dir=tmp_path)
        deps = ApiDeps(store, settings, lambda title: {}, "p-1", lambda: None, away)
        yield create_health_app(deps)


@pytest.mark.parametrize("service", ["api", "worker"])
async def test_the_health_check_of_a_container_sees_that_its_process_lives(watched, service):
    listening = bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    async with serving(watched, listening):
        assert await asyncio.to_thread(is_healthy, service, port)
    assert not await asyncio.to_thread(is_healthy, service, port)


async def test_a_process_that_is_only_watched_tells_how_it_stands_and_takes_nothing_in(watched):
    transport = httpx.ASGITransport(watched)
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as http:
        ready = (await http.get("/readyz")).json()
        shown = (await http.get("/metrics")).text
        others = [
            (await http.request(method, path)).status_code
            for method, path in (
                ("GET", "/api/v1/leads"),
                ("POST", "/api/v1/events"),
                ("POST", "/webhooks/form"),
                ("GET", "/"),
                ("GET", "/docs"),
                ("GET", "/openapi.json"),
            )
        ]
    assert (ready["store"], ready["temporal"], ready["policy"]) == ("ok", "away", "p-1")
    assert "leadworkflows_inbox_oldest_seconds 0.0" in shown
    assert others == [404] * 6
