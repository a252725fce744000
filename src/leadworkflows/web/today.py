"""`/`: what waits now, what was missed, what is stuck, what came in, and whether everything is up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.domain.teams import Roster
from leadworkflows.domain.wording import STAGE_NAMES
from leadworkflows.reports.shapes import Came, Owed, Stuck, Today
from leadworkflows.reports.today import today as what_waits
from leadworkflows.web.access import reader_required
from leadworkflows.web.deeds import called
from leadworkflows.web.lead_sent import STATES
from leadworkflows.web.moments import Moment, length, zone_named
from leadworkflows.web.rendering import PageRoute, page
from leadworkflows.web.spoken import clock_name, person_named, spoken
from leadworkflows.web.stored import active_policy

TEMPORAL_TIMEOUT_S = 1.5
_LATE_INBOX = timedelta(minutes=5)
_SOON = timedelta(minutes=30)
router = APIRouter(route_class=PageRoute, dependencies=[reader_required], include_in_schema=False)


@dataclass(frozen=True)
class Health:
    """One thing that must work. `tone` is good, soon or hot."""

    name: str
    state: str
    tone: str
    hint: str = ""


@dataclass(frozen=True)
class TodayPage:
    """What the page says."""

    found: Today
    zone: ZoneInfo
    roster: Roster
    health: Sequence[Health]

    def moment(self, at: datetime) -> Moment:
        """An instant, ready to be shown."""
        return Moment(at, self.zone, self.found.at)

    def tone(self, owed: Owed) -> str:
        """How urgent a clock is: hot, soon, or nothing."""
        left = owed.due_at - self.found.at
        return "hot" if left <= timedelta(0) else "soon" if left < _SOON and not owed.paused else ""

    def owner(self, rep_id: str | None) -> str:
        """Who has a lead, by name."""
        return person_named(self.roster, rep_id)

    def stuck_for(self, stuck: Stuck) -> str:
        """For how long nothing has moved."""
        return length(self.found.at - stuck.since)

    @property
    def came(self) -> list[tuple[str, int, list[tuple[str, int]]]]:
        """By channel: how much, and of what."""
        return by_channel(self.found.came)

    @property
    def came_n(self) -> int:
        """Everything that came in."""
        return sum(each.n for each in self.found.came)

    @property
    def stages(self) -> list[tuple[str, str, int]]:
        """Each stage with its name and how many leads are at it."""
        return [
            (each.value, name, self.found.stages.get(each.value, 0)) for each, name in STAGE_NAMES.items()
        ]


def by_channel(came: Sequence[Came]) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """The channels by how much came, each with what it was."""
    held: dict[str, list[tuple[str, int]]] = {}
    for each in came:
        held.setdefault(each.channel, []).append((spoken(each.type), each.n))
    rows = [(spoken(name) or "No channel", sum(n for _, n in of), of) for name, of in held.items()]
    return sorted(rows, key=lambda row: -row[1])


@router.get("/")
async def shown(request: Request, deps: Deps) -> HTMLResponse:
    """What waits, soonest first."""
    seen = await deps.store.leads.last_at()  # before all else: what is recorded meanwhile is news
    found, policy, health = await asyncio.gather(
        what_waits(deps.store.database, deps.clock()), active_policy(deps.store), _health(deps)
    )
    roster = await deps.store.roster.load(policy)
    made = TodayPage(found, zone_named(policy and policy.calendar.zone), roster, health)
    return page(
        request, "today.html", page=made, seen=seen, clock_name=clock_name, called=called, states=STATES
    )


async def _health(deps: ApiDeps) -> list[Health]:
    temporal, backlog, oldest, refused = await asyncio.gather(
        _temporal(deps),
        deps.store.inbox.backlog(),
        deps.store.inbox.oldest_waiting(),
        deps.store.quarantine.count(),
    )
    return [temporal, _inbox(backlog, oldest, deps.clock()), _quarantine(refused), *_vendors(deps)]


async def _temporal(deps: ApiDeps) -> Health:
    try:
        async with asyncio.timeout(TEMPORAL_TIMEOUT_S):
            answers = await deps.temporal_ready()
    except TimeoutError:
        answers = False
    if answers:
        return Health("Temporal", "answers", "good")
    return Health("Temporal", "away", "hot", "Events are kept in the inbox and handed on when it is back.")


def _inbox(backlog: int, oldest: datetime | None, now: datetime) -> Health:
    if not backlog or oldest is None:
        return Health("Inbox", "empty", "good")
    waited = now - oldest
    if waited < timedelta(0):
        return Health("Inbox", f"{backlog:,} go along with what comes next", "good")
    said = f"{backlog:,} waiting, the oldest for {length(waited)}"
    return Health("Inbox", said, "soon" if waited > _LATE_INBOX else "good")


def _quarantine(count: int) -> Health:
    if not count:
        return Health("Webhooks", "all understood", "good")
    hint = "`leadworkflows inbox list` says why; `leadworkflows inbox retry` takes them in after mending."
    return Health("Webhooks", f"{count:,} not understood", "soon", hint)


def _vendors(deps: ApiDeps) -> list[Health]:
    keys: Mapping[str, bool] = {
        "SendGrid": deps.settings.sendgrid_api_key is not None,
        "Slack": deps.settings.slack_bot_token is not None,
    }
    return [
        Health(name, "key set" if known else "no key: the outbox keeps what would leave", "good")
        for name, known in keys.items()
    ]


__all__ = ["Health", "TodayPage", "by_channel", "router"]
