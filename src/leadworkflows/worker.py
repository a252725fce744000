"""The worker process: the Temporal worker and the relay, until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.registry import ActionRegistry
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.relay import Relay
from leadworkflows.workflows.lead import LeadWorkflow

WORKFLOWS = [LeadWorkflow]
GRACE = timedelta(seconds=10)
"""How long an activity under way may take to finish when the worker stops."""


HEARTBEATS = timedelta(seconds=2)
"""How often heartbeats really leave; by default it is so late that a short delay looks like a death."""


def make_worker(
    client: Client, task_queue: str, actions: ActionRegistry, runner: ActionRunner, record: RecordActivities
) -> Worker:
    """A Temporal worker for leads: one workflow, one activity an action, and recording."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[record.record, *actions.temporal_activities(runner.run)],
        graceful_shutdown_timeout=GRACE,
        max_heartbeat_throttle_interval=HEARTBEATS,
    )


@asynccontextmanager
async def running(worker: Worker, relay: Relay) -> AsyncIterator[None]:
    """Worker and relay at work within the context; both are drained on leaving it."""
    async with worker:
        relaying = asyncio.create_task(relay.run())
        try:
            yield
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying
