"""What the compose file runs, run by hand: PostgreSQL, Temporal's server, and ours as it starts them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from pathlib import Path

import httpx
import pytest

from leadworkflows.embedded import EmbeddedServer
from tests.cli.conftest import Client, eventually
from tests.cli.test_processes import free_port
from tests.deploy.by_hand import SECRETS, Machine, await_health, grace, is_healthy
from tests.deploy.test_upgrading import gate
from tests.postgres import running_cluster

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.postgres]
KEY = SECRETS["LEADWORKFLOWS_API_KEYS"]


async def get(port: int, path: str) -> httpx.Response:
    return await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{port}{path}")


@pytest.mark.timeout(180)
async def test_what_the_compose_file_starts_works_leads_is_healthy_measured_and_stops_in_time(tmp_path: Path):
    api_port, worker_port = free_port(), free_port()
    with running_cluster(os.environ.get("LEADWORKFLOWS_TEST_POSTGRES")) as cluster:
        async with EmbeddedServer(tmp_path / "temporal", 0, 0) as server:
            machine = Machine(cluster, server.address, tmp_path)
            await asyncio.to_thread(machine.make_databases)
            await asyncio.to_thread(machine.make_namespace)
            with machine.process("migrate", 0) as migrate:
                assert await asyncio.to_thread(migrate.ended) == 0, migrate.said
            with (
                machine.process("api", api_port) as api,
                machine.process("worker", worker_port) as worker,
                Client(f"http://127.0.0.1:{api_port}", KEY) as http,
            ):
                await asyncio.to_thread(await_health, api, "api", api_port)
                await asyncio.to_thread(await_health, worker, "worker", worker_port)
                http.tell("demo_requested", "evt-1")
                await asyncio.to_thread(eventually, lambda: http.lead().get("stage") == "sql")
                await asyncio.to_thread(eventually, lambda: http.get("/readyz").json()["backlog"] == 0)
                for port in (api_port, worker_port):
                    shown = (await get(port, "/metrics")).text
                    assert re.search(r"^leadworkflows_inbox_backlog 0\.0$", shown, re.MULTILINE)
                assert (await get(worker_port, "/readyz")).json()["temporal"] == "ok"
                assert (await get(worker_port, "/api/v1/leads")).status_code == 404
                with machine.command("api", gate()) as checked:
                    assert await asyncio.to_thread(checked.ended) == 0, checked.said
                    # The lead, and the upkeep where its schedule was due.
                    assert re.fullmatch(r"All [12] runs go on with this code\.\n", checked.line())
                assert worker.ask(signal.SIGTERM, grace("worker")) == 0
                assert not is_healthy("worker", worker_port)
                assert api.ask(signal.SIGTERM, grace("api")) == 0
                assert "Lovelace" not in "".join((*api.said, *worker.said))


async def test_a_worker_that_waits_for_temporal_is_healthy_and_says_what_is_away(tmp_path: Path):
    port, nobody = free_port(), free_port()
    with running_cluster(os.environ.get("LEADWORKFLOWS_TEST_POSTGRES")) as cluster:
        machine = Machine(cluster, f"127.0.0.1:{nobody}", tmp_path)
        await asyncio.to_thread(machine.make_databases)
        with machine.process("worker", port) as worker:
            await asyncio.to_thread(await_health, worker, "worker", port)
            ready = (await get(port, "/readyz")).json()
            assert (ready["store"], ready["temporal"]) == ("ok", "away")
            assert worker.ask(signal.SIGTERM) == 0
