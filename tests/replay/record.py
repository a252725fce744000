"""Stores what every later version must be able to go on with: histories, and a whole store.

Run it at a release, never to make a failing test pass:

    python -m tests.replay.record [--as 0.1.0-spared] [scenario …]

A history that was stored is what sleeping leads look like on a user's server, and a store that was
kept is what an upgrade finds.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import sqlite3
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

from leadworkflows import __version__, bootstrap
from leadworkflows.settings import Settings
from tests.replay.rounds import ROUNDS
from tests.replay.scenarios import SCENARIOS, Scenario, Stage
from tests.workflows.server import TASK_QUEUE, start_server

FOLDER = Path(__file__).parent / "histories"
STORES = Path(__file__).parent / "stores"


async def record(name: str, scenario: Scenario, called: str = __version__) -> None:
    """Play a scenario on the real server; keep its histories with their policies, and the store."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), task_queue=TASK_QUEUE)
        async with await start_server() as env, await bootstrap.open_store(settings) as store:
            bootstrap.install_policies(settings, await bootstrap.activate_policy(settings, store))
            async with bootstrap.build_worker(settings, store, env.client):
                found = await scenario(Stage(env, settings, store))
        policies = _policies(Path(folder) / "leadworkflows.db", found)
        _write(FOLDER / f"{name}-{called}.json.gz", json.dumps(_kept(found, policies)))
        if name == "stages":
            _write(STORES / f"{called}.sql.gz", _dumped(Path(folder) / "leadworkflows.db"))


def _policies(database: Path, found: list[WorkflowHistory]) -> dict[str, Any]:
    """Those that the runs follow, by id."""
    said = json.dumps([json.loads(history.to_json()) for history in found])
    payloads = " ".join(_texts(json.loads(said)))
    with sqlite3.connect(database) as connection:
        saved = connection.execute("SELECT policy_id, body FROM policies").fetchall()
    return {policy: json.loads(body) for policy, body in saved if policy in payloads}


def _texts(value: Any) -> Iterator[str]:
    """Every payload, in clear."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from (
                [base64.b64decode(each).decode()]
                if name == "data" and isinstance(each, str)
                else _texts(each)
            )
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _kept(found: list[WorkflowHistory], policies: dict[str, Any]) -> dict[str, Any]:
    return {"policies": policies, "runs": [[h.workflow_id, json.loads(h.to_json())] for h in found]}


def _dumped(database: Path) -> str:
    with sqlite3.connect(database) as connection:
        return "\n".join(connection.iterdump())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    # No time of day in the file: the same content is the same bytes.
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes\n")


async def _main() -> None:
    everything = {**SCENARIOS, **ROUNDS}
    parser = ArgumentParser(
        description="Store histories and a store, to be gone on with by every later version"
    )
    parser.add_argument("scenarios", nargs="*", choices=list(everything), default=list(everything))
    parser.add_argument("--as", dest="called", default=__version__, help="the version in the files' names")
    asked = parser.parse_args()
    for name in asked.scenarios:
        await record(name, everything[name], asked.called)


if __name__ == "__main__":
    asyncio.run(_main())
