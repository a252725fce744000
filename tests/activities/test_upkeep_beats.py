"""A round of upkeep is heard while it lasts, so that a worker that was killed is soon missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from leadworkflows.activities import heartbeat
from leadworkflows.activities.upkeep import UpkeepActivities
from leadworkflows.workflows import options
from leadworkflows.workflows.upkeep import UpkeepWorkflow
from tests.workflows.server import start_server


async def test_a_round_is_heard_while_it_lasts_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.001)
    heard = asyncio.Event()

    async def once(_: datetime) -> dict[str, int]:
        await asyncio.wait_for(heard.wait(), 10)
        return {"dropped": 3}

    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: heard.set()
    assert await environment.run(UpkeepActivities(once).upkeep) == {"dropped": 3}
    heard.clear()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=10)
    assert not heard.is_set()


@pytest.mark.temporal
async def test_temporal_misses_a_round_whose_worker_was_killed_long_before_its_time_is_over() -> None:
    """It beats several times within the time after which it is missed."""
    assert options.UPKEEP_HEARTBEAT.total_seconds() > heartbeat.EVERY_S * 5

    async def once(_: datetime) -> dict[str, int]:
        return {"dropped": 3}

    queue = f"upkeep-{uuid4().hex[:8]}"
    async with await start_server() as env:
        activities = [UpkeepActivities(once, lambda: datetime.now(UTC)).upkeep]
        async with Worker(env.client, task_queue=queue, workflows=[UpkeepWorkflow], activities=activities):
            handle = await env.client.start_workflow(options.UPKEEP_WORKFLOW, id=queue, task_queue=queue)
            assert await handle.result() == {"dropped": 3}
            [asked] = [
                each.activity_task_scheduled_event_attributes
                for each in (await handle.fetch_history()).events
                if each.HasField("activity_task_scheduled_event_attributes")
            ]
    assert asked.heartbeat_timeout.ToTimedelta() == options.UPKEEP_HEARTBEAT
    assert asked.heartbeat_timeout.ToTimedelta() < asked.start_to_close_timeout.ToTimedelta() / 10
