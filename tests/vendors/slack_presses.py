"""What a press gives an app for a while: a trigger for one modal, an address for five answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.vendors import blockkit
from tests.vendors.server import Answer, Call
from tests.vendors.slack_answers import in_words, json_answer, no, refusal, yes

if TYPE_CHECKING:
    from tests.vendors.slack import SlackStandIn

TRIGGER_S, RESPONSE_S, RESPONSES = 3.0, 1800.0, 5


@dataclass
class _Given:
    at: float
    used: int = 0


class Presses:
    """`clock` gives seconds since 1970; a test may put its own in its place."""

    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack
        self.clock: Callable[[], float] = time.time
        self._numbers = count(1)
        self._triggers: dict[str, _Given] = {}
        self._addresses: dict[str, _Given] = {}

    def trigger(self) -> str:
        name = f"{next(self._numbers)}.123456.abcdef0123456789"
        self._triggers[name] = _Given(self.clock())
        return name

    def response_url(self) -> str:
        path = f"/actions/T0TEAM000/{next(self._numbers)}/aBcDeF"
        self._addresses[path] = _Given(self.clock())
        return f"{self._slack.url}{path}"

    def open_view(self, arguments: dict[str, Any]) -> Answer:
        given = self._triggers.get(arguments.get("trigger_id", ""))
        if given is None:
            return no("invalid_trigger_id")
        if given.used:
            return no("exchanged_trigger_id")
        if self.clock() - given.at > TRIGGER_S:
            return no("expired_trigger_id")
        if found := blockkit.walk_view(arguments.get("view")):
            return no("invalid_arguments", response_metadata={"messages": in_words(found)})
        given.used += 1
        self._slack.views.append(arguments["view"])
        view_id = f"V{len(self._slack.views):08d}"
        return yes(view={**arguments["view"], "id": view_id, "hash": f"{self.clock():.6f}.abc"})

    def respond(self, call: Call) -> Answer:
        given = self._addresses.get(call.path)
        if given is None:
            return json_answer({"ok": False, "error": "invalid_url"}, status=404)
        if self.clock() - given.at > RESPONSE_S:
            return json_answer({"ok": False, "error": "expired_url"}, status=404)
        if given.used >= RESPONSES:
            return json_answer({"ok": False, "error": "used_url"}, status=404)
        try:
            message = json.loads(call.body)
        except ValueError:
            return Answer(400, {}, b"invalid_payload")
        deletes = message.get("delete_original") is True
        if not deletes and refusal(message):
            return Answer(400, {}, b"invalid_payload")
        given.used += 1
        self._slack.answers.append({**message, "path": call.path})
        return json_answer({"ok": True})
