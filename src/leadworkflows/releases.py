"""Releases side by side: which code runs which leads, which is current, and who has yet to move on.

Temporal calls a release a version of a worker deployment. A lead's run stays with the release that
began it; continuing as new takes the lead to the current one. A sleeping lead does so when it is nudged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflow.v1 import VersioningOverride, WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from leadworkflows.workflows import options

_log = structlog.get_logger(__name__)
_PATIENCE = timedelta(seconds=10)
_AGAIN_S = 2.0
_RECENTLY_S = 90
"""A worker asks for work at least once a minute; whoever did not is taken for gone."""
_CLOCKS_DIFFER_S = 60
"""So much this machine's clock may be ahead of the server's."""


class ReleaseRefused(Exception):
    """What was asked for cannot be done with that release. The message says why, and the way out."""


class NoSuchRelease(ReleaseRefused):
    """No worker of that release was ever seen. The message says what is known."""


class NobodyWorksIt(ReleaseRefused):
    """The current release has no worker now: leads that come over would wait there."""


@dataclass(frozen=True)
class ReleaseState:
    """One release: `build_id` is None for leads that began before there was a deployment.

    `leads` are open runs that stay with it; `is_worked` says whether a worker of it asks for work.
    """

    build_id: str | None
    is_current: bool
    is_worked: bool
    leads: int


@dataclass(frozen=True)
class Nudged:
    """How many sleeping leads were told, how many of these had to be moved since no worker was left."""

    told: int = 0
    moved: int = 0
    gone: int = 0
    """Came to their end meanwhile."""


class Releases:
    """The releases of one deployment, as Temporal knows them. Every method may raise RPCError."""

    def __init__(self, client: Client, task_queue: str, deployment: str) -> None:
        self._client, self._task_queue, self.deployment = client, task_queue, deployment

    async def states(self) -> list[ReleaseState]:
        """Every release, the newest first, and last the leads of before there were any."""
        current, builds = await self._known()
        worked = await self._worked()
        found = [
            ReleaseState(build, build == current, build in worked, await self._open_leads(build))
            for build in builds
        ]
        if before := await self._open_leads(None):
            found.append(ReleaseState(None, is_current=False, is_worked=False, leads=before))
        return found

    async def current(self) -> str | None:
        """The build id of the current release; None before there is one."""
        return (await self._known())[0]

    async def make_current(self, build_id: str) -> None:
        """New leads begin on it from now on, and others come over. Raises NoSuchRelease.

        Temporal refuses a release that lacks a worker for a task queue the one before has.
        """
        try:
            await self._client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=self._client.namespace,
                    deployment_name=self.deployment,
                    build_id=build_id,
                    identity=self._client.identity,
                ),
                timeout=_PATIENCE,
            )
        except RPCError as error:
            if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                raise
            known = ", ".join((await self._known())[1]) or "none yet"
            raise NoSuchRelease(f"no worker of release {build_id} was seen; seen: {known}") from None

    async def nudge(
        self, per_second: float, limit: int | None = None, told: Callable[[Nudged], None] = lambda _: None
    ) -> Nudged:
        """Wake leads that are not on the current release, so many a second; `told` hears of each.

        A lead whose release has no worker any more is moved first: its run is replayed by the current
        one, which `leadworkflows replay check` tries beforehand. Raises NoSuchRelease where none is current,
        and NobodyWorksIt where leads would be woken to wait for a worker.
        """
        current = await self._worked_current()
        pace, counts = _Pace(per_second), {"told": 0, "moved": 0, "gone": 0}
        async for lead, is_left in self._behind(current):
            if limit is not None and sum(counts.values()) >= limit:
                break
            await pace.wait()
            counts[await self._nudge(lead, current if is_left else None)] += 1
            told(_nudged(counts))
        return _nudged(counts)

    async def _worked_current(self) -> str:
        current, worked = await self.current(), await self._worked()
        if current is None:
            raise NoSuchRelease("there is no current release yet: leadworkflows release activate names one")
        if current in worked:
            return current
        others = ", ".join(sorted(worked))
        raise NobodyWorksIt(
            f"no worker of release {current}, the current one, asks for work: leads would come over to wait;"
            " start its workers"
            + (f", or go back: leadworkflows release activate (with workers: {others})" if others else "")
        )

    async def _nudge(self, workflow_id: str, move_to: str | None) -> str:
        try:
            if move_to is not None:
                await self._move(workflow_id, move_to)
            handle = self._client.get_workflow_handle(workflow_id)
            await handle.signal(options.NUDGE_SIGNAL, rpc_timeout=_PATIENCE)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return "gone"
        return "moved" if move_to is not None else "told"

    async def _move(self, workflow_id: str, build_id: str) -> None:
        version = WorkerDeploymentVersion(deployment_name=self.deployment, build_id=build_id)
        once = VersioningOverride.OneTimeOverride(target_deployment_version=version)
        asked = UpdateWorkflowExecutionOptionsRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id),
            workflow_execution_options=WorkflowExecutionOptions(
                versioning_override=VersioningOverride(one_time=once)
            ),
        )
        asked.update_mask.paths.append("versioning_override")
        await self._client.workflow_service.update_workflow_execution_options(asked, timeout=_PATIENCE)

    async def _behind(self, current: str) -> AsyncIterator[tuple[str, bool]]:
        """Leads on another release, and whether that one has no worker left."""
        for each in await self.states():
            if each.build_id == current or not each.leads:
                continue
            # What began before there was a deployment is given to the current release by Temporal itself.
            is_left = each.build_id is not None and not each.is_worked
            async for run in self._client.list_workflows(self._query(each.build_id), rpc_timeout=_PATIENCE):
                yield run.id, is_left

    async def _known(self) -> tuple[str | None, list[str]]:
        asked = DescribeWorkerDeploymentRequest(
            namespace=self._client.namespace, deployment_name=self.deployment
        )
        try:
            answer = await self._client.workflow_service.describe_worker_deployment(asked, timeout=_PATIENCE)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None, []
        info = answer.worker_deployment_info
        builds = sorted(
            info.version_summaries, key=lambda each: each.create_time.ToNanoseconds(), reverse=True
        )
        current = info.routing_config.current_deployment_version.build_id
        return current or None, [each.deployment_version.build_id for each in builds]

    async def _worked(self) -> set[str]:
        asked = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            report_pollers=True,
        )
        answer = await self._client.workflow_service.describe_task_queue(asked, timeout=_PATIENCE)
        return at_work(answer.pollers, self.deployment, datetime.now(UTC))

    async def _open_leads(self, build_id: str | None) -> int:
        return (await self._client.count_workflows(self._query(build_id), rpc_timeout=_PATIENCE)).count

    def _query(self, build_id: str | None) -> str:
        of = "IS NULL" if build_id is None else f"= '{self.deployment}:{build_id}'"
        return (
            f"WorkflowType = '{options.LEAD_WORKFLOW}' AND TaskQueue = '{self._task_queue}'"
            f" AND ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion {of}"
        )


def at_work(pollers: Sequence[PollerInfo], deployment: str, now: datetime) -> set[str]:
    """The releases of a deployment whose workers ask for work.

    Temporal lists a worker for minutes after its end. The moments are the server's: they are compared with
    the latest of them, and with this machine's clock only where that is older than clocks differ.
    """
    latest = max((each.last_access_time.seconds for each in pollers), default=0)
    since = max(latest, now.timestamp() - _CLOCKS_DIFFER_S) - _RECENTLY_S
    return {
        each.deployment_options.build_id
        for each in pollers
        if each.deployment_options.deployment_name == deployment and each.last_access_time.seconds > since
    }


class FirstRelease:
    """Makes the first release of a deployment current, so that an installation begins to work by itself.

    Every later one waits for a person: `leadworkflows release activate`.
    """

    def __init__(self, releases: Releases, build_id: str) -> None:
        self._releases, self._build_id = releases, build_id

    async def run(self) -> None:
        """Until some release is current. A worker becomes known a moment after its start."""
        while True:
            try:
                if current := await self._releases.current():
                    if current != self._build_id:
                        _log.warning("release.not_current", build_id=self._build_id, current=current)
                    return
                await self._releases.make_current(self._build_id)
            except (RPCError, RuntimeError, NoSuchRelease) as error:
                _log.info("release.not_yet_known", build_id=self._build_id, error=type(error).__name__)
                await asyncio.sleep(_AGAIN_S)
            else:
                _log.info("release.first", build_id=self._build_id, deployment=self._releases.deployment)


class _Pace:
    """At most so many a second, evenly."""

    def __init__(self, per_second: float) -> None:
        self._gap, self._next = 1 / per_second, 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self._next - now))
        self._next = max(now, self._next) + self._gap


def _nudged(counts: dict[str, int]) -> Nudged:
    return Nudged(told=counts["told"] + counts["moved"], moved=counts["moved"], gone=counts["gone"])
