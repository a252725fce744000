"""The funnel watch and the regular reports: a look a day, and each telling with retries of its own."""

from __future__ import annotations

import asyncio
from datetime import datetime

from pydantic import BaseModel
from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    # By its whole name: "from leadworkflows.workflows import options" would load it anew for every run.
    import leadworkflows.workflows.options as options  # noqa: PLR0402
    from leadworkflows.activities.inputs import LookInput, ReportInput, ReportTo, Telling
    from leadworkflows.domain.facts import Instant


class WatchStart(BaseModel):
    """`at` is given where a look is to be as of another time than its start."""

    at: Instant | None = None


class ReportStart(WatchStart):
    """Which report."""

    kind: str


@workflow.defn(name=options.WATCH_WORKFLOW)
class FunnelWatchWorkflow:
    """One look. What cannot be told within a day is taken up by the next one."""

    @workflow.run
    async def run(self, start: WatchStart) -> list[str]:
        """Look, then tell what is new, each beside the others; how each telling ended."""
        tellings = await workflow.execute_activity(
            "funnel.look",
            LookInput(at=_at(start)),
            result_type=list[Telling],
            summary="Look at the funnel",
            start_to_close_timeout=options.ACTION_TIMEOUT,
            schedule_to_close_timeout=options.WATCH_WITHIN,
            retry_policy=options.ACTION_RETRY,
        )
        return await asyncio.gather(*(self._tell(each) for each in tellings))

    async def _tell(self, telling: Telling) -> str:
        try:
            ended: str = await workflow.execute_activity(
                "funnel.tell",
                telling,
                result_type=str,
                summary=f"Tell that finding {telling.finding} {telling.what}",
                start_to_close_timeout=options.ACTION_TIMEOUT,
                schedule_to_close_timeout=options.WATCH_WITHIN,
                retry_policy=options.ACTION_RETRY,
            )
        except ActivityError:
            return "not told yet"
        return ended


@workflow.defn(name=options.REPORT_WORKFLOW)
class FunnelReportWorkflow:
    """One weekly or monthly report, to everybody who gets it."""

    @workflow.run
    async def run(self, start: ReportStart) -> dict[str, str]:
        """Send it to each place; how each ended. What Slack gets follows its own order."""
        asked = ReportInput.model_validate({"kind": start.kind, "at": _at(start)})
        targets = await workflow.execute_activity(
            "report.targets",
            asked,
            result_type=list[str],
            start_to_close_timeout=options.ACTION_TIMEOUT,
            schedule_to_close_timeout=options.REPORT_WITHIN,
            retry_policy=options.ACTION_RETRY,
        )
        slack = [each for each in targets if not each.startswith("mail-")]
        others = [[each] for each in targets if each.startswith("mail-")]
        ended = await asyncio.gather(*(self._send_in_order(asked, row) for row in [slack, *others]))
        return {to: outcome for row in ended for to, outcome in row.items()}

    async def _send_in_order(self, asked: ReportInput, row: list[str]) -> dict[str, str]:
        return {to: await self._send(asked, to) for to in row}

    async def _send(self, asked: ReportInput, to: str) -> str:
        try:
            ended: str = await workflow.execute_activity(
                "report.send",
                ReportTo(kind=asked.kind, at=asked.at, to=to),
                result_type=str,
                summary=f"Send the {asked.kind} report: {to}",
                start_to_close_timeout=options.ACTION_TIMEOUT,
                schedule_to_close_timeout=options.REPORT_WITHIN,
                retry_policy=options.ACTION_RETRY,
            )
        except ActivityError:
            return "not sent"
        return ended


def _at(start: WatchStart) -> datetime:
    """When it was due, not when a worker came to it."""
    return start.at or workflow.info().start_time
