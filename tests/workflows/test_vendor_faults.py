"""What the timeline says when SendGrid and Slack answer late, badly or not at all.

The stand-ins speak real HTTP and refuse what the vendors refuse; the SDKs are the vendors' own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store
from tests.vendors.sendgrid import SendGridStandIn, too_many
from tests.vendors.server import Answer, ResetAfterAccepting
from tests.vendors.slack import SlackStandIn
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn("SG.key") as stand_in:
        yield stand_in


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn("xoxb-token") as stand_in:
        yield stand_in


@pytest_asyncio.fixture(loop_scope="session")
async def vendors(
    env: WorkflowEnvironment, settings: Settings, store: Store, sendgrid: SendGridStandIn, slack: SlackStandIn
) -> AsyncIterator[str]:
    """A worker that sends through the stand-ins; gives its task queue."""
    changes = {
        "task_queue": f"vendors-{uuid4().hex}",
        "sendgrid_api_key": SecretStr("SG.key"),
        "sendgrid_base_url": sendgrid.url,
        "from_email": "sales@example.com",
        "slack_bot_token": SecretStr("xoxb-token"),
        "slack_base_url": f"{slack.url}/api",
    }
    connected = settings.model_copy(update=changes)
    async with bootstrap.build_worker(connected, store, env.client):
        yield connected.task_queue


async def asks_for_a_demo(new_lead: LeadMaker, task_queue: str) -> ServerLead:
    lead = await new_lead(task_queue)
    await lead.deliver(Script(soon()).event("demo_requested", seniority="c_level"))
    return lead


async def said(lead: ServerLead) -> dict[str, list[str]]:
    """How each action ended, by the words of the timeline."""
    return {e.what: e.why for e in await lead.timeline() if e.kind == "action"}


async def test_mail_and_alert_reach_the_vendors_once(
    new_lead: LeadMaker, vendors: str, sendgrid: SendGridStandIn, slack: SlackStandIn
) -> None:
    lead = await asks_for_a_demo(new_lead, vendors)
    assert await said(lead) == {
        "Mail: demo-confirmation: done": ["SendGrid accepted it (202)"],
        "Slack #sales: hot-lead: done": ["Slack posted it in #sales"],
        "Routing: done": ["no team is set up: whoever claims the lead owns it"],
    }
    assert (len(sendgrid.accepted), len(slack.accepted)) == (1, 1)


async def test_throttled_and_failing_vendors_delay_the_mail_and_nothing_else(
    new_lead: LeadMaker, vendors: str, sendgrid: SendGridStandIn, slack: SlackStandIn
) -> None:
    sendgrid.fail(too_many(int(datetime.now(UTC).timestamp()) + 1), Answer(500))
    lead = await asks_for_a_demo(new_lead, vendors)
    ended = await said(lead)
    assert list(ended)[-1] == "Mail: demo-confirmation: done"
    assert "Slack #sales: hot-lead: done" in ended
    assert (len(sendgrid.calls), len(sendgrid.accepted)) == (3, 1)


async def test_a_mail_whose_answer_was_lost_leaves_once_and_the_timeline_says_so(
    new_lead: LeadMaker, vendors: str, sendgrid: SendGridStandIn
) -> None:
    sendgrid.fail(ResetAfterAccepting())
    lead = await asks_for_a_demo(new_lead, vendors)
    ended = await said(lead)
    [why] = ended["Mail: demo-confirmation: outcome unknown"]
    assert "the vendor did not answer" in why
    assert "not repeated" in why
    assert len(sendgrid.accepted) == 1


async def test_an_alert_whose_answer_was_lost_is_found_in_the_channel_and_not_posted_again(
    new_lead: LeadMaker, vendors: str, slack: SlackStandIn
) -> None:
    slack.fail(ResetAfterAccepting())
    lead = await asks_for_a_demo(new_lead, vendors)
    [why] = (await said(lead))["Slack #sales: hot-lead: done"]
    assert why.startswith("found:")
    assert len(slack.accepted) == 1


async def test_a_refused_mail_is_shown_on_the_lead_with_the_remedy(
    new_lead: LeadMaker, vendors: str, sendgrid: SendGridStandIn
) -> None:
    sendgrid.fail(Answer(413))
    lead = await asks_for_a_demo(new_lead, vendors)
    [why] = (await said(lead))["Mail: demo-confirmation: failed"]
    assert "shorten the content" in why
