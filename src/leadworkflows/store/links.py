"""The tokens in people's links: who holds one may say whether that person is written to, and nothing else."""

from __future__ import annotations

import base64
import binascii
import hmac

from sqlalchemy import select

from leadworkflows.store.database import Database
from leadworkflows.store.leads import goes_on_as
from leadworkflows.store.models import LeadRow
from leadworkflows.store.secrets import Secrets

_NAME = "links"
_MAC_BYTES = 24
"""Of HMAC-SHA256: 192 bits, which nobody guesses."""
_MAX_TOKEN = 200


class Links:
    """Tokens by lead. A lead's token stays the same for ever, as long as the database keeps its secret."""

    def __init__(self, database: Database) -> None:
        self._database, self._secrets = database, Secrets(database)

    async def token(self, lead_id: str) -> str:
        """The token of a lead: URL-safe, the same in every process, and without personal data."""
        return _token(await self._secrets.get(_NAME), lead_id)

    async def lead_of(self, token: str) -> str | None:
        """The lead that a token was made for, or the one that it turned out to be; None for any other text.

        The time it takes tells nothing about how much of a forged token is right.
        """
        lead_id = await self._made_for(token)
        if lead_id is None:
            return None
        found = select(goes_on_as()).where(LeadRow.lead_id == lead_id)
        async with self._database.reading() as connection:
            goes_on: str | None = (await connection.execute(found)).scalar_one_or_none()
        return goes_on

    async def is_ours(self, token: str) -> bool:
        """Whether it was made here, though its lead may be gone by now."""
        return await self._made_for(token) is not None

    async def _made_for(self, token: str) -> str | None:
        lead_id = _claimed(token)
        if lead_id is None:
            return None
        # The whole text, because bits at the end of base64 may differ and mean the same.
        ours = _token(await self._secrets.get(_NAME), lead_id).encode()
        return lead_id if hmac.compare_digest(ours, token.encode()) else None


def _token(secret: bytes, lead_id: str) -> str:
    named = lead_id.encode()
    mac = hmac.digest(secret, named, "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(mac + named).rstrip(b"=").decode()


def _claimed(token: str) -> str | None:
    """The lead that the text names, believed by nobody yet."""
    if len(token) > _MAX_TOKEN or not token.isascii():
        return None
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[_MAC_BYTES:].decode() or None
    except (binascii.Error, ValueError):
        return None
