"""A Slack message ready to post, who can post it, and the outbox that stands in without a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from leadworkflows.store import OutboxItem, Store
from leadworkflows.vendor import Found, Receipt

METADATA_EVENT = "leadworkflows_action"
"""The `event_type` of our messages' metadata; its payload is `{"key": key}`."""


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
    """Posts one message, and can be asked whether it arrived."""

    async def post(self, message: SlackMessage) -> Receipt:
        """Raises VendorRefused, VendorThrottled, VendorUnavailable or OutcomeUnknown."""

    async def find(self, key: str, channel: str, since: datetime) -> Found:
        """Whether a message with this key was posted after `since`. None: certainly not."""


class OutboxSlackPoster:
    """Keeps messages in the store instead of posting them: development, and dry runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def post(self, message: SlackMessage) -> Receipt:
        """Keep the message, once a key."""
        await self._store.outbox.put(
            OutboxItem(
                key=message.key,
                lead_id=message.lead_id,
                kind="slack",
                to=None,
                channel=message.channel,
                content=None,
                template=message.template,
                subject=None,
                text=message.text,
                html=None,
                blocks=message.blocks,
                at=datetime.now(UTC),
            )
        )
        return _KEPT

    async def find(self, key: str, channel: str, since: datetime) -> Found:  # noqa: ARG002
        """The outbox is in our own store: it always knows."""
        return _KEPT if await self._store.outbox.has(key) else None


_KEPT = Receipt(detail="kept in the outbox (no Slack token is set)")
