"""A press is acknowledged well within three seconds, whatever Temporal does."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from leadworkflows import bootstrap
from leadworkflows.api.app import create_app
from leadworkflows.presses import Presses
from leadworkflows.slack.web import SlackWebPoster
from tests.api.edge import Edge
from tests.api.slacked import SECRET, Slacked
from tests.store.given import lead_of


@asynccontextmanager
async def refuses():
    yield "127.0.0.1:1"


@asynccontextmanager
async def hangs():
    """Takes connections and says nothing."""

    async def silent(reader, _writer):
        await reader.read()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    try:
        yield "127.0.0.1:{1}".format(*server.sockets[0].getsockname())
    finally:
        server.close()


@pytest.mark.parametrize("temporal", [refuses, hangs])
async def test_a_press_is_acknowledged_at_once_and_waits_on_disk(
    own_store, slack, poster, policy, settings, temporal
):
    async with temporal() as address:
        told = settings.model_copy(
            update={"temporal_address": address, "slack_signing_secret": SecretStr(SECRET)}
        )
        await bootstrap.activate_policy(told, own_store)
        client = await bootstrap.connect_temporal(told, lazy=True)
        presses = Presses(own_store, bootstrap.command_desk(own_store, client), poster)
        deps = bootstrap.build_api(told, own_store, client, policy, None, presses)
        assert deps.slack
        deps = replace(deps, slack=replace(deps.slack, poster=poster))
        running = asyncio.create_task(presses.run())
        edge = Edge(own_store)
        edge.now = datetime.now(UTC)
        async with edge.open(create_app(deps)):
            slacked = Slacked(edge, slack)
            lead = await lead_of(own_store)
            for command in ("accept", "return"):
                started = time.monotonic()
                response = await slacked.interact(slacked.press(command, lead))
                assert (response.status_code, response.content) == (200, b"")
                assert time.monotonic() - started < 1.5
            await slacked.settled()
        assert len(slack.views) == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert len(await own_store.presses.take(10, datetime.now(UTC) + timedelta(minutes=5))) == 1
        assert slack.answers == []


async def test_a_press_is_on_disk_at_once_though_fifty_calls_to_slack_hang(own_store):
    async with hangs() as address:
        poster = SlackWebPoster("xoxb-1", f"http://{address}/api", timeout_s=3)
        forms = [asyncio.create_task(poster.open_view(f"trigger-{n}", {})) for n in range(50)]
        await asyncio.sleep(0)  # each has asked for a thread
        started = time.monotonic()
        assert await own_store.presses.keep("press-1", {}, datetime.now(UTC))
        assert time.monotonic() - started < 1.5
        for form in forms:
            form.cancel()
        await asyncio.gather(*forms, return_exceptions=True)
