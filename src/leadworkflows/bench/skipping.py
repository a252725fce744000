"""A real Temporal server that skips time, and one lead driven through it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import EventType as HistoryEvent
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.view import workflow_id
from leadworkflows.embedded.command import find_binary
from leadworkflows.workflows import options
from leadworkflows.workflows.inputs import EventBatch, LeadInput

_SKIPS = 100_000
_FLAGS = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "frontend.WorkflowTimeSkippingMaxSkipPerSession": str(_SKIPS),
    "history.timerProcessorMaxTimeShift": '"1ms"',
    "history.timerProcessorMaxPollRPS": "10000",
    "history.transferProcessorMaxPollRPS": "10000",
    "history.visibilityProcessorMaxPollRPS": "10000",
    "history.workflowIdReuseMinimalInterval": '"0s"',
}
_PATIENCE_S, _LOOK_S = 45, 0.02


@asynccontextmanager
async def time_skipping(metrics_port: int) -> AsyncIterator[WorkflowEnvironment]:
    """The server, telling its counters on that port."""
    flags = [part for key, value in _FLAGS.items() for part in ("--dynamic-config-value", f"{key}={value}")]
    env = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(find_binary()),
        dev_server_extra_args=[*flags, "--metrics-port", str(metrics_port)],
        dev_server_log_level="error",
        data_converter=pydantic_data_converter,
        search_attributes=options.SEARCH_ATTRIBUTES,
        ts_config=TimeSkippingConfig(max_session_skip_count=_SKIPS),
    )
    async with env:
        yield env


class Skipping:
    """One lead: let virtual time pass, tell it something, see it at rest."""

    def __init__(self, env: WorkflowEnvironment, lead_id: str, policy_id: str, task_queue: str) -> None:
        self._env, self._policy_id, self._task_queue = env, policy_id, task_queue
        self.lead_id = lead_id
        self._has_started = False
        self._handle: WorkflowHandle[Any, Any] = env.client.get_workflow_handle(workflow_id(lead_id))

    async def now(self) -> datetime:
        """The lead's virtual time; ours before its workflow was started."""
        return await self._env.get_current_time(self._handle) if self._has_started else datetime.now(UTC)

    async def skip_to(self, until: datetime) -> None:
        """Let time pass; nothing happens before the lead's workflow was started."""
        if self._has_started:
            ahead = until - await self.now()
            if ahead > timedelta(0):
                await self._env.fast_forward(self._handle, ahead)
                await self.settled()

    async def tell(self, *events: LeadEvent) -> None:
        """Tell it events, as the relay does: a new lead begins with them, any other is signalled."""
        told: dict[str, Any] = {"id": self._handle.id, "task_queue": self._task_queue}
        begins = LeadInput(lead_id=self.lead_id, policy_id=self._policy_id)
        if self._has_started:
            batch = EventBatch(events=list(events), policy_id=self._policy_id)
            told |= {"start_signal": options.EVENTS_SIGNAL, "start_signal_args": [batch]}
        else:
            begins = begins.model_copy(update={"events": list(events)})
        with self._env.with_time_skipping_disabled():
            await self._env.client.start_workflow(options.LEAD_WORKFLOW, begins, **told)
        self._has_started = True

    async def command(self, event: LeadEvent) -> None:
        """Carry out a person's command."""
        await self._handle.execute_update(options.COMMAND_UPDATE, event, id=event.id)

    async def settled(self) -> None:
        """Wait until nothing is under way. The lead is not asked: a query is an action too."""
        async with asyncio.timeout(_PATIENCE_S):
            while await self._is_busy():  # noqa: ASYNC110 - the server is another process
                await asyncio.sleep(_LOOK_S)

    async def _is_busy(self) -> bool:
        told = (await self._handle.describe()).raw_description
        return bool(told.pending_activities) or told.HasField("pending_workflow_task")

    async def histories(self) -> list[WorkflowHistory]:
        """The histories of all runs, oldest first."""
        described = await self._handle.describe()
        run_id: str | None = described.raw_description.workflow_execution_info.first_run_id
        found: list[WorkflowHistory] = []
        while run_id:
            handle = self._env.client.get_workflow_handle(self._handle.id, run_id=run_id)
            found.append(await handle.fetch_history())
            run_id = _next_run(found[-1])
        return found


def _next_run(history: WorkflowHistory) -> str | None:
    last = history.events[-1]
    if last.event_type != HistoryEvent.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        return None
    return last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
