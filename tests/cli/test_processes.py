"""`api` and `worker` as a production installation runs them."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from pathlib import Path

import pytest

from leadworkflows.embedded import EmbeddedServer
from tests.cli.conftest import Client, Process, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.temporal]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


async def test_events_are_acknowledged_while_temporal_is_away_and_handed_on_later(tmp_path: Path):
    temporal, port = free_port(), free_port()
    settings = {
        "TEMPORAL_ADDRESS": f"127.0.0.1:{temporal}", "DATA_DIR": str(tmp_path / "data"), "API_KEYS": "key-1",
    }  # fmt: skip
    with (
        Process(tmp_path, "api", "--port", port, **settings) as api,
        Process(tmp_path, "worker", **settings) as worker,
        Client(f"http://127.0.0.1:{port}", "key-1") as http,
    ):
        await asyncio.to_thread(eventually, lambda: [line for line in api.said if "api.started" in line])
        http.tell("demo_requested", "evt-1")
        http.tell("page_viewed", "evt-2", page="case_study")
        ready = http.get("/readyz")
        assert (ready.status_code, ready.json()["temporal"], ready.json()["backlog"]) == (200, "away", 2)
        await asyncio.to_thread(
            eventually, lambda: [x for x in worker.said if "worker.waits_for_temporal" in x]
        )

        async with EmbeddedServer(tmp_path / "temporal", temporal, 0):
            await asyncio.to_thread(eventually, lambda: http.lead().get("stage") == "sql")
            await asyncio.to_thread(eventually, lambda: http.get("/readyz").json()["backlog"] == 0)
            assert http.get("/readyz").json()["temporal"] == "ok"
            assert worker.ask(signal.SIGTERM) == 0
            assert api.ask(signal.SIGTERM) == 0
        assert all(json.loads(line)["event"] for line in (*api.said, *worker.said))
