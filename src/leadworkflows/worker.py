"""The worker process: the Temporal worker and the relay, until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from leadworkflows import __version__
from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.registry import ActionRegistry
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.workflows.funnel_watch import FunnelReportWorkflow, FunnelWatchWorkflow
from leadworkflows.workflows.lead import LeadWorkflow
from leadworkflows.workflows.upkeep import UpkeepWorkflow

WORKFLOWS = [LeadWorkflow, FunnelWatchWorkflow, FunnelReportWorkflow, UpkeepWorkflow]
GRACE = timedelta(seconds=10)
"""How long an activity under way may take to finish when the worker stops."""


HEARTBEATS = timedelta(seconds=2)
"""How often heartbeats really leave; by default it is so late that a short delay looks like a death."""


@dataclass(frozen=True)
class Release:
    """Which code a worker runs, and in which of Temporal's deployments; None: leads go on under any worker.

    In a deployment a lead's run stays with the release that began it, and the next run begins on the
    current one.
    """

    build_id: str = __version__
    deployment: str | None = None

    def config(self) -> WorkerDeploymentConfig:
        """As Temporal wants to be told it."""
        is_pinned = self.deployment is not None
        return WorkerDeploymentConfig(
            # Named in either case: without a build id the SDK reads and hashes every module that is loaded,
            # and the process stands still for seconds.
            version=WorkerDeploymentVersion(self.deployment or "leadworkflows", self.build_id),
            use_worker_versioning=is_pinned,
            # Said here and not at the workflows: a worker outside of a deployment may not say it.
            default_versioning_behavior=(
                VersioningBehavior.PINNED if is_pinned else VersioningBehavior.UNSPECIFIED
            ),
        )


def make_worker(
    client: Client,
    task_queue: str,
    actions: ActionRegistry,
    runner: ActionRunner,
    record: RecordActivities,
    others: Sequence[Callable[..., Any]] = (),
    release: Release = Release(),
) -> Worker:
    """A Temporal worker: for leads one workflow, one activity an action, and recording; and for `others`."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[record.record, *actions.temporal_activities(record.before(runner.run)), *others],
        graceful_shutdown_timeout=GRACE,
        max_heartbeat_throttle_interval=HEARTBEATS,
        deployment_config=release.config(),
    )


class Runs(Protocol):
    """Works until it is cancelled: the relay, and what else a worker process does beside Temporal."""

    async def run(self) -> None:
        """Work for ever."""


@asynccontextmanager
async def running(worker: Worker, beside: Sequence[Runs]) -> AsyncIterator[None]:
    """The worker and what works beside it, within the context; all are drained on leaving it."""
    async with worker:
        tasks = [asyncio.create_task(each.run()) for each in beside]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
