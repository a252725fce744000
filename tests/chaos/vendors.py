"""SendGrid and Slack on a bad day: as strict as ever, and now and then broken, slow or silent."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tests.chaos.plan import Plan
from tests.vendors.sendgrid import SendGridStandIn, too_many
from tests.vendors.server import Answer, Call, Fault, Hang, ResetAfterAccepting
from tests.vendors.slack import SlackStandIn

_SLOW_S = 3.0
"""How long a slow answer takes: less than a call may take, and than a dead worker's attempt is left alone."""


Mood = Callable[[], Fault]


class Moods:
    """Draws what befalls a request, and counts it. Thread-safe."""

    def __init__(self, chance: random.Random, share: float, moods: Mapping[str, Mood | None]) -> None:
        self._chance, self._moods, self.share = chance, moods, share
        self._lock = threading.Lock()
        self.befell: Counter[str] = Counter()

    def draw(self) -> tuple[str, Mood | None]:
        """The name of what befalls the next request, empty for nothing; and how it is done."""
        with self._lock:
            if self._chance.random() >= self.share:
                return "", None
            name = self._chance.choice(sorted(self._moods))
            self.befell[name] += 1
            return name, self._moods[name]

    def calm(self) -> None:
        """From now on all is well."""
        self.share = 0.0


def _moods(plan: Plan, throttled: Mood) -> dict[str, Mood | None]:
    """`slow` has no fault of its own: it is answered well, later."""
    moods: dict[str, Mood | None] = {
        "500": lambda: Answer(500),
        "503": lambda: Answer(503),
        "429": throttled,
        "accepted, then reset": ResetAfterAccepting,
        "slow": None,
    }
    if plan.hangs:
        moods["accepted, then silent"] = lambda: Hang(accept=True)
        moods["silent"] = lambda: Hang(accept=False)
    return moods


class _Moody:
    """What both have: chance before judgement, and one judgement at a time."""

    moods: Moods

    def _fate(self) -> Fault | None:
        name, mood = self.moods.draw()
        if name == "slow":
            time.sleep(_SLOW_S)
        return mood() if mood else None


class MoodySendGrid(_Moody, SendGridStandIn):
    """`accepted` holds each mail that left, whatever was answered."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.moods = Moods(plan.chance("sendgrid"), plan.fault_share, _moods(plan, _resets_soon))
        self._judging = threading.Lock()

    def respond(self, call: Call, fault: Fault | None) -> Answer | None:
        return super().respond(call, fault or self._fate())

    def answer(self, call: Call) -> Answer:
        with self._judging:
            return super().answer(call)

    def mails(self) -> dict[str, list[Any]]:
        """Every mail that left, by its key."""
        with self._judging:
            taken = list(self.accepted)
        by_key: dict[str, list[Any]] = {}
        for mail in taken:
            (one,) = mail["personalizations"]
            by_key.setdefault(one["custom_args"]["message_key"], []).append(mail)
        return by_key


class MoodySlack(_Moody, SlackStandIn):
    """`accepted` holds each message that stands in a channel, whatever was answered."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.moods = Moods(plan.chance("slack"), plan.fault_share, _moods(plan, _retry_soon))
        self._judging = threading.Lock()

    def respond(self, call: Call, fault: Fault | None) -> Answer | None:
        return super().respond(call, fault or self._fate())

    def answer(self, call: Call) -> Answer:
        with self._judging:
            return super().answer(call)


def _resets_soon() -> Fault:
    return too_many(int(time.time()) + 2)


def _retry_soon() -> Fault:
    return Answer(429, {"Retry-After": "1"})
