"""A send that stops at every point on its way, and asks a test what happens there.

What stops is handed in where the product takes it anyway: the store, the sender and the links.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from leadworkflows.activities.mail import Allowed, EmailSender, OutgoingEmail
from leadworkflows.activities.services import ActionServices
from leadworkflows.content import ContentLibrary, MailLinks
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.message import OutboxSlackPoster
from leadworkflows.store import Store
from leadworkflows.store.database import Database
from leadworkflows.store.effects import Effects
from leadworkflows.vendor import Found, Receipt

At = Callable[[str], Awaitable[None]]

BEFORE_THE_CALL = (
    "before it is reserved", "after it is reserved", "before it is rendered", "before the last look",
)  # fmt: skip
AFTER_THE_CALL = ("before it is confirmed", "after it is confirmed")


class WatchedStore(Store):
    """Stops before and after an effect is reserved and settled."""

    def __init__(self, database: Database, at: At) -> None:
        super().__init__(database)
        self.effects = _Effects(database, at)


class _Effects(Effects):
    def __init__(self, database: Database, at: At) -> None:
        super().__init__(database)
        self._at = at

    async def reserve(self, *args: Any) -> Any:
        await self._at("before it is reserved")
        reserved = await super().reserve(*args)
        if reserved.first:
            await self._at("after it is reserved")
        return reserved

    async def settle(self, *args: Any, **more: Any) -> bool:
        await self._at("before it is confirmed")
        settled = await super().settle(*args, **more)
        await self._at("after it is confirmed")
        return settled


class WatchedSender:
    """Stops when the mail is rendered and about to leave."""

    def __init__(self, sender: EmailSender, at: At) -> None:
        self._sender, self._at = sender, at

    async def turn(self, key: str) -> None:
        await self._sender.turn(key)

    async def send(self, mail: OutgoingEmail, allowed: Allowed) -> Receipt:
        await self._at("before the last look")
        return await self._sender.send(mail, allowed)

    async def find(self, key: str) -> Found:
        return await self._sender.find(key)


def services_of(
    store: Store, sender: EmailSender, policy: Policy, content: ContentLibrary, at: At
) -> ActionServices:
    """What `email.send` needs; it stops before the mail is rendered."""

    async def links(_lead_id: str) -> MailLinks:
        await at("before it is rendered")
        return MailLinks(unsubscribe="https://leads.example.com/unsubscribe/opaque")

    async def nobody(_policy_id: str) -> tuple[Roster, Policy]:
        return Roster(), policy

    return ActionServices(
        WatchedSender(sender, at), OutboxSlackPoster(store), content, links=links, roster=nobody
    )
