"""Plays the demo against a running instance and collects what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from leadworkflows.demo import cast
from leadworkflows.demo.webhooks import Delivery
from leadworkflows.dev import Instance
from leadworkflows.store.records import OutboxItem

_PATIENCE_S = 15.0
_LOOK_S = 0.01
Lead = dict[str, Any]


@dataclass
class Played:
    """What came of the demo. `handoff_ms` is from the demo request to mail and alert being out."""

    leads: dict[str, Lead] = field(default_factory=dict)
    timelines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    outbox: list[OutboxItem] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    handoff_ms: int = 0


class Player:
    """Posts webhooks as a vendor would and looks at leads as a reader of the API would."""

    def __init__(self, instance: Instance, http: httpx.AsyncClient) -> None:
        self._instance, self._http = instance, http
        self.played = Played()

    async def play(self) -> Played:
        """The whole demo. What did not come about in time is left out, for the checks to name."""
        await self._director_and_others()
        await self._hand_off()
        await self._same_again()
        for email in (cast.CFO, cast.DIRECTOR, cast.INTERN, cast.OUTSIDER):
            await self._collect(email)
        self.played.outbox = await self._instance.store.outbox.all()
        return self.played

    async def _director_and_others(self) -> None:
        await self._post("anonymous visits", cast.anonymous_visits(self._now))
        await self._post("contact form", cast.contact_form(self._now))
        await self._post("whitepaper", cast.whitepaper(self._now))
        await self._post("outsider", cast.outsider_contact(self._now))
        await self._until(lambda: self._stands(cast.DIRECTOR, "mql"))
        await self._post("pricing again", cast.pricing_again(self._now))
        await self._until(lambda: self._stands(cast.DIRECTOR, "sql"))
        await self._until(lambda: self._stands(cast.OUTSIDER, "disqualified"))
        await self._until(lambda: self._stands(cast.INTERN, "lead"))

    async def _hand_off(self) -> None:
        self._request = cast.demo_request(self._now)
        started = time.perf_counter()
        await self._post("demo request", self._request)
        await self._until(lambda: self._handed_off(cast.CFO))
        self.played.handoff_ms = round((time.perf_counter() - started) * 1000)

    async def _same_again(self) -> None:
        """The vendor delivers once more; a further event shows that the second changed nothing."""
        before = len(await self._instance.store.outbox.all())
        await self._post("same delivery again", self._request)
        await self._until(self._all_handed_on)
        self.played.answers["same delivery again"]["mails_before"] = before

    @property
    def _now(self) -> datetime:
        return datetime.now(UTC)

    async def _post(self, name: str, delivery: Delivery) -> None:
        headers = {**delivery.headers, "Content-Type": "application/json"}
        answer = await self._http.post(f"/webhooks/{delivery.source}", content=delivery.body, headers=headers)
        answer.raise_for_status()
        self.played.answers[name] = answer.json()

    async def _until(self, reached: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.perf_counter() + _PATIENCE_S
        # A reader of the API can only look again.
        while not await reached() and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)

    async def _lead(self, email: str) -> Lead | None:
        found = (await self._http.get("/api/v1/leads", params={"email": email})).json()["leads"]
        return found[0] if found else None

    async def _stands(self, email: str, stage: str) -> bool:
        """The lead is there, has been through its workflow, and nothing is under way."""
        lead = await self._lead(email)
        return bool(lead and lead["stage"] == stage and lead["policy"] and not lead["pending_actions"])

    async def _handed_off(self, email: str) -> bool:
        lead = await self._lead(email)
        if not lead or lead["stage"] != "sql":
            return False
        kinds = {item.kind for item in await self._instance.store.outbox.of(lead["lead_id"])}
        return kinds == {"email", "slack"}

    async def _all_handed_on(self) -> bool:
        return await self._instance.store.inbox.backlog() == 0

    async def _collect(self, email: str) -> None:
        await self._until(lambda: self._settled(email))
        lead = await self._lead(email)
        if lead:
            timeline = (await self._http.get(f"/api/v1/leads/{lead['lead_id']}/timeline")).json()["entries"]
            self.played.leads[email], self.played.timelines[email] = lead, timeline

    async def _settled(self, email: str) -> bool:
        lead = await self._lead(email)
        return bool(lead and lead["policy"] and not lead["pending_actions"])
