"""Generated people and what they do: signed webhooks, some of them twice, and not in their order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from leadworkflows.sources.standard import StandardSource
from tests.chaos.plan import Plan
from tests.sources.inbound import SECRET

FORM_TOKEN = "token-of-the-form"
_SIGNER = StandardSource()
_TITLES = ("CFO", "CTO", "Marketing Manager", "Sales Director", "Developer", "Student")
_INDUSTRIES = ("fintech", "manufacturing", "software", "education", None)
_PAGES = ("pricing", "product", "case_study", "documentation", "comparison", "blog")
_ASSETS = ("whitepaper", "case_study", "roi_study", "api_documentation")
Doing = tuple[str, dict[str, Any]]
"""An event's type and facts."""


@dataclass(frozen=True)
class ToSend:
    """One request, to be sent so many seconds after the start."""

    at_s: float
    path: str
    body: bytes

    def headers(self) -> dict[str, str]:
        """Signed anew each time, under the id that the body has for ever."""
        if self.path.startswith("/webhooks/form"):
            return {"content-type": "application/x-www-form-urlencoded"}
        return _SIGNER.sign(self.body, SECRET, datetime.now(UTC), self.path)


@dataclass(frozen=True)
class _Somebody:
    """Whoever does it, and when it all began."""

    n: int
    title: str
    industry: str | None
    start: datetime

    @property
    def email(self) -> str:
        return f"person{self.n}@example.com"

    def event(self, k: int, at_s: float, doing: Doing, *, named: bool = True) -> dict[str, Any]:
        kind, facts = doing
        identity = {"anonymous_id": f"visitor-{self.n}"} | ({"email": self.email} if named else {})
        person = {"first_name": "Ada", "title": self.title} if named else {}
        at = self.start + timedelta(seconds=at_s)
        event = {"id": f"p{self.n}-{k}", "type": kind, "occurred_at": at.isoformat(), "facts": facts}
        return {**event, "identity": identity, "person": person}


def population(plan: Plan, start: datetime) -> list[ToSend]:
    """All that is sent, in the order of its time; repetitions too."""
    sent = [each for n in range(plan.people) for each in _life(plan, n, start)]
    chance = plan.chance("repetitions")
    again = (each for each in sent if chance.random() < 0.15)
    sent += [ToSend(each.at_s + chance.uniform(0, 6), each.path, each.body) for each in again]
    return sorted(sent, key=lambda each: each.at_s)


def _life(plan: Plan, n: int, start: datetime) -> Iterator[ToSend]:
    """A person's deliveries. Every third one is a stranger at first, every fourth fills a form in."""
    chance = plan.chance(f"person {n}")
    who = _Somebody(n, chance.choice(_TITLES), chance.choice(_INDUSTRIES), start)
    for k, (at_s, doing) in enumerate(_moments(plan, chance, _doings(plan, chance, who))):
        stranger = n % 3 == 0 and doing[0] == "page_viewed" and k < plan.each // 2
        event = who.event(k, at_s - chance.uniform(1, plan.late.total_seconds()), doing, named=not stranger)
        yield ToSend(at_s, "/webhooks/standard", json.dumps(event).encode())
        if chance.random() < 0.1:
            more = [who.event(100 * k + j, at_s - 1, _looking(chance)) for j in (50, 51)]
            yield ToSend(at_s, "/webhooks/standard", json.dumps({"events": more}).encode())
    if n % 4 == 0:
        fields = {"email": who.email, "company": f"Company {n}", "intent": "contact"}
        path = f"/webhooks/form?token={FORM_TOKEN}"
        yield ToSend(chance.uniform(0, plan.storm_s), path, urlencode(fields).encode())


def _moments(plan: Plan, chance: random.Random, doings: list[Doing]) -> Iterator[tuple[float, Doing]]:
    """When each is told, in an order that is now and then another than theirs."""
    moments = sorted(chance.uniform(0, plan.storm_s) for _ in doings)
    for k in range(len(moments) - 1):
        if chance.random() < 0.2:
            moments[k], moments[k + 1] = moments[k + 1], moments[k]
    yield from zip(moments, doings, strict=True)


def _doings(plan: Plan, chance: random.Random, who: _Somebody) -> list[Doing]:
    firm = {"industry": who.industry, "employees": chance.choice([20, 300])} if who.industry else {}
    doings: list[Doing] = [
        ("form_submitted", {"form": "contact", "states_budget": chance.random() < 0.5, **firm})
    ]
    if chance.random() < 0.6:
        kinds = ("demo_requested", "demo_requested", "quote_requested", "meeting_booked")
        doings.append((chance.choice(kinds), {}))
        if chance.random() < 0.3:
            doings.append(("contact_made", {"by": "rep-1"}))
    while len(doings) < plan.each:
        doings.append(_looking(chance) if chance.random() < 0.8 else _reading(chance))
    middle = doings[1:]
    chance.shuffle(middle)
    return [*doings[:1], *middle]


def _looking(chance: random.Random) -> Doing:
    return "page_viewed", {"page": chance.choice(_PAGES)}


def _reading(chance: random.Random) -> Doing:
    if chance.random() < 0.15:
        return "unsubscribed", {}
    if chance.random() < 0.3:
        return "newsletter_subscribed", {}
    return "content_downloaded", {"asset": chance.choice(_ASSETS)}
