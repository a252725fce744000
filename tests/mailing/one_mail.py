"""A workflow that sends one mail, as a lead's does, with shorter waits."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from leadworkflows.activities.inputs import ActionInput
    from leadworkflows.domain.decisions import ActionResult


@workflow.defn(sandboxed=False)  # a sandbox for each of hundreds takes longer than all their mails
class OneMail:
    """Ends as the action did."""

    @workflow.run
    async def run(self, mail: ActionInput) -> str:
        result: ActionResult = await workflow.execute_activity(
            mail.name,
            mail,
            result_type=ActionResult,
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=4),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=1)
            ),
        )
        return result.outcome.value
