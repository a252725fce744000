"""What a lead does belongs for ten minutes to what it was told last. Time is skipped, not waited for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from leadworkflows.tracing import spans
from leadworkflows.tracing.temporal import BELONGS, LeadTracing
from tests.workflows.server import start_server

pytestmark = pytest.mark.temporal
SECOND = timedelta(seconds=1)


@activity.defn(dynamic=True)
async def act(_: Sequence[RawValue]) -> None:
    """Something that a lead does; its span is what is looked for."""


async def perform(name: str) -> None:
    await workflow.execute_activity(name, start_to_close_timeout=timedelta(seconds=20))


@workflow.defn(name="Lead")
class Acting:
    """Acts at moments that depend on when it was told something."""

    @workflow.init
    def __init__(self, goes_on: bool = False) -> None:
        self._goes_on = goes_on

    @workflow.run
    async def run(self, goes_on: bool = False) -> None:
        if not self._goes_on:
            await self._first()
            workflow.continue_as_new(True)
        await perform("went-on")
        await workflow.sleep(BELONGS + SECOND)
        await perform("went-on-and-over")

    async def _first(self) -> None:
        await perform("at-once")
        await workflow.sleep(BELONGS - 60 * SECOND)
        await perform("just-before")
        await workflow.sleep(61 * SECOND)
        await perform("just-after")
        await perform("tell")
        await perform("told-again")

    @workflow.signal
    def tell(self) -> None:
        """Whatever it is."""


async def test_a_trace_ends_ten_minutes_after_the_lead_was_told_something(collected) -> None:
    queue = f"traced-{uuid4().hex[:8]}"
    async with await start_server() as env:
        config = env.client.config()
        config["interceptors"] = [*config["interceptors"], LeadTracing(spans.tracer())]
        client = Client(**config)

        @activity.defn
        async def tell() -> None:
            with spans.span("second"):
                await client.get_workflow_handle(queue).signal("tell")

        async with Worker(
            client,
            task_queue=queue,
            workflows=[Acting],
            activities=[act, tell],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            with spans.span("first"):
                handle = await client.start_workflow("Lead", id=queue, task_queue=queue)
            await handle.result()
    found = {each.name: each.context.trace_id for each in collected.get_finished_spans()}
    of = {found["first"]: "first", found["second"]: "second"}
    acts = ("at-once", "just-before", "just-after", "told-again", "went-on", "went-on-and-over")
    assert {name: of.get(found[f"RunActivity:{name}"]) for name in acts} == {
        "at-once": "first",
        "just-before": "first",
        "just-after": None,
        "told-again": "second",
        "went-on": "second",
        "went-on-and-over": None,
    }
    assert timedelta(minutes=10) == BELONGS
