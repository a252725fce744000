"""An alert that Slack delays, refuses for now, and swallows leaves once; its card follows the lead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from leadworkflows.activities.email import EmailSend
from leadworkflows.activities.mail import OutboxEmailSender
from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.registry import ActionRegistry
from leadworkflows.activities.routing import RouteAssign, RouteReassign
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.activities.services import ActionServices
from leadworkflows.activities.slack import SlackAlert, SlackEscalate, SlackRemind
from leadworkflows.cards import Cards
from leadworkflows.content import ContentLibrary
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.policies.loader import CONTENT_FOLDER
from leadworkflows.slack.lead_card import Links
from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.store import EffectRecord
from leadworkflows.store.store import Store
from leadworkflows.worker import make_worker
from tests.vendors.server import Answer, Fault, Hang
from tests.vendors.slack import SlackStandIn
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]

TIMEOUT_S, PATIENCE_S = 0.3, 20
KINDS = (EmailSend, SlackAlert, SlackRemind, SlackEscalate, RouteAssign, RouteReassign)
THROTTLED = Answer(429, {"Retry-After": "30"}, b'{"ok":false,"error":"ratelimited"}')
NO_CHANNEL = Answer(200, {"Content-Type": "application/json"}, b'{"ok":false,"error":"channel_not_found"}')


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn("xoxb-token") as stand_in:
        yield stand_in


@pytest_asyncio.fixture(loop_scope="session")
async def impatient(
    env: WorkflowEnvironment, store: Store, policy: Policy, slack: SlackStandIn
) -> AsyncIterator[str]:
    """A worker that waits for Slack for a third of a second; gives its task queue."""

    async def nobody(_policy_id: str) -> tuple[Roster, Policy]:
        return Roster(), policy

    poster = SlackWebPoster("xoxb-token", f"{slack.url}/api", TIMEOUT_S)
    services = ActionServices(
        OutboxEmailSender(store),
        poster,
        ContentLibrary.load(CONTENT_FOLDER),
        roster=nobody,
        routing=store.routing,
        timeline=store.timeline,
        cards=store.cards,
    )
    actions = ActionRegistry.load(services, {kind.name: kind for kind in KINDS})
    runner = ActionRunner(store, actions, lambda: datetime.now(UTC))
    task_queue = f"impatient-{uuid4().hex}"
    async with make_worker(env.client, task_queue, actions, runner, RecordActivities(store)):
        yield task_queue


async def alert_when(store: Store, lead: ServerLead, status: str) -> EffectRecord:
    """The effect of the lead's alert, once it stands so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            alerts = [each for each in await store.effects.of(lead.lead_id) if each.action == "slack.alert"]
            if alerts and alerts[0].status == status:
                return alerts[0]
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("swallowed", [Hang(accept=True), Hang()], ids=["posted", "lost"])
async def test_an_alert_is_delayed_then_stuck_then_swallowed_and_in_the_end_stands_there_once(
    new_lead: LeadMaker,
    impatient: str,
    slack: SlackStandIn,
    store: Store,
    env: WorkflowEnvironment,
    swallowed: Fault,
) -> None:
    slack.fail(THROTTLED, NO_CHANNEL, swallowed)
    lead = await new_lead(impatient)
    await lead.deliver(Script(soon()).event("demo_requested", seniority="c_level"))

    delayed = await alert_when(store, lead, "released")
    assert "429" in delayed.detail

    await env.fast_forward(lead.handle, timedelta(seconds=31))
    stuck = await alert_when(store, lead, "stuck")
    assert "channel_not_found; correct the channel's name in the policy" in stuck.detail
    assert [each["name"] for each in (await lead.view())["pending_actions"]] == ["slack.alert"]
    assert stuck.key in [each.key for each in await store.effects.stuck()]

    for _ in range(10):  # the attempts after the one that was swallowed wait longer and longer
        await env.fast_forward(lead.handle, timedelta(minutes=2))
        if not (await lead.view())["pending_actions"]:
            break
    confirmed = await alert_when(store, lead, "confirmed")
    assert slack.keys() == [confirmed.key]
    assert stuck.key not in [each.key for each in await store.effects.stuck()]
    assert any("Slack #sales" in e.what and "done" in e.what for e in await lead.timeline())


async def test_the_card_says_who_took_the_lead_where_it_stands(
    new_lead: LeadMaker, impatient: str, slack: SlackStandIn, store: Store, policy: Policy
) -> None:
    lead, script = await new_lead(impatient), Script(soon())
    await lead.deliver(script.event("demo_requested", seniority="c_level"))
    await alert_when(store, lead, "confirmed")
    await lead.settled()
    claim = script.event("lead_claimed", by="rep-7").model_copy(update={"seq": 0})
    await lead.handle.execute_update("command", claim, id=claim.id)

    async def nobody(_policy_id: str) -> tuple[Roster, Policy]:
        return Roster(), policy

    # Only now: it looks after the cards of all leads, and would use up the faults of another test.
    poster = SlackWebPoster("xoxb-token", f"{slack.url}/api", PATIENCE_S)
    cards = Cards(store, poster, nobody, lambda _: Links(), lambda: datetime.now(UTC) + timedelta(minutes=1))
    async with asyncio.timeout(PATIENCE_S):
        while "rep-7" not in str(slack.accepted[0]["blocks"]):
            await cards.refresh_due(datetime.now(UTC) + timedelta(minutes=1))
    assert len(slack.accepted) == 1
