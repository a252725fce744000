"""Stores the histories that every later version of the workflow must be able to replay.

Run it after a release, never to make a failing replay pass:

    python -m tests.replay.record

A history that was stored is what sleeping leads look like on a user's server.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from temporalio.client import WorkflowHistory

from leadworkflows import __version__, bootstrap
from leadworkflows.domain.events import EventType
from leadworkflows.policies.loader import load_policy
from leadworkflows.settings import Settings
from leadworkflows.sources.base import Identity, InboundEvent
from tests.workflows.events import Script, whole_life
from tests.workflows.server import TASK_QUEUE, ServerLead, soon, start_server

FOLDER = Path(__file__).parent / "histories"


async def record() -> Path:
    """Live a whole life on the real server and keep the histories of its runs, with its policy."""
    policy = load_policy()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), task_queue=TASK_QUEUE)
        async with await start_server() as env, await bootstrap.open_store(settings) as store:
            await bootstrap.activate_policy(settings, store)
            bootstrap.install_policies(settings, policy)
            person = InboundEvent(
                delivery_id=uuid4().hex,
                type=EventType.FACTS_UPDATED,
                identity=Identity(email="ada@example.com"),
            )
            await store.inbox.accept("record", [person], datetime.now(UTC), classify=lambda _: {})
            lead = ServerLead(env, store, policy, await store.leads.lead_id_of("ada@example.com") or "")
            async with bootstrap.build_worker(settings, store, env.client):
                for event in whole_life(Script(soon())):
                    await lead.deliver(event)
                await lead.settled()
                histories = await lead.histories()
    return _keep(policy.model_dump(mode="json", by_alias=True), histories)


def _keep(policy: object, histories: list[WorkflowHistory]) -> Path:
    path = FOLDER / f"whole-life-{__version__}.json.gz"
    kept = {"policy": policy, "runs": [[h.workflow_id, json.loads(h.to_json())] for h in histories]}
    FOLDER.mkdir(exist_ok=True)
    # No time of day in the file: the same histories are the same bytes.
    path.write_bytes(gzip.compress(json.dumps(kept).encode(), mtime=0))
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(record())}\n")
