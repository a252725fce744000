"""What a hundred and sixty people do within twenty minutes, as signed webhooks."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from leadworkflows.sources.standard import StandardSource
from tests.ingress.inside import as_json
from tests.sources.inbound import SECRET

_SIGNER = StandardSource()
_LONG = timedelta(minutes=20)
Doing = tuple[str, dict[str, Any]]
"""An event's type and facts."""
PEOPLE, EACH = 160, 32


def _pricing(chance: random.Random) -> list[Doing]:
    return [("page_viewed", {"page": "pricing"}) for _ in range(chance.randint(1, 4))]


def _form(chance: random.Random) -> list[Doing]:
    who = {"industry": chance.choice(["fintech", "education"]), "employees": chance.choice([20, 300])}
    return [("form_submitted", {"form": "contact", "states_budget": chance.random() < 0.5, **who})]


def _reading(chance: random.Random) -> list[Doing]:
    asset = chance.choice(["case_study", "whitepaper", "roi_study"])
    return [("content_downloaded", {"asset": asset}), ("page_viewed", {"page": "case_study"})]


def _asking(chance: random.Random) -> list[Doing]:
    kind = chance.choice(["demo_requested", "quote_requested", "newsletter_subscribed"])
    return [(kind, {})] if chance.random() < 0.3 else []


def _leaving(chance: random.Random) -> list[Doing]:
    return [("unsubscribed", {})] if chance.random() < 0.1 else []


def _looking(chance: random.Random) -> list[Doing]:
    return [("page_viewed", {"page": chance.choice(["product", "blog", "documentation", "comparison"])})]


_HABITS: list[Callable[[random.Random], list[Doing]]] = [
    _pricing, _form, _reading, _asking, _leaving, _looking, _looking,
]  # fmt: skip


def life(n: int, now: datetime) -> list[bytes]:
    """The bodies of one person's deliveries. Every third one is a stranger first."""
    chance = random.Random(n)  # noqa: S311 (a reproducible mix, not a secret)
    reader = n % 5 == 4  # who only looks around
    doings: list[Doing] = [("newsletter_subscribed", {})] if reader else _form(chance)
    while len(doings) < EACH:
        doings += _looking(chance) if reader else chance.choice(_HABITS)(chance)
    times = (now - _LONG + timedelta(seconds=30 * k) for k in range(EACH))
    return [_body(n, k, doing, at) for k, (doing, at) in enumerate(zip(doings[:EACH], times, strict=True))]


def _body(n: int, k: int, doing: Doing, at: datetime) -> bytes:
    kind, facts = doing
    stranger = n % 3 == 0 and kind == "page_viewed" and k < 12
    identity = {"anonymous_id": f"visitor-{n}"} | ({} if stranger else {"email": email(n)})
    person = {} if stranger else {"first_name": "Ada", "title": ("CFO", "Developer", "Student")[n % 3]}
    event = {"id": f"p{n}-{k}", "type": kind, "occurred_at": at.isoformat(), "facts": facts}
    return as_json({**event, "identity": identity, "person": person})


def email(n: int) -> str:
    return f"person{n}@example.com"


def signed(body: bytes) -> dict[str, str]:
    return _SIGNER.sign(body, SECRET, datetime.now(UTC), "/webhooks/standard")
