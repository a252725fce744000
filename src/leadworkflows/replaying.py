"""Replaying what a running server holds against the code at hand: the gate before a release.

A lead that sleeps is its history. Code that decides otherwise on the same history cannot go on with it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from leadworkflows.worker import WORKFLOWS

ADVICE = (
    "This code gives Temporal other commands, or in another order, than the code that began the run."
    ' Put the change behind workflow.patched("what-changed"), with the old way in the other branch,'
    " or leave the order as it was; where there is a worker deployment, leads move to new code only by"
    " continuing as new, and such a run stays with its release."
)


@dataclass(frozen=True)
class Replayed:
    """One run: `problem` is None where this code goes on with it, or else what the replay says."""

    workflow_id: str
    run_id: str
    events: int
    problem: str | None


async def histories(
    client: Client, task_queue: str, since: datetime, limit: int | None = None
) -> AsyncIterator[WorkflowHistory]:
    """The runs of ours that are open, and those that began or ended since, the newest first.

    Open ones count however old they are: these are the leads that a release could break.
    """
    at = since.astimezone(UTC).isoformat()
    query = (
        f"TaskQueue = '{task_queue}' AND (ExecutionStatus = 'Running'"
        f" OR StartTime >= '{at}' OR CloseTime >= '{at}')"
    )
    async for run in client.list_workflows(query, limit=limit):
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        try:
            yield await handle.fetch_history()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # deleted meanwhile: nobody goes on with it
                raise


async def replayed(
    found: AsyncIterator[WorkflowHistory], workflows: Sequence[type] | None = None
) -> AsyncIterator[Replayed]:
    """How each fares with this code, or with other workflows; policies must be installed."""
    replayer = Replayer(
        workflows=workflows or WORKFLOWS,
        data_converter=pydantic_data_converter,
        build_id="replay",  # unnamed, the SDK would read every module that is loaded to make one up
    )
    async with replayer.workflow_replay_iterator(found) as results:
        async for result in results:
            history = result.history
            yield Replayed(
                history.workflow_id, history.run_id, len(history.events), _said(result.replay_failure)
            )


def keep(history: WorkflowHistory, folder: Path) -> Path:
    """Write a history to a file. It holds ids and facts, nothing personal."""
    path = folder / f"{history.workflow_id}.{history.run_id}.json.gz"
    kept = {"runs": [[history.workflow_id, json.loads(history.to_json())]]}
    # No time of day in the file: the same history is the same bytes.
    path.write_bytes(gzip.compress(json.dumps(kept).encode(), mtime=0))
    return path


def _said(failure: Exception | None) -> str | None:
    if failure is None:
        return None
    return " ".join(str(failure).split()) or type(failure).__name__
