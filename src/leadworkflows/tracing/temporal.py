"""A trace on its way through Temporal: in the headers of signals, updates and activities.

The SDK's interceptor traces calls of the client and activities. Within a workflow it would put everything
under whatever began the run, and a lead's run lasts for months: here what an activity belongs to is the
newest event that its lead was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from opentelemetry.trace import Tracer
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.worker import (
    ContinueAsNewInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

HEADER = "_tracer-data"
"""Where the SDK's own interceptor puts a trace and looks for it."""
BELONGS = timedelta(minutes=10)
"""For how long what a lead does counts to the event it was told last: what comes of a clock or of a nurture
sequence, hours and days after it, is a trace of its own."""

__all__ = ["BELONGS", "HEADER", "LeadTracing"]


class LeadTracing(TracingInterceptor):
    """Traces calls to Temporal and activities; workflows only hand a trace on, and make no spans."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__(tracer)

    def workflow_interceptor_class(  # type: ignore[override] # the SDK uses any, and its own names its own
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """What a run does with a trace."""
        return _Told


class _Told(WorkflowInboundInterceptor):
    """Remembers the trace of what the lead was told last. Reads no clock but the workflow's."""

    def __init__(self, next: WorkflowInboundInterceptor) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._payload: Payload | None = None
        self._until: datetime | None = None

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_HandsOn(outbound, self))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002
        if self._until is None:  # a signal that came with the start may have been first
            self._hear(input.headers)
        return await super().execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002
        self._hear(input.headers)
        await super().handle_signal(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002
        self._hear(input.headers)
        return await super().handle_update_handler(input)

    def _hear(self, headers: Mapping[str, Payload]) -> None:
        """What came without a trace ends the one before."""
        self._payload, self._until = headers.get(HEADER), workflow.now() + BELONGS

    def with_trace(self, headers: Mapping[str, Payload]) -> Mapping[str, Payload]:
        """The headers of something that is begun now."""
        if self._payload is None or self._until is None or workflow.now() >= self._until:
            return headers
        return {**headers, HEADER: self._payload}


class _HandsOn(WorkflowOutboundInterceptor):
    """Puts the trace into what a run begins."""

    def __init__(self, next: WorkflowOutboundInterceptor, told: _Told) -> None:  # noqa: A002
        super().__init__(next)
        self._told = told

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        input.headers = self._told.with_trace(input.headers)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        input.headers = self._told.with_trace(input.headers)
        return super().start_local_activity(input)

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:  # noqa: A002
        input.headers = self._told.with_trace(input.headers)
        super().continue_as_new(input)
