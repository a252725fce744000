"""Somebody unsubscribes at every possible point of a send: no mail after that is on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from leadworkflows.activities.email import EmailSend
from leadworkflows.activities.inputs import ActionInput
from leadworkflows.activities.registry import ActionRegistry
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.activities.sendgrid import SendGridSender
from leadworkflows.content import ContentLibrary
from leadworkflows.domain.decisions import ActionResult, Outcome
from leadworkflows.domain.events import EventType, facts_model
from leadworkflows.policies.loader import load_policy
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store import migrate
from leadworkflows.store.database import Database
from tests.mailing.points import AFTER_THE_CALL, BEFORE_THE_CALL, WatchedStore, services_of
from tests.vendors.sendgrid import SendGridStandIn

ADA = Identity(email="ada@example.com")
KINDS = [EventType.UNSUBSCRIBED, EventType.EMAIL_BOUNCED, EventType.EMAIL_SPAM_REPORTED]


@dataclass
class Send:
    """One mail to Ada, about a topic, with what happens at one point of its way."""

    url: str
    sendgrid: SendGridStandIn
    content: ContentLibrary
    point: str = "nowhere"
    event: EventType = EventType.UNSUBSCRIBED
    topic: str | None = None
    passed: list[str] = field(default_factory=list)

    async def at(self, point: str) -> None:
        self.passed.append(point)
        if point == self.point and self.passed.count(point) == 1:
            await self.happens()

    async def happens(self) -> None:
        facts = facts_model(self.event).model_validate({"topic": self.topic})
        event = InboundEvent(delivery_id="out", type=self.event, identity=ADA, facts=facts)
        await self.store.inbox.accept("standard", [event], datetime.now(UTC), classify=lambda _: {})

    async def run(self, key: str = "n.1", *, asked_for: bool = False) -> ActionResult:
        async with WatchedStore(Database.at(self.url), self.at) as self.store:
            known = InboundEvent(delivery_id="ada", type=EventType.FACTS_UPDATED, identity=ADA)
            await self.store.inbox.accept("test", [known], datetime.now(UTC), classify=lambda _: {})
            lead_id = await self.store.leads.lead_id_of("ada@example.com")
            assert lead_id is not None
            sender = SendGridSender("SG.test", self.sendgrid.url, "sales@example.com")
            services = services_of(self.store, sender, load_policy(), self.content, self.at)
            actions = ActionRegistry.load(services, {"email.send": EmailSend})
            runner = ActionRunner(self.store, actions, lambda: datetime.now(UTC))
            mail = ActionInput(
                lead_id=lead_id,
                key=f"lead:{lead_id}:{key}:1",
                name="email.send",
                params={"content": "roi-study"},
                policy="default",
                decided_at=datetime.now(UTC),
                lead={"one_off": True} if asked_for else {"topic": "nurture", "one_off": False},
            )
            perform = actions.temporal_activities(runner.run)[0]
            result: ActionResult = await ActivityEnvironment().run(perform, mail)
            return result


@pytest.fixture
def send(tmp_path: Path, sendgrid: SendGridStandIn, content: ContentLibrary) -> Send:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    return Send(url, sendgrid, content)


@pytest.mark.parametrize("event", KINDS)
@pytest.mark.parametrize("point", BEFORE_THE_CALL)
async def test_a_mail_that_is_refused_before_its_call_never_leaves(send: Send, point: str, event: EventType):
    send.point, send.event = point, event
    result = await send.run()
    assert point in send.passed
    assert result.outcome is Outcome.WITHHELD
    assert str(event) in result.detail
    assert send.sendgrid.calls == []


@pytest.mark.parametrize("point", BEFORE_THE_CALL)
async def test_who_wants_no_more_of_a_topic_gets_no_more_of_it_from_that_moment(send: Send, point: str):
    send.point, send.topic = point, "nurture"
    assert (await send.run()).outcome is Outcome.WITHHELD
    assert send.sendgrid.calls == []


@pytest.mark.parametrize("point", BEFORE_THE_CALL)
async def test_another_topic_and_what_the_person_asked_for_still_leave(send: Send, point: str):
    send.point, send.topic = point, "events"
    assert (await send.run()).outcome is Outcome.CONFIRMED
    send.topic = "nurture"
    assert (await send.run("confirmation", asked_for=True)).outcome is Outcome.CONFIRMED
    assert len(send.sendgrid.accepted) == 2


@pytest.mark.parametrize("point", AFTER_THE_CALL)
async def test_who_refuses_after_a_mail_left_gets_that_one_and_no_other(send: Send, point: str):
    send.point = point
    assert (await send.run()).outcome is Outcome.CONFIRMED
    assert (await send.run("n.2")).outcome is Outcome.WITHHELD
    assert len(send.sendgrid.accepted) == 1


async def test_even_what_a_person_asked_for_is_withheld_from_who_wants_no_mail_at_all(send: Send):
    send.point = BEFORE_THE_CALL[-1]
    assert (await send.run(asked_for=True)).outcome is Outcome.WITHHELD
    assert send.sendgrid.calls == []
