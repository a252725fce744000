"""Posts through Slack's Web API, and finds in a channel's history what was posted before."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from leadworkflows.content.enclosed import Enclosed
from leadworkflows.slack.client import answer_press, delete_message, make_client, sorted_call
from leadworkflows.slack.files import upload
from leadworkflows.slack.message import METADATA_EVENT, SlackMessage
from leadworkflows.tracing.spans import SpanKind, span
from leadworkflows.vendor import Found, Receipt, Undetermined

T = TypeVar("T")

_AT_A_TIME = 16
_CLOCKS_DIFFER = timedelta(minutes=5)
_PAGES, _PAGE = 3, 999  # an attempt has a minute
_CHANNEL_ID, _USER_ID = re.compile(r"[CGD][A-Z0-9]{6,20}"), re.compile(r"[UW][A-Z0-9]{2,20}")


class SlackWebPoster:
    """Speaks to Slack with a bot token. `timeout_s` bounds every wait on the network.

    Each call is one request, never repeated here: whether to repeat is the caller's question.
    """

    def __init__(self, token: str, base_url: str = "https://slack.com/api/", timeout_s: float = 10.0) -> None:
        self._client = make_client(token, base_url, timeout_s)
        self._base_url, self._timeout_s = base_url, timeout_s
        self._ids: dict[str, str] = {}
        # Its own threads: while Slack hangs, nothing else that this process does waits for one.
        self._threads = ThreadPoolExecutor(_AT_A_TIME, "leadworkflows-slack")

    async def post(self, message: SlackMessage) -> Receipt:
        """Post in a channel by its name or id, or to a person by their member id."""
        return await self._call("chat.postMessage", lambda: self._post(message))

    async def find(self, key: str, channel: str, since: datetime) -> Found:
        """Look for our metadata in the channel's history, from just before `since`."""
        return await self._call("conversations.history", lambda: self._find(key, channel, since))

    async def update(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> None:
        """Let the message say something else from now on."""
        change = partial(self._client.chat_update, channel=channel, ts=ts, text=text, blocks=blocks)
        await self._call("chat.update", change)

    async def delete(self, channel: str, ts: str) -> None:
        """Take a message of ours away; one that is gone already is no error."""
        await self._call("chat.delete", lambda: delete_message(self._client, channel, ts))

    async def enclose(self, posted: str, key: str, comment: str, files: Sequence[Enclosed]) -> Receipt:  # noqa: ARG002
        """Put files into the thread of a message. Slack keeps no key with a file."""
        channel_id, _, ts = posted.partition(":")
        return await self._call("files.upload", lambda: upload(self._client, channel_id, ts, comment, files))

    async def open_view(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Open a modal for whoever pressed; the trigger lives for three seconds."""
        opening = partial(self._client.views_open, trigger_id=trigger_id, view=view)
        await self._call("views.open", opening)

    async def tell(self, channel: str, user: str, text: str) -> None:
        """Say something in a channel that only one person sees."""
        saying = partial(self._client.chat_postEphemeral, channel=channel, user=user, text=text)
        await self._call("chat.postEphemeral", saying)

    async def respond(self, response_url: str, text: str, *, replace: bool = False) -> None:
        """Answer a press where it was pressed; `replace` puts the answer in place of the message."""
        answer = partial(answer_press, response_url, self._base_url, self._timeout_s, text, replace=replace)
        await asyncio.get_running_loop().run_in_executor(self._threads, answer)

    async def _call(self, method: str, call: Callable[[], T]) -> T:
        with span(f"Slack {method}", SpanKind.CLIENT):
            return await asyncio.get_running_loop().run_in_executor(self._threads, sorted_call, call)

    def _post(self, message: SlackMessage) -> Receipt:
        answer = self._client.chat_postMessage(
            channel=message.channel,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": METADATA_EVENT, "event_payload": {"key": message.key}},
            unfurl_links=False,
            unfurl_media=False,
        )
        self._ids[message.channel] = answer["channel"]
        return Receipt(f"{answer['channel']}:{answer['ts']}", f"Slack posted it in {message.channel}")

    def _find(self, key: str, channel: str, since: datetime) -> Found:
        channel_id = self._channel_id(channel)
        if channel_id is None:
            return Undetermined(f"the app cannot see the history of {channel}")
        cursor = ""
        for _page in range(_PAGES):
            page = self._history(channel_id, since, cursor)
            if (ts := _timestamp_of(key, page["messages"])) is not None:
                return Receipt(f"{channel_id}:{ts}", f"Slack has it in the history of {channel}")
            if not (cursor := _next(page)):
                return None
        return Undetermined(f"the history of {channel} is too long to search")

    def _history(self, channel_id: str, since: datetime, cursor: str) -> Any:
        return self._client.conversations_history(
            channel=channel_id,
            oldest=f"{(since - _CLOCKS_DIFFER).timestamp():.6f}",
            limit=_PAGE,
            cursor=cursor or None,
            include_all_metadata=True,
        )

    def _channel_id(self, channel: str) -> str | None:
        """Posting takes a name or a person, history only the id of a channel."""
        if _CHANNEL_ID.fullmatch(channel):
            return channel
        if channel not in self._ids:
            self._ids.update(self._conversation(channel) if _USER_ID.fullmatch(channel) else self._channels())
        return self._ids.get(channel)

    def _conversation(self, user: str) -> Iterator[tuple[str, str]]:
        yield user, self._client.conversations_open(users=user)["channel"]["id"]

    def _channels(self) -> Iterator[tuple[str, str]]:
        cursor = ""
        for _page in range(_PAGES):
            page = self._client.conversations_list(
                types="public_channel", exclude_archived=True, limit=_PAGE, cursor=cursor or None
            )
            yield from ((f"#{each['name']}", each["id"]) for each in page["channels"])
            if not (cursor := _next(page)):
                return


def _timestamp_of(key: str, messages: list[dict[str, Any]]) -> str | None:
    for message in messages:
        metadata = message.get("metadata") or {}
        ours = metadata.get("event_type") == METADATA_EVENT
        if ours and metadata.get("event_payload", {}).get("key") == key:
            return str(message["ts"])
    return None


def _next(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")
