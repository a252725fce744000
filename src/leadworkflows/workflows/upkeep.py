"""Upkeep: started by a schedule, it has what is over dropped, and erasures finished."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    # By its whole name: "from leadworkflows.workflows import options" would load it anew for every run.
    import leadworkflows.workflows.options as options  # noqa: PLR0402


@workflow.defn(name=options.UPKEEP_WORKFLOW)
class UpkeepWorkflow:
    """One round. What could not be done in its time is taken up by the next one."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        """How much of each was done."""
        done: dict[str, int] = await workflow.execute_activity(
            "upkeep",
            result_type=dict[str, int],
            summary="Drop what is over, finish erasures",
            start_to_close_timeout=options.UPKEEP_WITHIN,
            schedule_to_close_timeout=options.UPKEEP_WITHIN,
            heartbeat_timeout=options.UPKEEP_HEARTBEAT,
            retry_policy=options.ACTION_RETRY,
        )
        return done
