"""What leads do: how they come, what they look at, and what they do with our mails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from leadworkflows.demo.year.population import Character
from leadworkflows.domain.decisions import Action


@dataclass(frozen=True)
class Deed:
    """Something that is done at an instant; `anonymous` before anybody was named."""

    at: datetime
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    source: str = "segment"
    anonymous: bool = False


_Common = tuple[tuple[str, Mapping[str, Any], float], ...]
_LOOKS: _Common = (
    ("page_viewed", {"page": "product"}, 10), ("page_viewed", {"page": "blog"}, 9),
    ("page_viewed", {"page": "documentation"}, 8), ("page_viewed", {"page": "case_study"}, 7),
    ("page_viewed", {"page": "pricing"}, 4), ("page_viewed", {"page": "product_video"}, 4),
    ("content_downloaded", {"asset": "case_study"}, 4), ("content_downloaded", {"asset": "whitepaper"}, 4),
    ("content_downloaded", {"asset": "api_documentation"}, 2),
    ("webinar_attended", {"webinar": "lead-routing"}, 3),
    ("social_engaged", {"network": "linkedin", "act": "like"}, 3), ("trial_started", {}, 1),
)  # fmt: skip
"""What somebody who looks around does, and how often."""
_KEEN: _Common = (
    ("page_viewed", {"page": "pricing"}, 3), ("page_viewed", {"page": "case_study"}, 6),
    ("page_viewed", {"page": "documentation"}, 6),
    ("page_viewed", {"page": "comparison", "seconds": 1_900}, 2),
    ("content_downloaded", {"asset": "case_study"}, 3), ("webinar_attended", {"webinar": "lead-routing"}, 2),
    ("trial_started", {}, 1),
)  # fmt: skip
"""The same for somebody who means to buy."""
_ASKS: _Common = (
    ("demo_requested", {}, 6), ("demo_requested", {"states_budget": True}, 3),
    ("quote_requested", {"states_budget": True}, 2), ("meeting_booked", {}, 2),
)  # fmt: skip


def first_deeds(who: Character, chance: Random) -> list[Deed]:
    """How a lead comes out of anonymity, with what the visitor did before, in the order of the inbox."""
    kind, facts = _one(chance, who.channel.opens)
    named = Deed(who.came_at, kind, {**who.facts, **facts}, who.channel.source)
    agreed = [Deed(who.came_at, "consent_given", {"basis": "form"}, named.source)] * (chance.random() < 0.7)
    before: list[Deed] = []
    if who.channel.name in ("search", "linkedin", "referral") and chance.random() < 0.45:
        before = list(_session(who.came_at - timedelta(minutes=40), chance.randint(1, 5), _LOOKS[:6], chance))
    return [*(Deed(each.at, each.kind, each.facts, anonymous=True) for each in before), named, *agreed]


def later_deeds(who: Character, chance: Random) -> Iterator[Deed]:
    """What it does of its own accord in the weeks and months after."""
    keen = chance.random() < who.quality * 0.62
    at = who.came_at
    if who.channel.name == "webinar" and chance.random() < 0.55:
        yield Deed(
            at + timedelta(days=2, hours=1), "webinar_attended", {"webinar": "lead-routing"}, "standard"
        )
    for _ in range(chance.randint(2, 5) if keen else chance.choice((0, 0, 1, 1, 2))):
        at += timedelta(days=chance.expovariate(1 / 6 if keen else 1 / 14), minutes=chance.randint(20, 300))
        yield from _session(
            at, chance.randint(2, 6) if keen else chance.randint(1, 3), _looks(keen=keen), chance
        )
    if keen and chance.random() < who.quality * 0.22:
        kind, facts = _one(chance, _ASKS)
        yield Deed(at + timedelta(hours=chance.uniform(0.2, 60)), kind, facts, "typeform")
    elif chance.random() < 0.25:
        back = at + timedelta(days=chance.uniform(50, 220))
        yield from _session(back, chance.randint(3, 7), _looks(keen=chance.random() < who.quality), chance)


def after_mail(action: Action, who: Character, at: datetime, chance: Random) -> Iterator[Deed]:
    """What becomes of one of our mails."""
    content = str(action.params.get("content") or "")
    facts = {"content": content, "key": action.key}
    arrives = at + timedelta(seconds=chance.randint(8, 90))
    if not who.reachable:
        yield Deed(arrives, "email_bounced", facts, "sendgrid")
        return
    yield Deed(arrives, "email_delivered", facts, "sendgrid")
    opened = arrives + timedelta(minutes=3 + chance.expovariate(1 / 240))
    if chance.random() < 0.25 + 0.3 * who.quality:
        yield Deed(opened, "email_opened", facts, "sendgrid")
        yield from _then(who, facts, opened + timedelta(seconds=chance.randint(15, 240)), chance)


def _then(who: Character, facts: Mapping[str, Any], at: datetime, chance: Random) -> Iterator[Deed]:
    drawn = chance.random()
    if drawn < 0.08 + 0.22 * who.quality:
        yield Deed(at, "email_clicked", facts, "sendgrid")
        yield from _session(
            at + timedelta(seconds=20), chance.randint(1, 3), _looks(keen=who.quality > 0.6), chance
        )
    elif drawn > 0.985:
        yield Deed(at, "unsubscribed", {}, "sendgrid")
    elif drawn > 0.97:
        yield Deed(at + timedelta(minutes=12), "email_replied", facts, "sendgrid")


def _looks(*, keen: bool) -> _Common:
    return _KEEN if keen else _LOOKS


def _session(at: datetime, deeds: int, of: _Common, chance: Random) -> Iterator[Deed]:
    for _ in range(deeds):
        kind, facts = _one(chance, of)
        timed = {"seconds": chance.randint(12, 400)} if kind == "page_viewed" else {}
        yield Deed(at, kind, {**timed, **facts})
        at += timedelta(seconds=chance.randint(25, 420))


def _one(chance: Random, of: _Common) -> tuple[str, Mapping[str, Any]]:
    kind, facts, _ = chance.choices(of, [weight for _, _, weight in of])[0]
    return kind, facts
