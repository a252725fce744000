"""Visitors whom a vendor can name: contacts that sent events without an address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from leadworkflows.store.database import Database
from leadworkflows.store.models import VisitorRow

_LEASE = timedelta(minutes=1)
"""For how long one process asks; what a dead one was asking for is asked for again after that."""


class Visitors:
    """The unnamed, as far as somebody can be asked for their names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def expect(self, vendor: str, now: datetime) -> None:
        """From now on this vendor can be asked: also for those who came before it could."""
        unnamed = update(VisitorRow).where(
            VisitorRow.lead_id.is_(None),
            VisitorRow.ask_after.is_(None),
            VisitorRow.key.startswith(f"{vendor}:", autoescape=True),
        )
        async with self._database.writing() as connection:
            await connection.execute(unnamed.values(ask_after=now))

    async def to_ask(self, vendor: str, limit: int, now: datetime) -> list[str]:
        """Claim up to `limit` keys to ask this vendor for, those that waited longest first."""
        wanted = (
            select(VisitorRow.key)
            .where(
                VisitorRow.lead_id.is_(None),
                VisitorRow.ask_after <= now,
                VisitorRow.key.startswith(f"{vendor}:", autoescape=True),
            )
            .order_by(VisitorRow.ask_after)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            if not (await connection.execute(wanted)).first():
                return []
        async with self._database.writing() as connection:
            found = await connection.execute(wanted.with_for_update(skip_locked=True))
            keys = [str(key) for key in found.scalars()]
            claim = update(VisitorRow).where(VisitorRow.key.in_(keys))
            await connection.execute(claim.values(ask_after=now + _LEASE))
        return keys

    async def ask_again(self, keys: Sequence[str], at: datetime) -> None:
        """The vendor could not name these: not before then are they asked for again."""
        again = update(VisitorRow).where(VisitorRow.key.in_(keys), VisitorRow.lead_id.is_(None))
        if keys:
            async with self._database.writing() as connection:
                await connection.execute(again.values(ask_after=at))
