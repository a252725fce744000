"""Lets the leads of a filled year live on: each gets its durable workflow, from where its journey stands.

What is still to start is kept in a file beside the data, so that a start that was cut short goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import TypeAdapter
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from leadworkflows.demo.year.lives import over
from leadworkflows.domain.lifecycle import WORKED_STAGES
from leadworkflows.domain.state import JourneyState
from leadworkflows.domain.view import workflow_id
from leadworkflows.workflows import options
from leadworkflows.workflows.inputs import LeadInput

FILE = "year-to-start.json"
_AT_A_TIME = 8
_States = TypeAdapter(list[JourneyState])


def put_down(folder: Path, states: Sequence[JourneyState]) -> None:
    """Remember whom to start: those that sales works first, those that are done last."""
    ordered = sorted(states, key=lambda state: (state.stage not in WORKED_STAGES, over(state)))
    (folder / FILE).write_bytes(_States.dump_json(ordered))


def waiting(folder: Path) -> list[JourneyState]:
    """Whom a fill left to be started; nobody where none did."""
    path = folder / FILE
    return _States.validate_json(path.read_bytes()) if path.exists() else []


async def wake(
    client: Client, task_queue: str, folder: Path, started: Callable[[int], None] = lambda _: None
) -> int:
    """Start every workflow that is not started yet; how many there were. Safe to repeat.

    Who was started is not started again, also where the process ended between.
    """
    slots, states = asyncio.Semaphore(_AT_A_TIME), waiting(folder)

    async def begin(state: JourneyState) -> None:
        async with slots:
            await _start(client, task_queue, state)
            started(1)

    await asyncio.gather(*(begin(state) for state in states))
    (folder / FILE).unlink(missing_ok=True)
    return len(states)


async def _start(client: Client, task_queue: str, state: JourneyState) -> None:
    """From its state, as a lead goes on after continue-as-new."""
    await client.start_workflow(
        options.LEAD_WORKFLOW,
        LeadInput(lead_id=state.lead_id, policy_id=state.policy_id, state=state),
        id=workflow_id(state.lead_id),
        task_queue=task_queue,
        static_summary=f"Lead …{state.lead_id[-8:]}",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    )
