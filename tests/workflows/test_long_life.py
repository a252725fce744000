"""A run that is about to continue as new, and a command that comes just then."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.testing import WorkflowEnvironment

from leadworkflows.activities.inputs import RecordInput
from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.bootstrap import make_actions
from leadworkflows.domain.policy import Policy
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store
from leadworkflows.worker import make_worker
from leadworkflows.workflows import options
from tests.store.given import NOON
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]
MORE_THAN_A_TASK = 11.0
"""Seconds for which a record lasts: a workflow task is closed after ten, and commands come in again."""


class HeldUp(RecordActivities):
    """The store is slow, once it is told to be."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.slow, self.began = False, asyncio.Event()

    @activity.defn(name="record")
    async def record(self, recorded: RecordInput) -> None:
        if self.slow:
            self.slow = False
            self.began.set()
            await asyncio.sleep(MORE_THAN_A_TASK)
        await super().record(recorded)


async def test_a_command_that_comes_at_the_end_of_a_run_is_answered(
    env: WorkflowEnvironment, store: Store, settings: Settings, policy: Policy, new_lead: LeadMaker
) -> None:
    record, queue = HeldUp(store), f"held-up-{uuid4().hex}"
    actions = make_actions(settings, store)
    runner = ActionRunner(store, actions, lambda: NOON)
    async with make_worker(env.client, queue, actions, runner, record):
        lead, script = await new_lead(queue), Script(soon())
        await lead.deliver(script.event("demo_requested"))
        await lead.settled()
        while (await lead.handle.describe()).history_length < options.CONTINUE_AFTER_EVENTS - 6:
            await lead.signal(script.event("page_viewed", page="product"))
            await lead.settled()
        record.slow = True
        with env.with_time_skipping_disabled():
            await lead.signal(script.event("page_viewed", page="product"))
            await record.began.wait()
            claim = script.event("lead_claimed", by="rep-1").model_copy(update={"seq": 0})
            async with asyncio.timeout(40):
                view = await lead.handle.execute_update("command", claim, id=claim.id)
    assert view["owner"] == "rep-1"
