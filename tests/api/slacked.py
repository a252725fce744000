"""Slack as it calls us: signed forms with what was pressed, and what it then sees of us."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

import httpx
from slack_sdk.signature import Clock, SignatureVerifier

from leadworkflows.slack.buttons import value_of
from tests.api.edge import Edge
from tests.vendors.slack import SlackStandIn

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHANNEL, CARD_TS, USER = "C0SALES00", "1768469300.000100", "U0ADA0001"
FORM = "application/x-www-form-urlencoded"
_numbers = count(1)


class _At(Clock):
    def __init__(self, at: datetime) -> None:
        self._at = at.timestamp()

    def now(self) -> float:
        return self._at


def signed(body: bytes, at: datetime, secret: str = SECRET) -> dict[str, str]:
    """The headers that Slack sends with a body."""
    timestamp = str(int(at.timestamp()))
    signature = SignatureVerifier(secret, _At(at)).generate_signature(timestamp=timestamp, body=body)
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature or ""}


class Slacked:
    """A workspace beside the edge: people press, and see what the stand-in was told."""

    def __init__(self, edge: Edge, slack: SlackStandIn) -> None:
        self.edge, self.slack = edge, slack

    async def send(self, path: str, body: bytes, media: str = FORM, **headers: str) -> httpx.Response:
        sent = {"content-type": media, **signed(body, self.edge.now), **headers}
        return await self.edge.client.post(f"/slack/{path}", content=body, headers=sent)

    async def interact(self, payload: dict[str, Any]) -> httpx.Response:
        return await self.send("interactions", urlencode({"payload": json.dumps(payload)}).encode())

    async def slash(self, text: str) -> dict[str, Any]:
        body = urlencode({"command": "/lead", "text": text, "user_id": USER, "channel_id": CHANNEL})
        response = await self.send("commands", body.encode())
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        assert answer["response_type"] == "ephemeral"
        return answer

    async def settled(self) -> None:
        """Wait for what goes on after acknowledgements."""
        await self.edge.client._transport.app.state.parts.slack.settled()  # type: ignore[attr-defined]

    def press(self, command: str, lead: str, seen: int | None = 1, **changes: Any) -> dict[str, Any]:
        """A press of a card's button, as Slack describes it."""
        action = {
            "action_id": command, "block_id": "lead.commands", "type": "button",
            "value": value_of(lead, seen), "action_ts": f"1768469400.{next(_numbers):06d}",
        }  # fmt: skip
        container = {"type": "message", "message_ts": CARD_TS, "channel_id": CHANNEL, "is_ephemeral": False}
        return {
            "type": "block_actions", "user": {"id": USER, "username": "ada"}, "container": container,
            "trigger_id": self.slack.trigger(), "response_url": self.slack.response_url(),
            "actions": [action], **changes,
        }  # fmt: skip

    def submit(self, view: dict[str, Any], answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """A form that somebody filled in; `answers` by block."""
        values = {
            block["block_id"]: {block["element"]["action_id"]: {"type": block["element"]["type"]}}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        for block_id, answer in answers.items():
            ((held,),) = (values[block_id].values(),)
            held.update(answer)
        sent = {**view, "id": f"V{next(_numbers):08d}", "state": {"values": values}}
        return {"type": "view_submission", "user": {"id": USER}, "view": sent}


def chosen(value: str) -> dict[str, Any]:
    """An option of a select."""
    return {"selected_option": {"text": {"type": "plain_text", "text": value}, "value": value}}


def typed(text: str) -> dict[str, Any]:
    """What was written."""
    return {"value": text}
