"""Rounds of the funnel watch, the reports and the upkeep, for the stored histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pydantic import BaseModel
from sqlalchemy import insert
from temporalio.client import WorkflowHistory

from leadworkflows import bootstrap
from leadworkflows.store.models import ClockRow
from leadworkflows.workflows import options
from leadworkflows.workflows.funnel_watch import ReportStart, WatchStart
from tests.replay.scenarios import Scenario, Stage


async def watch(stage: Stage) -> list[WorkflowHistory]:
    """A look that finds a lead waiting beyond its clock, and tells it."""
    missed = datetime.now(UTC) - timedelta(hours=2)
    row = {
        "lead_id": "one", "pass": 1, "clock": "first_contact", "code": "L3", "state": "missed",
        "started_at": missed - timedelta(hours=1), "due_at": missed, "missed_at": missed,
        "stopped_at": None, "paused": False,
    }  # fmt: skip
    async with stage.store.database.writing() as connection:
        await connection.execute(insert(ClockRow), [row])
    return await _round(stage, options.WATCH_WORKFLOW, WatchStart())


async def report(stage: Stage) -> list[WorkflowHistory]:
    """A weekly report to Slack and to one address."""
    settings = stage.settings.model_copy(
        update={"report_to": ["head.of.sales@example.com"], "task_queue": f"report-{uuid4().hex[:8]}"}
    )
    async with bootstrap.build_worker(settings, stage.store, stage.env.client):
        own = Stage(stage.env, settings, stage.store)
        return await _round(own, options.REPORT_WORKFLOW, ReportStart(kind="weekly"))


async def upkeep(stage: Stage) -> list[WorkflowHistory]:
    """An hour's upkeep."""
    return await _round(stage, options.UPKEEP_WORKFLOW)


ROUNDS: dict[str, Scenario] = {"watch": watch, "report": report, "upkeep": upkeep}


async def _round(stage: Stage, workflow: str, *start: BaseModel) -> list[WorkflowHistory]:
    arguments: list[Any] = list(start)
    handle = await stage.env.client.start_workflow(
        workflow, args=arguments, id=f"{workflow}-{uuid4().hex}", task_queue=stage.settings.task_queue
    )
    await handle.result()
    return [await handle.fetch_history()]
