"""The change of `reordered.py`, made as it should be: behind a version gate."""

from __future__ import annotations

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from leadworkflows.workflows import options
    from leadworkflows.workflows.inputs import EventBatch, LeadInput, LeadOutcome
    from leadworkflows.workflows.lead import LeadWorkflow


@workflow.defn(name=options.LEAD_WORKFLOW)
class GatedLeadWorkflow(LeadWorkflow):
    """Waits before it acts, where it begins under this version."""

    @workflow.init
    def __init__(self, start: LeadInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: LeadInput) -> LeadOutcome:
        """As the real one, and one command more for new runs."""
        if workflow.patched("wait-a-second"):
            await workflow.sleep(1)
        return await super().run(start)

    @workflow.signal(name=options.EVENTS_SIGNAL)
    def take_events(self, batch: EventBatch) -> None:
        super().take_events(batch)

    @workflow.query
    def view(self) -> dict[str, Any]:
        return super().view()
