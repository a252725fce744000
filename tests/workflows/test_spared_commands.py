"""What a lead decides is on record and shown with as few of Temporal's commands as possible."""

from __future__ import annotations

from collections import Counter

import pytest

from leadworkflows.store.store import Store
from leadworkflows.workflows.inputs import LeadInput
from tests.replay.stored import Happened, events
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def happened(lead: ServerLead) -> list[Happened]:
    return events(await lead.histories())


async def test_actions_record_what_was_decided_with_them_and_their_ends_are_recorded_together(
    new_lead: LeadMaker,
) -> None:
    lead = await new_lead()
    await lead.deliver(Script(soon()).event("demo_requested"))
    timeline = await lead.timeline()
    assert [entry.n for entry in timeline] == list(range(1, len(timeline) + 1))
    found = await happened(lead)
    begun = [each for each in found if each.name == "ACTIVITY_TASK_SCHEDULED"]
    ended = [entry for entry in timeline if entry.kind == "action"]
    assert len(begun) == len(ended) == 3
    assert all(each.payloads()[0]["record"]["entries"][0]["n"] == 1 for each in begun)
    assert Counter(each.name for each in found)["MARKER_RECORDED"] == 1


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
