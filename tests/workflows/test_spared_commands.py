"""What a lead decides is on record and shown with as few of Temporal's commands as possible."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from leadworkflows.activities.inputs import ActionInput, PerformedAction
from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.registry import ActionActivity
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.bootstrap import make_actions
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store
from leadworkflows.worker import make_worker
from leadworkflows.workflows.inputs import LeadInput
from tests.replay.stored import Happened, events
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon

PATIENCE_S = 20
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def happened(lead: ServerLead) -> list[Happened]:
    return events(await lead.histories())


async def test_actions_record_what_was_decided_with_them(new_lead: LeadMaker) -> None:
    lead = await new_lead()
    await lead.deliver(Script(soon()).event("demo_requested"))
    timeline = await lead.timeline()
    assert [entry.n for entry in timeline] == list(range(1, len(timeline) + 1))
    found = await happened(lead)
    begun = [each for each in found if each.name == "ACTIVITY_TASK_SCHEDULED"]
    ended = [entry for entry in timeline if entry.kind == "action"]
    assert len(begun) == len(ended) == 3
    assert all(each.payloads()[0]["record"]["entries"][0]["n"] == 1 for each in begun)
    first_marker = next(n for n, each in enumerate(found) if each.name == "MARKER_RECORDED")
    assert any(each.name == "ACTIVITY_TASK_COMPLETED" for each in found[:first_marker])


class OfBefore(RecordActivities):
    """Of a worker that does not know yet that actions take along what is to be recorded."""

    def before(self, run: ActionActivity) -> ActionActivity:  # type: ignore[override]
        return run


class Late(RecordActivities):
    """Every slot for activities is taken: none begins."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.may = asyncio.Event()

    def before(self, run: ActionActivity) -> Callable[[ActionInput], Awaitable[PerformedAction]]:
        recorded_first = super().before(run)

        async def later(request: ActionInput) -> PerformedAction:
            await self.may.wait()
            return await recorded_first(request)

        return later


@pytest.fixture
def worker_with(
    env: WorkflowEnvironment, store: Store, settings: Settings
) -> Callable[[RecordActivities], Worker]:
    """A worker, with a task queue of its own, that records like this."""

    def make(record: RecordActivities) -> Worker:
        actions = make_actions(settings, store)
        runner = ActionRunner(store, actions, lambda: datetime.now(UTC))
        return make_worker(env.client, f"recording-{uuid4().hex}", actions, runner, record)

    return make


async def test_nothing_is_missing_where_a_worker_of_before_performed_the_actions(
    store: Store, new_lead: LeadMaker, worker_with: Callable[[RecordActivities], Worker]
) -> None:
    async with worker_with(OfBefore(store)) as worker:
        lead = await new_lead(worker.task_queue)
        await lead.deliver(Script(soon()).event("demo_requested"))
        timeline = await lead.timeline()
    assert [entry.n for entry in timeline] == list(range(1, len(timeline) + 1))
    assert timeline[0].kind == "event"


async def test_what_actions_did_not_come_to_record_is_recorded_with_the_next_event(
    store: Store, new_lead: LeadMaker, worker_with: Callable[[RecordActivities], Worker]
) -> None:
    record = Late(store)
    async with worker_with(record) as worker, asyncio.timeout(PATIENCE_S):
        lead, script = await new_lead(worker.task_queue), Script(soon())
        demo, visit = script.event("demo_requested"), script.event("page_viewed", page="pricing")
        await lead.signal(demo)
        await under_way(lead)
        assert not await store.timeline.of(lead.lead_id)
        await lead.signal(visit)
        while not (known := await store.timeline.of(lead.lead_id)):
            await asyncio.sleep(0.02)
        assert [entry.n for entry in known] == list(range(1, len(known) + 1))
        assert {demo.id, visit.id} <= {entry.data.get("event_id") for entry in known}
        record.may.set()
        timeline = await lead.timeline()
    assert [entry.n for entry in timeline] == list(range(1, len(timeline) + 1))
    assert timeline[: len(known)] == known


async def under_way(lead: ServerLead) -> None:
    """See the lead's actions given to Temporal."""
    while not (await lead.handle.describe()).raw_description.pending_activities:
        await asyncio.sleep(0.02)


async def test_what_is_not_an_end_of_an_action_is_recorded_while_others_are_under_way(
    new_lead: LeadMaker, store: Store
) -> None:
    lead, script = await new_lead(), Script(soon())
    await lead.deliver(script.event("demo_requested"), script.event("page_viewed", page="product"))
    await lead.signal(script.event("page_viewed", page="pricing"))
    timeline = await lead.timeline()
    assert [entry.n for entry in timeline] == list(range(1, len(timeline) + 1))
    record = await store.leads.get(lead.lead_id)
    assert record is not None
    assert record.revision == len(timeline)


async def test_a_change_of_the_score_alone_is_shown_with_what_changes_next(
    new_lead: LeadMaker, store: Store
) -> None:
    lead, script = await new_lead(), Script(soon())
    await lead.deliver(script.event("newsletter_subscribed"))
    await lead.settled()
    first = (await lead.settled_view())["score"]["total"]
    await lead.deliver(script.event("page_viewed", page="product", day=0.1))
    score = (await lead.settled_view())["score"]["total"]
    assert score > first
    record = await store.leads.get(lead.lead_id)
    assert record is not None
    assert record.snapshot
    assert record.snapshot["score"]["total"] == score
    assert len(await shown(lead)) == 1
    await lead.deliver(script.event("demo_requested", day=0.2))
    total = (await lead.settled_view())["score"]["total"]
    assert [each["LeadScore"] for each in await shown(lead)] == [first, total]


async def shown(lead: ServerLead) -> list[dict[str, int]]:
    """What each upsert said."""
    found = [each for each in await happened(lead) if each.name == "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"]
    return [
        {name: int(value.data) for name, value in each.fields.search_attributes.indexed_fields.items()
         if name == "LeadScore"}
        for each in found
    ]  # fmt: skip


async def test_a_run_begun_before_commands_were_spared_goes_on_as_it_began() -> None:
    assert not LeadInput.model_validate_json('{"lead_id": "one", "policy_id": "p"}').spares
    again = LeadInput(lead_id="one", policy_id="p").model_dump_json()
    assert LeadInput.model_validate_json(again).spares
