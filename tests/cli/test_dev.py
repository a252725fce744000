"""`dev` as a user runs it: a process of its own, on a data folder that survives it."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client as Temporal

from tests.cli.conftest import FREE_PORTS, Cli, Dev, Process, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.temporal]


def lives(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.strip().startswith("Z")


def outbox(data_dir: Path) -> list[tuple[str, str]]:
    """Kind and name of each mail and alert, as the database has them."""
    with sqlite3.connect(data_dir / "leadworkflows.db") as database:
        rows = database.execute("SELECT kind, coalesce(content, template) FROM outbox ORDER BY id").fetchall()
    database.close()
    return rows


def one_line_and_2(refused: Process, says: str) -> None:
    assert refused.ended() == 2
    [line] = refused.said
    assert says in line


def test_dev_answers_and_ctrl_c_stops_it_cleanly(cli: Cli, dev: Dev, tmp_path: Path):
    assert dev.http.get("/readyz").json()["temporal"] == "ok"
    assert dev.http.get("/docs").status_code == 200
    assert httpx.get(dev.at["temporal_ui"]).status_code == 200

    examined = cli("doctor", "--data-dir", dev.data_dir, *FREE_PORTS, TEMPORAL_ADDRESS=dev.at["temporal"])
    assert examined.exit_code == 0, examined.output
    assert "Search attributes all 8 are there" in " ".join(examined.output.split())

    post = shlex.split(dev.at["curl"])
    posted = subprocess.run([*post, "--silent", "--fail"], capture_output=True, text=True, check=False)
    assert '"accepted":1' in posted.stdout
    eventually(lambda: dev.http.lead().get("stage") == "sql")

    second = cli("dev", "--data-dir", dev.data_dir, *FREE_PORTS)
    assert second.exit_code == 2
    assert f"Another leadworkflows runs on {dev.data_dir}" in second.stderr
    port = dev.at["api"].rpartition(":")[2]
    with Process(tmp_path, "dev", "--data-dir", tmp_path / "other", "--port", port) as third:
        one_line_and_2(third, f"Port {port} on 127.0.0.1 cannot be used")

    server = dev.server_pid
    assert dev.ask(signal.SIGINT) == 0
    assert not lives(server)
    assert [line for line in dev.said if "Stopping" in line]
    assert not [line for line in dev.said if "Traceback" in line or "ada@example.com" in line]


def test_after_a_kill_every_lead_goes_on_and_the_end_of_the_server_is_told(dev: Dev, tmp_path: Path):
    dev.http.tell("demo_requested", "evt-1", industry="fintech")
    eventually(lambda: len(outbox(dev.data_dir)) == 2)
    before = eventually(lambda: (lead := dev.http.lead()).get("pending_actions") == [] and lead)
    said = dev.http.happened()
    dev.popen.kill()
    dev.ended()

    with Dev(tmp_path, dev.data_dir) as again:
        assert again.at["api_key"] == dev.at["api_key"]
        assert again.http.lead()["next_wakeup"] == before["next_wakeup"] is not None
        again.http.tell("page_viewed", "evt-2", page="case_study")
        after = eventually(lambda: (lead := again.http.lead())["score"] != before["score"] and lead)
        again.http.tell("demo_requested", "evt-1", industry="fintech")

        assert (after["stage"], after["next_wakeup"]) == ("sql", before["next_wakeup"])
        assert "P2" in [point["rule"] for point in after["score"]["contributions"]]
        happened = again.http.happened()
        assert happened[: len(said)] == said
        assert len(happened) > len(said)
        assert sorted(outbox(dev.data_dir)) == [("email", "demo-confirmation"), ("slack", "hot-lead")]
        eventually(lambda: found(again, "LeadStage = 'sql' AND LeadPersona = 'cfo'") == 1)

        os.kill(again.server_pid, signal.SIGKILL)
        assert again.ended() == 1
        assert [line for line in again.said if "The embedded Temporal server ended by itself" in line]


def found(dev: Dev, query: str) -> int:
    """How many leads Temporal's search attributes filter."""

    async def count() -> int:
        client = await Temporal.connect(dev.at["temporal"])
        return (await client.count_workflows(query)).count

    return asyncio.run(count())


def test_a_missing_binary_and_a_broken_policy_are_one_line(tmp_path: Path, data_dir: Path):
    alone = tmp_path / "bin"
    alone.mkdir()
    (alone / "python").symlink_to(shutil.which(sys.executable) or sys.executable)
    (tmp_path / "p.yaml").write_text("version: 1\nname: broken\n")
    given: Any = ("dev", "--data-dir", data_dir, "--port", 0)
    missing = Process(tmp_path, *given, python=str(alone / "python"), path=str(alone))
    broken = Process(tmp_path, *given, POLICY="p.yaml")
    with missing, broken:
        one_line_and_2(missing, "The `temporal` binary is missing")
        one_line_and_2(broken, "The policy p.yaml cannot be used: line 1:")
