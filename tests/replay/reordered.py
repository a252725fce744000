"""A lead's workflow with its commands in another order, as an unreviewed change would leave it."""

from __future__ import annotations

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from leadworkflows.workflows import options
    from leadworkflows.workflows.inputs import EventBatch, LeadInput, LeadOutcome
    from leadworkflows.workflows.lead import LeadWorkflow


@workflow.defn(name=options.LEAD_WORKFLOW)
class ReorderedLeadWorkflow(LeadWorkflow):
    """Sets its timer before it acts."""

    @workflow.init
    def __init__(self, start: LeadInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: LeadInput) -> LeadOutcome:
        """As the real one, but for one command too early."""
        await workflow.sleep(1)
        return await super().run(start)

    @workflow.signal(name=options.EVENTS_SIGNAL)
    def take_events(self, batch: EventBatch) -> None:
        super().take_events(batch)

    @workflow.query
    def view(self) -> dict[str, Any]:
        return super().view()
