"""A mail ready to leave, who can send it, and the outbox that stands in without a key."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from leadworkflows.activities.base import Found, Receipt
from leadworkflows.content.enclosed import Enclosed
from leadworkflows.store import OutboxItem, Store

Allowed = Callable[[], Awaitable[None]]
"""Looks whether the lead may still be written to; raises Withheld."""


@dataclass(frozen=True)
class OutgoingEmail:
    """A rendered mail. `key` travels with it, so that the vendor's events name the effect.

    With a `template_id` the vendor makes the mail from `data`.
    """

    key: str
    lead_id: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    content: str
    categories: tuple[str, ...] = ()
    list_unsubscribe_url: str | None = None
    template_id: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    enclosed: Sequence[Enclosed] = ()
    is_tracked: bool = True
    """Whether opens and clicks are asked for; a report goes to colleagues, who are nobody's leads."""


class EmailSender(Protocol):
    """Sends one mail, and can be asked whether it left."""

    async def turn(self, key: str) -> None:
        """Wait until the next mail may leave. Raises VendorThrottled where that takes long."""

    async def send(self, mail: OutgoingEmail, allowed: Allowed) -> Receipt:
        """Ask `allowed` last of all, and send.

        Raises VendorRefused, VendorThrottled, VendorBlocked, VendorUnavailable, OutcomeUnknown, and what
        `allowed` raises.
        """

    async def find(self, key: str) -> Found:
        """Whether a mail with this key left. None: certainly not."""


class OutboxEmailSender:
    """Keeps mails in the store instead of sending them: development, and dry runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def turn(self, key: str) -> None:
        """Our own store needs no sparing."""

    async def send(self, mail: OutgoingEmail, allowed: Allowed) -> Receipt:
        """Keep the mail, once a key."""
        await allowed()
        await self._store.outbox.put(
            OutboxItem(
                key=mail.key,
                lead_id=mail.lead_id,
                kind="email",
                to=mail.to,
                channel=None,
                content=mail.content,
                template=None,
                subject=mail.subject,
                text=mail.text,
                html=_with_pictures(mail),
                blocks=None,
                at=datetime.now(UTC),
            )
        )
        return _KEPT

    async def find(self, key: str) -> Found:
        """The outbox is in our own store: it always knows."""
        return _KEPT if await self._store.outbox.has(key) else None


def _with_pictures(mail: OutgoingEmail) -> str:
    """The HTML with its pictures in it, since nothing is sent along."""
    found = {each.content_id: each for each in mail.enclosed}
    return re.sub(r"cid:([a-z0-9-]+)", lambda asked: _inline(asked, found), mail.html)


def _inline(asked: re.Match[str], found: Mapping[str | None, Enclosed]) -> str:
    enclosed = found.get(asked[1])
    if enclosed is None:
        return asked[0]
    return f"data:{enclosed.media_type};base64,{b64encode(enclosed.content).decode()}"


_KEPT = Receipt(detail="kept in the outbox (no SendGrid key is set)")
