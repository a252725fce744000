"""Erase, then grep: nothing of the person is left in the store's files, in Temporal or in the logs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tests.cli.conftest import Dev, eventually, surroundings

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(120)]

ADA = "ada.lovelacchia@engineria.example"
PERSON = {"first_name": "Adelheid", "last_name": "Lovelacchia", "title": "CFO", "company": "Engineria GmbH",
          "phone": "+49 30 5550123"}  # fmt: skip
BROWSER = "browser-7f3a99c1d2"
BYTES = [
    ADA,
    "Adelheid",
    "Lovelacchia",
    "Engineria",
    "engineria",
    "5550123",
    BROWSER,
    "budget for the spring",
]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def dev(tmp_path: Path, data_dir: Path) -> Iterator[Dev]:
    with Dev(tmp_path, data_dir) as running:
        yield running


def tell(dev: Dev, kind: str, delivery: str, **facts: object) -> Any:
    identity = {"email": ADA, "anonymous_id": BROWSER}
    event = {"id": delivery, "type": kind, "identity": identity, "person": PERSON, "facts": facts}
    answer = dev.http.post("/api/v1/events", json=event)
    assert answer.status_code == 202, answer.text
    return answer.json()


def lead_id_of(dev: Dev) -> str | None:
    leads = dev.http.get("/api/v1/leads", params={"email": ADA}).json()["leads"]
    return str(leads[0]["lead_id"]) if leads else None


def is_handed_off(dev: Dev, lead_id: str) -> bool:
    lead = dev.http.get(f"/api/v1/leads/{lead_id}").json()
    return lead["stage"] == "sql" and not lead["pending_actions"]


def command(data_dir: Path, dev: Dev, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = surroundings(TEMPORAL_ADDRESS=dev.at["temporal"])
    told = [sys.executable, "-m", "leadworkflows", *arguments, "--data-dir", str(data_dir)]
    return subprocess.run(told, capture_output=True, text=True, check=False, timeout=60, env=env)


def found_in(folder: Path) -> set[tuple[str, str]]:
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {(name, each) for name, content in files.items() for each in BYTES if each.encode() in content}


async def is_gone(address: str, lead_id: str) -> bool:
    client = await Client.connect(address)
    try:
        await client.get_workflow_handle(f"lead-{lead_id}").describe()
    except RPCError as error:
        return error.status is RPCStatusCode.NOT_FOUND
    return False


def test_after_an_erasure_no_byte_of_the_person_is_found_anywhere(dev, data_dir, tmp_path):
    tell(dev, "page_viewed", "p-1", page="pricing")
    tell(dev, "demo_requested", "d-1")
    lead_id = eventually(lambda: lead_id_of(dev))
    eventually(lambda: is_handed_off(dev, lead_id))
    noted = {"command": "claim", "by": "rep-7", "note": "Adelheid has a budget for the spring"}
    assert dev.http.post(f"/api/v1/leads/{lead_id}/commands", json=noted).status_code == 200
    assert {each for _, each in found_in(tmp_path)} == set(BYTES)
    held = json.loads(command(data_dir, dev, "lead", "export", ADA).stdout)
    assert {"people", "inbox", "outbox", "notes", "timeline"} <= held.keys()

    done = command(data_dir, dev, "lead", "erase", ADA, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    receipt = json.loads(done.stdout)
    assert (receipt["problem"], receipt["vacuumed"], receipt["temporal_runs_deleted"]) == (None, True, 1)
    assert found_in(tmp_path) == set()
    eventually(lambda: asyncio.run(is_gone(dev.at["temporal"], lead_id)))

    assert tell(dev, "email_opened", "o-1", content="welcome")["accepted"] == 0
    assert tell(dev, "page_viewed", "p-2", page="pricing")["accepted"] == 0
    assert lead_id_of(dev) is None
    assert found_in(tmp_path) == set()
    funnel = dev.http.get("/api/v1/reports/funnel").json()
    assert funnel, "reports go on"
