"""The real Temporal server with time skipping, and a lead driven through it as `Simulation` drives one."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType as HistoryEvent
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.view import workflow_id
from leadworkflows.store.store import Store
from leadworkflows.workflows import options
from leadworkflows.workflows.inputs import EventBatch, LeadInput

TASK_QUEUE = "leads"
_MAX_SKIPS = 100_000
_FLAGS = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "frontend.WorkflowTimeSkippingMaxSkipPerSession": str(_MAX_SKIPS),
    "history.timerProcessorMaxTimeShift": '"1ms"',
    "history.timerProcessorMaxPollRPS": "10000",
    "history.transferProcessorMaxPollRPS": "10000",
    "history.visibilityProcessorMaxPollRPS": "10000",
    # Without it, fast-forward across continue-as-new drifts.
    "history.workflowIdReuseMinimalInterval": '"0s"',
}
_PATIENCE_S = 45


def temporal_binary() -> str | None:
    """The binary beside this Python, or on the PATH."""
    return shutil.which("temporal", path=str(Path(sys.executable).parent)) or shutil.which("temporal")


async def start_server(attempts: int = 3) -> WorkflowEnvironment:
    """A private server that can skip time.

    It binds the ports it was given a moment later, so a test beside it may be faster: then again.
    """
    flags = [part for key, value in _FLAGS.items() for part in ("--dynamic-config-value", f"{key}={value}")]
    try:
        return await WorkflowEnvironment.start_time_skipping_v2(
            dev_server_existing_path=temporal_binary(),
            dev_server_extra_args=flags,
            dev_server_log_level="error",
            data_converter=pydantic_data_converter,
            search_attributes=options.SEARCH_ATTRIBUTES,
            ts_config=TimeSkippingConfig(max_session_skip_count=_MAX_SKIPS),
        )
    except RuntimeError:
        if attempts == 1:
            raise
        return await start_server(attempts - 1)


class ServerLead:
    """One lead on the real server: deliver events, let virtual time pass, look at what came of it."""

    def __init__(
        self,
        env: WorkflowEnvironment,
        store: Store,
        policy: Policy,
        lead_id: str,
        task_queue: str = TASK_QUEUE,
    ) -> None:
        self._env, self._store, self._policy = env, store, policy
        self._task_queue = task_queue
        self.lead_id = lead_id
        self._has_started = False
        self.handle: WorkflowHandle[Any, Any] = env.client.get_workflow_handle(workflow_id(lead_id))

    async def deliver(self, *events: LeadEvent, at: datetime | None = None) -> None:
        """Let time pass until the events' time, then signal them. See `settled` before looking."""
        if self._has_started:
            await self._skip_to(at or events[-1].occurred_at)
        with self._env.with_time_skipping_disabled():
            await self.signal(*events)
        self._has_started = True

    async def signal(self, *events: LeadEvent) -> None:
        """Signal-with-start, as the relay does."""
        await self._env.client.start_workflow(
            options.LEAD_WORKFLOW,
            LeadInput(lead_id=self.lead_id, policy_id=self._policy.id),
            id=workflow_id(self.lead_id),
            task_queue=self._task_queue,
            start_signal=options.EVENTS_SIGNAL,
            start_signal_args=[EventBatch(events=list(events), policy_id=self._policy.id)],
        )

    async def run_until(self, until: datetime) -> None:
        """Skip virtual time up to an instant, and see everything recorded."""
        await self._skip_to(until)
        await self.settled()

    async def _skip_to(self, until: datetime) -> None:
        ahead = until - await self.now()
        if ahead > timedelta(0):
            await self._env.fast_forward(self.handle, ahead)

    async def now(self) -> datetime:
        """The lead's virtual time."""
        return await self._env.get_current_time(self.handle)

    async def settled(self) -> None:
        """Wait until the lead has nothing under way and everything is recorded."""
        async with asyncio.timeout(_PATIENCE_S):
            while not await self._is_settled():
                await asyncio.sleep(0.02)

    async def _is_settled(self) -> bool:
        view = await self.view()
        record = await self._store.leads.get(self.lead_id)
        return not view["pending_actions"] and record is not None and record.snapshot == view

    async def settled_view(self) -> dict[str, Any]:
        """The lead as its workflow shows it, once nothing is under way."""
        await self.settled()
        return await self.view()

    async def view(self) -> dict[str, Any]:
        """The lead as its workflow shows it now."""
        view: dict[str, Any] = await self.handle.query("view")
        return view

    async def timeline(self) -> list[TimelineEntry]:
        """The recorded timeline, once everything is on it."""
        await self.settled()
        return await self._store.timeline.of(self.lead_id)

    async def histories(self) -> list[WorkflowHistory]:
        """The histories of all runs, oldest first."""
        description = await self.handle.describe()
        run_id: str | None = description.raw_description.workflow_execution_info.first_run_id
        found: list[WorkflowHistory] = []
        while run_id:
            handle = self._env.client.get_workflow_handle(self.handle.id, run_id=run_id)
            history = await handle.fetch_history()
            found.append(history)
            run_id = _next_run(history)
        return found


def _next_run(history: WorkflowHistory) -> str | None:
    last = history.events[-1]
    if last.event_type != HistoryEvent.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        return None
    return last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id


def story(entries: Sequence[TimelineEntry]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """A timeline without how actions ended: their order depends on who answers first."""
    return [(e.at.isoformat(), e.kind.value, e.what, tuple(e.why)) for e in entries if e.kind != "action"]


def soon() -> datetime:
    """A start for a scenario: just past, so that its first event is neither late nor in the future."""
    return datetime.now(UTC) - timedelta(minutes=1)
