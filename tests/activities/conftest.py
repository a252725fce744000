"""A real store on SQLite, a lead called Ada, and the vendors' stand-ins on free ports."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from leadworkflows.activities.email import EmailSend
from leadworkflows.activities.inputs import ActionInput
from leadworkflows.activities.mail import EmailSender, OutboxEmailSender
from leadworkflows.activities.registry import ActionRegistry
from leadworkflows.activities.routing import RouteReassign
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.activities.sendgrid import SendGridSender
from leadworkflows.activities.services import ActionServices
from leadworkflows.activities.slack import SlackAlert, SlackEscalate, SlackRemind
from leadworkflows.content import ContentLibrary, MailLinks
from leadworkflows.domain.decisions import ActionResult
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import FormFacts
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.policies.loader import CONTENT_FOLDER
from leadworkflows.slack.message import OutboxSlackPoster, SlackPoster
from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.sources.base import Identity, InboundEvent, Person
from leadworkflows.store import Store, migrate
from tests.domain.variants import DEFAULT
from tests.vendors.sendgrid import SendGridStandIn
from tests.vendors.slack import SlackStandIn

TIMEOUT_S = 0.3
"""Long enough for a stand-in on this machine, short enough to wait for."""

KINDS = (EmailSend, SlackAlert, SlackRemind, SlackEscalate, RouteReassign)
BUILT_IN: dict[str, Any] = {kind.name: kind for kind in KINDS}


@cache
def contents() -> ContentLibrary:
    """The packaged ones: to read them takes longer than most tests here."""
    return ContentLibrary.load(CONTENT_FOLDER)


def run_url(lead_id: str) -> str:
    return f"https://temporal.example.com/workflows/lead-{lead_id}"


@dataclass
class Performer:
    """Performs actions as Temporal would: again and again, until one attempt ends it."""

    store: Store
    email: EmailSender
    slack: SlackPoster
    lead_id: str
    unsubscribe: str | None = "https://leads.example.com/unsubscribe/opaque"
    raised: list[ApplicationError] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    more: dict[str, Any] = field(default_factory=dict)
    roster: Roster = field(default_factory=Roster)
    facts: dict[str, Any] = field(default_factory=dict)

    def registry(self) -> ActionRegistry:
        services = ActionServices(
            self.email,
            self.slack,
            contents(),
            run_url,
            self._links,
            roster=self._who_sells,
            routing=self.store.routing,
            timeline=self.store.timeline,
            cards=self.store.cards,
        )
        return ActionRegistry.load(services, {**BUILT_IN, **self.more})

    async def _links(self, _lead_id: str) -> MailLinks:
        return MailLinks(unsubscribe=self.unsubscribe)

    async def _who_sells(self, _policy_id: str) -> tuple[Roster, Policy]:
        return self.roster, DEFAULT

    def request(self, name: str, key: str = "lead:1:test:1", **params: Any) -> ActionInput:
        return ActionInput(
            lead_id=self.lead_id,
            key=key,
            name=name,
            params=params,
            policy="default",
            decided_at=self.now,
            lead={
                "stage": "sql",
                "event": "demo_requested",
                "why": ["+40 form that states a budget (P5)"],
                **self.facts,
            },
        )

    async def attempt(self, name: str, **params: Any) -> ActionResult:
        """One attempt, through the activity that Temporal would call."""
        registry = self.registry()
        runner = ActionRunner(self.store, registry, lambda: self.now)
        activities = dict(zip(registry.names(), registry.temporal_activities(runner.run), strict=False))
        result: ActionResult = await ActivityEnvironment().run(activities[name], self.request(name, **params))
        return result

    async def perform(self, name: str, attempts: int = 4, **params: Any) -> ActionResult:
        """Attempts until one does not raise; `raised` keeps what the others did."""
        for _ in range(attempts):
            try:
                return await self.attempt(name, **params)
            except ApplicationError as error:
                self.raised.append(error)
            assert not any(error.non_retryable for error in self.raised), "Temporal would have given up"
        raise AssertionError(f"not settled in {attempts} attempts: {self.raised}")

    async def status(self, key: str = "lead:1:test:1") -> str:
        effect = await self.store.effects.get(key)
        return effect.status if effect else "none"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
async def store(migrated: Path, tmp_path: Path) -> AsyncIterator[Store]:
    copied = shutil.copy(migrated, tmp_path / "store.db")
    async with Store.open(f"sqlite:///{copied}") as opened:
        yield opened


@pytest.fixture
async def ada(store: Store) -> str:
    person = Person(
        first_name="Ada", last_name="Lovelace", title="CFO", company="Example GmbH", phone="+49 30 1234567"
    )
    event = InboundEvent(
        delivery_id="d-1",
        type=EventType.DEMO_REQUESTED,
        identity=Identity(email="ada@example.com"),
        person=person,
        facts=FormFacts(industry="fintech"),
    )
    await store.inbox.accept("form", [event], datetime.now(UTC), classify=lambda _title: {})
    lead_id = await store.leads.lead_id_of("ada@example.com")
    assert lead_id
    return lead_id


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn() as running:
        yield running


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as running:
        yield running


@pytest.fixture
def performer(store: Store, ada: str, sendgrid: SendGridStandIn, slack: SlackStandIn) -> Performer:
    """Against both stand-ins."""
    sender = SendGridSender("SG.test", sendgrid.url, "sales@example.com", "Example Sales", TIMEOUT_S)
    return Performer(store, sender, SlackWebPoster("xoxb-test", f"{slack.url}/api/", TIMEOUT_S), ada)


@pytest.fixture
def outbox(store: Store, ada: str) -> Performer:
    """Without a key or a token."""
    return Performer(store, OutboxEmailSender(store), OutboxSlackPoster(store), ada)
