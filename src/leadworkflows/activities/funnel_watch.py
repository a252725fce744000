"""The funnel watch: it looks, opens and closes findings, and tells each once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from temporalio import activity

from leadworkflows.activities.base import Found as Earlier
from leadworkflows.activities.base import Receipt
from leadworkflows.activities.guard import unquoted
from leadworkflows.activities.inputs import LookInput, Telling
from leadworkflows.activities.once import SETTLED, Deed, do_once
from leadworkflows.domain.policy import Policy
from leadworkflows.reports.look import Day, is_drop_day, look
from leadworkflows.reports.recovery import over
from leadworkflows.slack.message import SlackMessage, SlackPoster
from leadworkflows.slack.reporting import Said, finding_closed, finding_opened
from leadworkflows.store import Store
from leadworkflows.store.findings import KeptFinding

_STILL_NEWS = timedelta(days=14)
"""What could not be told for so long is no news any more."""
_MOST = 500

ActivePolicy = Callable[[], Awaitable[Policy]]


def _now() -> datetime:
    return datetime.now(UTC)


class FunnelWatchActivities:
    """`policy` gives the active one. `public_url` is where the dashboard is."""

    def __init__(
        self,
        store: Store,
        policy: ActivePolicy,
        poster: SlackPoster,
        public_url: str,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._store, self._policy, self._poster = store, policy, poster
        self._public_url, self._clock = public_url, clock

    @activity.defn(name="funnel.look")
    async def look(self, asked: LookInput) -> list[Telling]:
        """Open what is found, close what is over, and give what is still to be told. Safe to repeat."""
        with unquoted("funnel.look"):
            policy = await self._policy()
            day = Day.at(asked.at, policy.calendar.zone)
            found = await look(self._store.database, policy, day, for_drops=is_drop_day(policy, day))
            for each in found:
                await self._store.findings.open(each.code, each.subject, each.summary, each.figures, asked.at)
            for kept in await self._store.findings.opened():
                if await over(self._store.database, policy, day, kept, found):
                    await self._store.findings.close(kept.subject, asked.at)
            return await self._untold(asked.at) if policy.watch.channel else []

    @activity.defn(name="funnel.tell")
    async def tell(self, telling: Telling) -> str:
        """Tell the channel, once; how that ended."""
        with unquoted("funnel.tell"):
            policy = await self._policy()
            kept = await self._finding(telling.finding)
            if kept is None or policy.watch.channel is None:
                return "withheld"
            said = await self._said(policy, kept, telling)
            return await do_once(
                self._store, self._deed(telling, policy.watch.channel, said, kept), self._clock
            )

    async def _untold(self, at: datetime) -> list[Telling]:
        """What opened or closed and was not told, the oldest first. What closed untold stays untold."""
        recent = [each for each in await self._recent() if (each.closed_at or at) > at - _STILL_NEWS]
        opened = {kept.id: Telling(finding=kept.id, what="opened") for kept in recent}
        closed = {kept.id: Telling(finding=kept.id, what="closed") for kept in recent if kept.closed_at}
        keys = [key_of(each) for each in (*opened.values(), *closed.values())]
        effects = await self._store.effects.among(keys)
        told = {key for key, effect in effects.items() if effect.status in SETTLED}
        news = [
            closed.get(number, telling)
            for number, telling in sorted(opened.items())
            if number not in closed or key_of(telling) in told
        ]
        return [each for each in news if key_of(each) not in told]

    async def _recent(self) -> Sequence[KeptFinding]:
        return await self._store.findings.latest(_MOST)

    async def _finding(self, number: int) -> KeptFinding | None:
        return next((each for each in await self._recent() if each.id == number), None)

    async def _said(self, policy: Policy, kept: KeptFinding, telling: Telling) -> Said:
        funnel = f"{self._public_url}/funnel"
        if telling.what == "opened" or kept.closed_at is None:
            leads = f"{self._public_url}/leads?{urlencode(query_of(kept.figures))}"
            return finding_opened(kept.code, kept.summary, leads, funnel)
        day = Day.at(kept.closed_at, policy.calendar.zone)
        why = await over(self._store.database, policy, day, kept)
        return finding_closed(kept.code, kept.summary, why or "", funnel)

    def _deed(self, telling: Telling, channel: str, said: Said, kept: KeptFinding) -> Deed:
        key = key_of(telling)
        message = SlackMessage(key, "", channel, f"finding-{telling.what}", said.text, said.blocks)

        async def perform() -> Receipt:
            return await self._poster.post(message)

        async def find() -> Earlier:
            return await self._poster.find(key, channel, kept.closed_at or kept.opened_at)

        return Deed(key, "slack.finding", perform, find)


def key_of(telling: Telling) -> str:
    """The key of telling it, for ever."""
    return f"finding:{telling.finding}:{telling.what}"


def query_of(figures: Any) -> dict[str, str]:
    """The parameters of the list of leads behind a finding."""
    dates = {name: figures[name] for name in ("since", "until") if name in figures}
    return {**figures.get("query", {}), **dates}
