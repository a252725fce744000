"""A lead whose alert stands in Slack's stand-in, and what keeps its card true."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadworkflows.cards import Cards
from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Rep, Roster, Team
from leadworkflows.slack.lead_card import Links
from leadworkflows.slack.message import SlackPoster
from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.store import Store
from tests.activities.conftest import (  # noqa: F401 - fixtures
    TIMEOUT_S,
    Performer,
    ada,
    migrated,
    outbox,
    performer,
    sendgrid,
    store,
)
from tests.domain.variants import DEFAULT
from tests.vendors.slack import Member, SlackStandIn

OWNER, MANAGER = "U0GRACE00", "U0KONRAD0"
ROSTER = Roster(
    reps={"grace": Rep(name="Grace", slack=OWNER), "konrad": Rep(name="Konrad", slack=MANAGER)},
    teams={"emea": Team(reps=("grace",), manager="konrad", channel="#emea")},
)


@dataclass
class Desk:
    """A lead that moves, and its cards. `now` is the clock of what keeps them true."""

    store: Store
    poster: SlackPoster
    lead_id: str
    revision: int = 0
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    roster: Roster = ROSTER

    def cards(self, **given: Any) -> Cards:
        return Cards(self.store, self.poster, self._who_sells, lambda _: Links(), lambda: self.now, **given)

    async def _who_sells(self, _policy_id: str) -> tuple[Roster, Policy]:
        return self.roster, DEFAULT

    async def move(self, kind: EntryKind = EntryKind.STAGE, **snapshot: Any) -> None:
        """As the workflow records what somebody did."""
        self.revision += 1
        entry = TimelineEntry(n=self.revision, at=self.now, kind=kind, what="moved", policy="p")
        seen = {"stage": "sql", "score": {"total": 80}, **snapshot, "revision": self.revision}
        await self.store.timeline.record(self.lead_id, [entry], seen, self.revision)

    async def refresh(self, after: timedelta = timedelta(0)) -> int:
        """Look, so much later than the moves."""
        self.now = max(self.now, datetime.now(UTC)) + after
        return await self.cards().refresh_due(self.now)

    async def problems(self) -> list[str | None]:
        return [each["problem"] for each in await self.store.cards.of(self.lead_id)]


class Telling(SlackWebPoster):
    """Says when it has changed a message."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.changed = asyncio.Event()

    async def update(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> None:
        await super().update(channel, ts, text, blocks)
        self.changed.set()


@pytest.fixture
def slack() -> Any:
    with SlackStandIn(people=[Member(OWNER), Member(MANAGER)]) as running:
        yield running


@pytest.fixture
async def desk(performer: Performer, slack: SlackStandIn) -> Desk:  # noqa: F811
    """The lead's alert was posted at revision 1."""
    poster = Telling("xoxb-test", f"{slack.url}/api/", TIMEOUT_S)
    desk = Desk(performer.store, poster, performer.lead_id)
    await desk.move()
    performer.roster = desk.roster
    await performer.perform("slack.alert", channel="#sales")
    return desk
