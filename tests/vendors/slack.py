"""Slack's Web API, as strict as its documents: messages, direct messages, modals, channels and people."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tests.vendors.server import Answer, Call, VendorServer
from tests.vendors.slack_answers import json_answer, no, refusal, yes
from tests.vendors.slack_files import Files
from tests.vendors.slack_presses import Presses

SCOPES = (
    "chat:write,chat:write.public,channels:read,channels:history,im:write,im:history,users:read,files:write"
    ",commands"
)
APP = "U0APP0000"
"""The member id of the app's own user."""


@dataclass(frozen=True)
class Channel:
    """`member`: the app was invited. `people` are those who are in it; None: everybody."""

    id: str
    name: str
    member: bool = True
    archived: bool = False
    people: frozenset[str] | None = None


@dataclass(frozen=True)
class Member:
    """A person of the workspace. `deactivated`: the account was closed."""

    id: str
    name: str = "someone"
    deactivated: bool = False


class SlackStandIn(VendorServer):
    """`accepted` holds each message as it now stands, with its `ts` and channel id.

    `updates` are the changes to messages in order, `whispers` what only one person sees, `views` the
    modals that were opened, `answers` what was posted to response addresses.
    """

    def __init__(
        self,
        token: str = "xoxb-test",
        channels: Iterable[Channel] | None = None,
        people: Iterable[Member] = (),
        scopes: str = SCOPES,
    ) -> None:
        super().__init__()
        self.token, self.scopes = token, scopes
        self.channels = list(channels or [Channel("C0SALES00", "sales")])
        self.people = list(people)
        self.updates: list[dict[str, Any]] = []
        self.whispers: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.presses = Presses(self)
        self.files = Files(self.url)
        self._last_ts = 0.0
        self._methods: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.list": self._list,
            "conversations.open": self._open,
            "files.getUploadURLExternal": self.files.address,
            "files.completeUploadExternal": self._complete,
            "users.info": self._person,
            "views.open": self.presses.open_view,
        }

    def answer(self, call: Call) -> Answer:
        if call.method == "POST" and call.path.startswith("/actions/"):
            return self.presses.respond(call)
        if call.method == "POST" and call.path.startswith("/upload/v1/"):
            return self.files.take(call)
        if call.method != "POST" or not call.path.startswith("/api/"):
            return Answer(404)
        if refused := self._stranger(call.headers.get("authorization", "")):
            return refused
        method = self._methods.get(call.path.removeprefix("/api/"), _unknown)
        try:
            return method(_arguments(call))
        except (ValueError, TypeError):
            return no("invalid_arguments")

    def _stranger(self, bearer: str) -> Answer | None:
        if not bearer:
            return no("not_authed")
        return no("invalid_auth") if bearer != f"Bearer {self.token}" else None

    def keys(self) -> list[str]:
        """Our key in the metadata of each message posted."""
        return [message["metadata"]["event_payload"]["key"] for message in self.accepted]

    def trigger(self) -> str:
        """A trigger as it comes with a press: it opens one modal, within three seconds."""
        return self.presses.trigger()

    def response_url(self) -> str:
        """A response address as it comes with a press: five answers, within half an hour."""
        return self.presses.response_url()

    def _auth_test(self, _arguments: dict[str, Any]) -> Answer:
        told = {"url": "https://example.slack.com/", "team": "Example", "user": "leadworkflows"}
        return json_answer(
            {"ok": True, **told, "team_id": "T0TEAM000", "user_id": APP, "bot_id": "B0BOT"},
            {"x-oauth-scopes": self.scopes},
        )

    def _post(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"), by_name=True)
        if isinstance(channel, Answer):
            return channel
        if refused := refusal(arguments):
            return refused
        ts = self._now()
        self.accepted.append({**arguments, "ts": ts, "channel_id": channel.id})
        return yes(channel=channel.id, ts=ts, message={"text": arguments.get("text", ""), "ts": ts})

    def _now(self) -> str:
        """No two messages have one `ts`."""
        self._last_ts = max(self.presses.clock(), self._last_ts + 0.000_01)
        return f"{self._last_ts:.6f}"

    def _whisper(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"), by_name=True)
        if isinstance(channel, Answer):
            return channel
        if arguments.get("user") not in self._in(channel):
            return no("user_not_in_channel")
        if refused := refusal(arguments):
            return refused
        self.whispers.append({**arguments, "channel_id": channel.id})
        return yes(message_ts=self._now())

    def _in(self, channel: Channel) -> Collection[Any]:
        everybody = [each.id for each in self.people]
        if channel.id.startswith("D"):
            return [each for each in everybody if _direct(each) == channel.id]
        return everybody if channel.people is None else channel.people

    def _update(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"), by_name=False)
        if isinstance(channel, Answer):
            return channel
        posted = [each for each in self.accepted if _is(each, channel.id, arguments.get("ts"))]
        if not posted:
            return no("message_not_found")
        if posted[0].get("user", APP) != APP:
            return no("cant_update_message")
        if refused := refusal(arguments):
            return refused
        changes = {name: arguments[name] for name in ("text", "blocks", "metadata") if name in arguments}
        posted[0].update(changes)
        self.updates.append({**arguments, "channel_id": channel.id})
        return yes(channel=channel.id, ts=arguments["ts"], text=arguments.get("text", ""))

    def _delete(self, arguments: dict[str, Any]) -> Answer:
        """A bot deletes what it posted itself (https://docs.slack.dev/reference/methods/chat.delete)."""
        channel = self._channel(arguments.get("channel"), by_name=False)
        if isinstance(channel, Answer):
            return channel
        posted = [each for each in self.accepted if _is(each, channel.id, arguments.get("ts"))]
        if not posted:
            return no("message_not_found")
        if posted[0].get("user", APP) != APP:
            return no("cant_delete_message")
        self.accepted.remove(posted[0])
        return yes(channel=channel.id, ts=arguments["ts"])

    def _complete(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel_id"), by_name=False)
        threads = {each["ts"] for each in self.accepted}
        return self.files.complete(arguments, channel if isinstance(channel, Answer) else None, threads)

    def _history(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"), by_name=False, to_read=True)
        if isinstance(channel, Answer):
            return channel
        oldest, limit = float(arguments.get("oldest") or 0), int(arguments.get("limit") or 100)
        if not 1 <= limit <= 999:
            return no("invalid_limit")
        start = int(arguments.get("cursor") or 0)
        wanted = [
            _shown(each, arguments)
            for each in reversed(self.accepted)
            if each["channel_id"] == channel.id and float(each["ts"]) > oldest
        ]
        cursor = str(start + limit) if len(wanted) > start + limit else ""
        page = wanted[start : start + limit]
        return yes(messages=page, has_more=bool(cursor), response_metadata={"next_cursor": cursor})

    def _list(self, arguments: dict[str, Any]) -> Answer:
        limit, start = int(arguments.get("limit") or 100), int(arguments.get("cursor") or 0)
        listed = [
            each for each in self.channels if not (each.archived and _is_true(arguments, "exclude_archived"))
        ]
        cursor = str(start + limit) if len(listed) > start + limit else ""
        page = [_told(each) for each in listed[start : start + limit]]
        return yes(channels=page, response_metadata={"next_cursor": cursor})

    def _info(self, arguments: dict[str, Any]) -> Answer:
        """Of a private channel that the app is not in, Slack says that there is none."""
        found = next((each for each in self.channels if each.id == arguments.get("channel")), None)
        return yes(channel=_told(found)) if found else no("channel_not_found")

    def _open(self, arguments: dict[str, Any]) -> Answer:
        person = self._member(arguments.get("users"))
        if person is None:
            return no("user_not_found")
        return no("user_disabled") if person.deactivated else yes(channel={"id": _direct(person.id)})

    def _person(self, arguments: dict[str, Any]) -> Answer:
        person = self._member(arguments.get("user"))
        if person is None:
            return no("user_not_found")
        told = {"id": person.id, "name": person.name, "deleted": person.deactivated, "is_bot": False}
        return yes(user=told)

    def _member(self, wanted: Any) -> Member | None:
        return next((each for each in self.people if each.id == wanted), None)

    def _channel(self, wanted: Any, *, by_name: bool, to_read: bool = False) -> Channel | Answer:
        """Posting takes a name, an id or a person, everything else an id alone."""
        direct = {_direct(each.id): each for each in self.people}
        people = {each.id: each for each in self.people} if by_name else {}
        if person := {**direct, **people}.get(wanted):
            return no("user_disabled") if person.deactivated else Channel(_direct(person.id), "")
        names = {f"#{each.name}": each for each in self.channels} if by_name else {}
        found = {**{each.id: each for each in self.channels}, **names}.get(wanted)
        if found is None:
            return no("channel_not_found")
        if not found.member:
            return no("not_in_channel")
        return no("is_archived") if found.archived and not to_read else found


def _unknown(_arguments: dict[str, Any]) -> Answer:
    return no("unknown_method")


def _direct(user: str) -> str:
    return f"D{user[1:]}"


def _is(message: dict[str, Any], channel_id: str, ts: Any) -> bool:
    return bool(message["channel_id"] == channel_id and message["ts"] == ts)


def _told(channel: Channel) -> dict[str, Any]:
    told = {"id": channel.id, "name": channel.name, "is_channel": True, "is_private": False}
    return {**told, "is_member": channel.member, "is_archived": channel.archived}


def _arguments(call: Call) -> dict[str, Any]:
    """JSON as it is; a form's structured values are JSON inside strings."""
    if call.headers.get("content-type", "").startswith("application/json"):
        found: dict[str, Any] = json.loads(call.body)
        return found
    form: dict[str, Any] = dict(parse_qsl(call.body.decode()))
    for name in {"blocks", "metadata", "view"} & form.keys():
        form[name] = json.loads(form[name])
    return form


def _shown(message: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Metadata is left out unless it is asked for."""
    shown = {"type": "message", "ts": message["ts"], "text": message.get("text", "")}
    asked = _is_true(arguments, "include_all_metadata")
    return {**shown, "metadata": message["metadata"]} if asked and "metadata" in message else shown


def _is_true(arguments: dict[str, Any], name: str) -> bool:
    return str(arguments.get(name, "")).lower() in ("1", "true")
