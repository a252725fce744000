"""On the real server: every run of an erased lead is deleted, and a schedule has the upkeep done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from leadworkflows import bootstrap
from leadworkflows.domain.view import workflow_id
from leadworkflows.runs import delete_runs
from leadworkflows.schedules import UPKEEP

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]
_PATIENCE_S = 120
"""The server deletes a closed run after half a minute: its lists must know first that it is closed."""


async def runs_of(client: Client, lead_id: str) -> list[str]:
    return [each.run_id async for each in client.list_workflows(f"WorkflowId = '{workflow_id(lead_id)}'")]


async def is_deleted(client: Client, lead_id: str, run_id: str) -> bool:
    try:
        await client.get_workflow_handle(workflow_id(lead_id), run_id=run_id).fetch_history()
    except RPCError as error:
        return error.status is RPCStatusCode.NOT_FOUND
    return False


async def eventually(asked: Any) -> Any:
    """Temporal lists and deletes a moment later, and has no event to wait for."""
    async with asyncio.timeout(_PATIENCE_S):
        while not (found := await asked()):
            await asyncio.sleep(0.05)
    return found


async def test_closed_runs_are_deleted_with_the_one_that_is_open(env, new_lead):
    lead = await new_lead()
    await lead.signal()
    await lead.handle.terminate()
    await lead.signal()

    async def both() -> list[str]:
        found = await runs_of(env.client, lead.lead_id)
        return found if len(found) == 2 else []

    runs = await eventually(both)
    assert await delete_runs(env.client, workflow_id(lead.lead_id)) == 2
    for run_id in runs:
        await eventually(lambda run_id=run_id: is_deleted(env.client, lead.lead_id, run_id))


async def test_of_a_lead_without_a_workflow_nothing_is_deleted(env, new_lead):
    lead = await new_lead()
    assert await delete_runs(env.client, workflow_id(lead.lead_id)) == 0


async def test_the_schedule_of_upkeep_is_started_at_once_and_every_hour(env, settings, store, policy, worker):
    schedules = bootstrap.build_schedules(settings, store, env.client)
    await schedules.keep(policy)
    handle = env.client.get_schedule_handle(schedules.id_of(UPKEEP))

    async def started() -> list[Any]:
        return list((await handle.describe()).info.recent_actions)

    [action, *_] = await eventually(started)
    run = env.client.get_workflow_handle(
        action.action.workflow_id, run_id=action.action.first_execution_run_id
    )
    async with asyncio.timeout(_PATIENCE_S):
        done = await run.result()
    assert done.keys() == {"counted", "dropped", "forgotten", "erased"}
    [every] = (await handle.describe()).schedule.spec.intervals
    assert every.every.total_seconds() == 3600
