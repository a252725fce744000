"""Posts through Slack's Web API, and finds in a channel's history what was posted before."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from leadworkflows.slack.errors import sort_answer
from leadworkflows.slack.message import METADATA_EVENT, SlackMessage
from leadworkflows.vendor import Found, OutcomeUnknown, Receipt, Undetermined
from leadworkflows.vendor_transport import LOST, sort_lost

T = TypeVar("T")

_logger = logging.getLogger("leadworkflows.slack_sdk")
_logger.setLevel(logging.CRITICAL)  # the SDK logs whole messages at DEBUG and bodies at ERROR

_CLOCKS_DIFFER = timedelta(minutes=5)
_PAGES, _PAGE = 3, 999  # an attempt has a minute
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,20}")


class SlackWebPoster:
    """Posts with a bot token. `timeout_s` bounds every wait on the network.

    slack_sdk would repeat a call by itself after a lost connection, and so post twice: its retry
    handlers are off.
    """

    def __init__(self, token: str, base_url: str = "https://slack.com/api/", timeout_s: float = 10.0) -> None:
        self._client = WebClient(
            token=token,
            base_url=f"{base_url.rstrip('/')}/",
            timeout=timeout_s,  # type: ignore[arg-type] # urllib takes fractions of a second
            retry_handlers=[],
            logger=_logger,
        )
        self._ids: dict[str, str] = {}

    async def post(self, message: SlackMessage) -> Receipt:
        """One request, never repeated here: whether to repeat is the runner's question."""
        return await asyncio.to_thread(_sorted, lambda: self._post(message))

    async def find(self, key: str, channel: str, since: datetime) -> Found:
        """Look for our metadata in the channel's history, from just before `since`."""
        return await asyncio.to_thread(_sorted, lambda: self._find(key, channel, since))

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
        """Posting takes a name, history only an id."""
        if _CHANNEL_ID.fullmatch(channel):
            return channel
        if channel not in self._ids:
            self._ids.update(self._channels())
        return self._ids.get(channel)

    def _channels(self) -> Iterator[tuple[str, str]]:
        cursor = ""
        for _page in range(_PAGES):
            page = self._client.conversations_list(
                types="public_channel", exclude_archived=True, limit=_PAGE, cursor=cursor or None
            )
            yield from ((f"#{each['name']}", each["id"]) for each in page["channels"])
            if not (cursor := _next(page)):
                return


def _sorted(call: Callable[[], T]) -> T:
    try:
        return call()
    except SlackApiError as error:
        raise sort_answer(error) from None
    except LOST as error:
        raise sort_lost("Slack", error) from None
    except UnicodeDecodeError:
        raise OutcomeUnknown("Slack: an answer that is not Slack's") from None


def _timestamp_of(key: str, messages: list[dict[str, Any]]) -> str | None:
    for message in messages:
        metadata = message.get("metadata") or {}
        ours = metadata.get("event_type") == METADATA_EVENT
        if ours and metadata.get("event_payload", {}).get("key") == key:
            return str(message["ts"])
    return None


def _next(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")
