"""A Slack message ready to post, who speaks to Slack, and the outbox that stands in without a token."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from leadworkflows.content.enclosed import Enclosed
from leadworkflows.store import OutboxItem, Store
from leadworkflows.vendor import Found, Receipt, VendorBlocked, VendorRefused

METADATA_EVENT = "leadworkflows_action"
"""The `event_type` of our messages' metadata; its payload is `{"key": key}`."""

_SLACKS = re.compile(r"\d+\.\d+")
"""A timestamp that Slack itself gave to a message; in the outbox it is the message's key."""

ANSWERED_HERE = "outbox-press:"
"""Starts the address at which a press in the outbox is answered: the key of the answer there."""


@dataclass(frozen=True)
class SlackMessage:
    """`text` is what notifications and screen readers show, `blocks` the card itself."""

    key: str
    lead_id: str
    channel: str
    template: str
    text: str
    blocks: list[dict[str, Any]]


class SlackPoster(Protocol):
    """Speaks to Slack. Whatever it cannot do it raises as one of the exceptions of `vendor`."""

    async def post(self, message: SlackMessage) -> Receipt:
        """Post one message. Its `channel` may be a member id: a direct message.

        The receipt's `vendor_id` is "CHANNEL:TS", by which `update` finds the message.
        """

    async def find(self, key: str, channel: str, since: datetime) -> Found:
        """Whether a message with this key was posted after `since`. None: certainly not."""

    async def update(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> None:
        """Change what a message says; `channel` is the id that it was posted under. Safe to repeat."""

    async def open_view(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Open a modal for whoever pressed, within three seconds of it, and once."""

    async def tell(self, channel: str, user: str, text: str) -> None:
        """Say something in a channel that only this person sees."""

    async def respond(self, response_url: str, text: str, *, replace: bool = False) -> None:
        """Answer a press or a slash command to whoever did it; `replace` removes what was pressed."""


class OutboxSlackPoster:
    """Keeps messages in the store instead of posting them: development, and dry runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def post(self, message: SlackMessage) -> Receipt:
        """Keep the message, once a key."""
        await self._keep(
            message.key,
            message.template,
            lead_id=message.lead_id,
            channel=message.channel,
            text=message.text,
            blocks=message.blocks,
        )
        return _KEPT

    async def find(self, key: str, channel: str, since: datetime) -> Found:  # noqa: ARG002
        """The outbox is in our own store: it always knows."""
        return _KEPT if await self._store.outbox.has(key) else None

    async def update(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> None:  # noqa: ARG002
        """Change the kept message; here a message's `ts` is its key. Raises VendorRefused where it is not."""
        if not await self._store.outbox.change(ts, text, blocks):
            raise VendorRefused("the message is no longer in the outbox")

    async def enclose(self, posted: str, key: str, comment: str, files: Sequence[Enclosed]) -> Receipt:  # noqa: ARG002
        """Keep the files once a key: pictures as they are, of others the name."""
        await self._keep(key, "files", text=comment, blocks=[_shown(file) for file in files])
        return _KEPT

    async def delete(self, channel: str, ts: str) -> None:
        """What was kept here went with its lead. Raises VendorBlocked for what Slack itself has."""
        if _SLACKS.fullmatch(ts):
            raise VendorBlocked(
                f"a message in {channel} waits for LEADWORKFLOWS_SLACK_BOT_TOKEN to be deleted"
            )

    async def open_view(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Keep the modal, once a trigger."""
        title = str(view.get("title", {}).get("text", ""))
        await self._keep(f"view:{trigger_id}", "modal", text=title, blocks=view.get("blocks"))

    async def tell(self, channel: str, user: str, text: str) -> None:
        """Keep what one person would have seen."""
        await self._keep(f"tell:{uuid4().hex}", "told", to=user, channel=channel, text=text)

    async def respond(self, response_url: str, text: str, *, replace: bool = False) -> None:  # noqa: ARG002
        """Keep the answer, but not Slack's address, which is a key to the conversation.

        Who pressed in the outbox finds the answer under the address that they gave.
        """
        ours = response_url.startswith(ANSWERED_HERE)
        await self._keep(response_url if ours else f"respond:{uuid4().hex}", "answer", text=text)

    async def _keep(self, key: str, template: str, *, lead_id: str = "", **said: Any) -> None:
        now = datetime.now(UTC)
        item = OutboxItem(key=key, lead_id=lead_id, kind="slack", template=template, at=now, **said)
        await self._store.outbox.put(item)


def _shown(file: Enclosed) -> dict[str, Any]:
    if not file.media_type.startswith("image/"):
        told = {"type": "plain_text", "text": f"{file.name}: {file.title}"}
        return {"type": "section", "text": told}
    data = f"data:{file.media_type};base64,{b64encode(file.content).decode()}"
    return {"type": "image", "image_url": data, "alt_text": file.title}


_KEPT = Receipt(detail="kept in the outbox (no Slack token is set)")
