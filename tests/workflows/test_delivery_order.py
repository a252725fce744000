"""What happens to events that come twice, late, out of order, too early or at the same instant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadworkflows.store.store import Store
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def test_a_signal_that_is_handed_on_twice_changes_nothing(new_lead: LeadMaker, store: Store) -> None:
    lead, script = await new_lead(), Script(soon())
    request = script.event("demo_requested", seniority="c_level")
    await lead.deliver(request)
    before = await lead.timeline()
    await lead.signal(request)
    await lead.signal(request, script.event("page_viewed", page="blog"))
    after = await lead.timeline()
    assert [e.what for e in after[len(before) :]] == ["Viewed the blog page"]
    assert len(await store.outbox.of(lead.lead_id)) == 2


async def test_a_duplicate_after_continue_as_new_changes_nothing(new_lead: LeadMaker, store: Store) -> None:
    lead, script = await new_lead(), Script(soon())
    first = script.event("form_submitted", form="contact")
    await lead.deliver(first)
    for n in range(30):
        await lead.deliver(script.event("page_viewed", day=n / 100, page="blog"))
    entries = len(await lead.timeline())
    assert len(await lead.histories()) >= 2
    await lead.signal(first)
    assert len(await lead.timeline()) == entries


async def test_late_page_views_count_for_the_week_they_happened_in(new_lead: LeadMaker) -> None:
    lead, script = await new_lead(), Script(soon())
    await lead.deliver(script.event("page_viewed", page="pricing"))
    await lead.deliver(script.event("page_viewed", day=9, page="pricing"))
    late = [script.event("page_viewed", day=day, page="pricing") for day in (5, 4)]
    await lead.deliver(*late, at=late[0].occurred_at + timedelta(days=5))
    scored = [e for e in await lead.timeline() if e.data.get("rule") == "P1"]
    assert [e.at for e in scored] == [late[0].occurred_at]  # days 0, 4 and 5 are within seven; day 9 is not


async def test_a_demo_request_that_arrives_late_starts_its_clock_now(new_lead: LeadMaker) -> None:
    lead, script = await new_lead(), Script(soon())
    await lead.deliver(script.event("page_viewed", page="blog"))
    request = script.event("demo_requested", day=1)
    await lead.deliver(request, at=request.occurred_at + timedelta(hours=5))
    clock = (await lead.settled_view())["sla"][0]
    arrived = request.occurred_at + timedelta(hours=5)
    assert clock["state"] == "running"
    assert clock["started_at"] >= arrived.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_of_two_events_at_the_same_instant_the_first_of_the_inbox_goes_first(
    new_lead: LeadMaker,
) -> None:
    lead, script = await new_lead(), Script(soon())
    demo = script.event("demo_requested")
    contact = script.event("contact_made", by="rep-1").model_copy(update={"occurred_at": demo.occurred_at})
    await lead.deliver(demo, contact)
    view = await lead.settled_view()
    assert (view["stage"], view["sub_status"]) == ("sql", "connected")
    assert view["sla"][0]["state"] == "met"


async def test_what_sales_does_to_a_lead_that_is_not_there_yet_is_refused_on_the_timeline(
    new_lead: LeadMaker,
) -> None:
    lead, script = await new_lead(), Script(soon())
    await lead.deliver(script.event("lead_accepted", by="rep-1"))
    refused = [e.what for e in await lead.timeline() if e.kind == "refused"]
    assert refused == ["Only an MQL can be accepted; this one is Lead"]
    assert (await lead.settled_view())["stage"] == "lead"
