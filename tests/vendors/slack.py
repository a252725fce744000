"""Slack's Web API, as strict as its documents: posting, history, channels and the token's test."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tests.vendors.blockkit import TOTAL, characters, walk
from tests.vendors.server import Answer, Call, VendorServer

LONGEST_TEXT = 40_000


@dataclass(frozen=True)
class Channel:
    """`member`: the app was invited."""

    id: str
    name: str
    member: bool = True
    archived: bool = False


class SlackStandIn(VendorServer):
    """`accepted` holds each message as posted, with its `ts` and channel id."""

    def __init__(self, token: str = "xoxb-test", channels: Iterable[Channel] | None = None) -> None:
        super().__init__()
        self.token = token
        self.channels = list(channels or [Channel("C0SALES00", "sales")])
        self._methods = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "conversations.history": self._history,
            "conversations.list": self._list,
        }

    def answer(self, call: Call) -> Answer:
        if call.method != "POST" or not call.path.startswith("/api/"):
            return Answer(404)
        method = self._methods.get(call.path.removeprefix("/api/"))
        if method is None:
            return _no("unknown_method")
        bearer = call.headers.get("authorization", "")
        if not bearer:
            return _no("not_authed")
        if bearer != f"Bearer {self.token}":
            return _no("invalid_auth")
        try:
            return method(_arguments(call))
        except (ValueError, TypeError):
            return _no("invalid_arguments")

    def keys(self) -> list[str]:
        """Our key in the metadata of each message posted."""
        return [message["metadata"]["event_payload"]["key"] for message in self.accepted]

    def _auth_test(self, _arguments: dict[str, Any]) -> Answer:
        return _yes(url="https://example.slack.com/", team="Example", user="leadworkflows", bot_id="B0BOT")

    def _post(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"), by_name=True)
        if isinstance(channel, Answer):
            return channel
        if refusal := _refusal(arguments):
            return refusal
        ts = f"{time.time():.6f}"
        self.accepted.append({**arguments, "ts": ts, "channel_id": channel.id})
        return _yes(channel=channel.id, ts=ts, message={"text": arguments.get("text", ""), "ts": ts})

    def _history(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"), by_name=False)
        if isinstance(channel, Answer):
            return channel
        oldest, limit = float(arguments.get("oldest") or 0), int(arguments.get("limit") or 100)
        if not 1 <= limit <= 999:
            return _no("invalid_limit")
        start = int(arguments.get("cursor") or 0)
        wanted = [
            _shown(each, arguments)
            for each in reversed(self.accepted)
            if each["channel_id"] == channel.id and float(each["ts"]) > oldest
        ]
        cursor = str(start + limit) if len(wanted) > start + limit else ""
        return _yes(
            messages=wanted[start : start + limit],
            has_more=bool(cursor),
            response_metadata={"next_cursor": cursor},
        )

    def _list(self, arguments: dict[str, Any]) -> Answer:
        limit, start = int(arguments.get("limit") or 100), int(arguments.get("cursor") or 0)
        page = self.channels[start : start + limit]
        cursor = str(start + limit) if len(self.channels) > start + limit else ""
        listed = [{"id": each.id, "name": each.name, "is_member": each.member} for each in page]
        return _yes(channels=listed, response_metadata={"next_cursor": cursor})

    def _channel(self, wanted: Any, *, by_name: bool) -> Channel | Answer:
        """Posting takes a name or an id, everything else an id alone."""
        names = {f"#{each.name}": each for each in self.channels} if by_name else {}
        found = {**{each.id: each for each in self.channels}, **names}.get(wanted)
        if found is None:
            return _no("channel_not_found")
        if not found.member:
            return _no("not_in_channel")
        return _no("is_archived") if found.archived and by_name else found


def _arguments(call: Call) -> dict[str, Any]:
    """JSON as it is; a form's structured values are JSON inside strings."""
    if call.headers.get("content-type", "").startswith("application/json"):
        found: dict[str, Any] = json.loads(call.body)
        return found
    form: dict[str, Any] = dict(parse_qsl(call.body.decode()))
    for name in {"blocks", "metadata"} & form.keys():
        form[name] = json.loads(form[name])
    return form


def _refusal(arguments: dict[str, Any]) -> Answer | None:
    text, blocks, metadata = (arguments.get(name) for name in ("text", "blocks", "metadata"))
    if not text and not blocks:
        return _no("no_text")
    if len(text or "") > LONGEST_TEXT:
        return _no("msg_too_long")
    if blocks is not None and (found := walk(blocks)):
        messages = [f"[ERROR] {problem} [json-pointer:{at}]" for at, problem in found]
        return _no("invalid_blocks", response_metadata={"messages": messages})
    if characters(blocks or []) > TOTAL:
        return _no("msg_blocks_too_long")
    if metadata is not None and not _well_formed(metadata):
        return _no("invalid_metadata_format")
    return None


def _well_formed(metadata: Any) -> bool:
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        return False
    return isinstance(metadata["event_type"], str) and isinstance(metadata["event_payload"], dict)


def _shown(message: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Metadata is left out unless it is asked for."""
    shown = {"type": "message", "ts": message["ts"], "text": message.get("text", "")}
    asked = str(arguments.get("include_all_metadata", "")).lower() in ("1", "true")
    return {**shown, "metadata": message["metadata"]} if asked and "metadata" in message else shown


def _yes(**fields: Any) -> Answer:
    return _json({"ok": True, **fields})


def _no(error: str, **fields: Any) -> Answer:
    return _json({"ok": False, "error": error, **fields})


def _json(body: dict[str, Any]) -> Answer:
    return Answer(200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(body).encode())
