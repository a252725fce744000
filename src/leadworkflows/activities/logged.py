"""What an activity logs says whose it is: lead, workflow, action and attempt stand on every line."""

from __future__ import annotations

from typing import Any

from structlog.contextvars import bound_contextvars
from temporalio import activity
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput
from temporalio.worker import Interceptor as WorkerInterceptor

_OF_A_LEAD = "lead-"


class LoggedActivities(ClientInterceptor, WorkerInterceptor):
    """Given to a client, it holds for every worker that uses the client."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Put the context around each activity."""
        return _Logged(super().intercept_activity(next))


class _Logged(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        with bound_contextvars(**_context(activity.info())):
            return await super().execute_activity(input)


def _context(info: activity.Info) -> dict[str, str | int]:
    """Opaque ids only."""
    known: dict[str, str | int] = {"activity": info.activity_type, "attempt": info.attempt}
    if info.workflow_id:
        known["workflow"] = info.workflow_id
        if info.workflow_id.startswith(_OF_A_LEAD):
            known["lead"] = info.workflow_id.removeprefix(_OF_A_LEAD)
    return known
