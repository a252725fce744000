"""Suppressions: the addresses that must not be written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, select

from leadworkflows.store.database import Database
from leadworkflows.store.erased import digester_of
from leadworkflows.store.models import ResubscriptionRow, SuppressionRow
from leadworkflows.store.refusals import ALL_MAIL, UNSUBSCRIBED, Refusals, folded, holds
from leadworkflows.store.secrets import Secrets

__all__ = ["Standing", "Suppression", "Suppressions", "folded"]


@dataclass(frozen=True, repr=False)
class Suppression:
    """One reason not to write to an address; `topic` None is about all mail. Personal data."""

    email: str
    topic: str | None
    reason: str
    at: datetime

    def __repr__(self) -> str:
        return f"Suppression(…, topic={self.topic!r}, reason={self.reason!r})"


@dataclass(frozen=True)
class Standing:
    """What was said about a topic last: when it was unsubscribed from, and when that was taken back."""

    unsubscribed_at: datetime | None = None
    taken_back_at: datetime | None = None


class Suppressions:
    """By address, whatever its case: an unsubscription must not depend on spelling.

    What holds for an erased address is kept under its keyed hash, and found by who asks for the address.
    """

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database, self._secrets = database, secrets

    async def reason(self, email: str, topic: str | None = None) -> str | None:
        """Why the address must not be written to about this topic; None when it may be.

        What holds for all mail comes first, then the topic's own. Without a topic: what holds for all.
        """
        found = [each for each in await self.of(email) if each.topic in (None, topic)]
        return found[0].reason if found else None

    async def of(self, email: str) -> list[Suppression]:
        """Everything that holds for the address: for all mail first, each oldest first."""
        return await self._holding(_OF_ADDRESS, await self._spellings(email))

    async def all(self, limit: int = 100, after: str = "") -> list[Suppression]:
        """Everything that holds, by address; those that sort after an address, at most `limit` of them."""
        addresses = select(SuppressionRow.email).where(SuppressionRow.email > folded(after)).distinct()
        page = addresses.order_by(SuppressionRow.email).limit(limit).scalar_subquery()
        return await self._holding(_JOINED.where(SuppressionRow.email.in_(page)))

    async def standing(self, email: str) -> dict[str | None, Standing]:
        """When each topic was unsubscribed from and taken back last, whichever holds; None is all mail."""
        spellings = await self._spellings(email)
        off = select(SuppressionRow.topic, SuppressionRow.at).where(
            SuppressionRow.email.in_(spellings), SuppressionRow.reason == UNSUBSCRIBED
        )
        on = select(ResubscriptionRow.topic, ResubscriptionRow.at)
        on = on.where(ResubscriptionRow.email.in_(spellings))
        async with self._database.reading() as connection:
            refused = {row.topic: row.at for row in (await connection.execute(off)).all()}
            back = {row.topic: row.at for row in (await connection.execute(on)).all()}
        return {topic or None: Standing(refused.get(topic), back.get(topic)) for topic in {*refused, *back}}

    async def add(self, email: str, reason: str, at: datetime, topic: str | None = None) -> None:
        """Suppress the address, about one topic or altogether. Every reason stays beside the others."""
        refusals = Refusals()
        refusals.refused[folded(email), topic or ALL_MAIL, reason] = at
        async with self._database.writing() as connection:
            await refusals.write(self._database, connection)

    async def remove(
        self,
        email: str,
        topic: str | None = None,
        *,
        at: datetime,
        reasons: Sequence[str] = (UNSUBSCRIBED,),
    ) -> list[Suppression]:
        """Take suppressions back; what still holds for the address. Of other reasons only those named go.

        An unsubscription stays on record, with the time at which it was taken back.
        """
        refusals = Refusals()
        if UNSUBSCRIBED in reasons:
            refusals.taken_back[folded(email), topic or ALL_MAIL] = at
        others = [reason for reason in reasons if reason != UNSUBSCRIBED]
        gone = delete(SuppressionRow).where(
            SuppressionRow.email == folded(email),
            SuppressionRow.topic == (topic or ALL_MAIL),
            SuppressionRow.reason.in_(others),
        )
        digester = await digester_of(self._secrets)
        async with self._database.writing() as connection:
            await refusals.recall(connection, digester.stand_in, {email})
            await refusals.write(self._database, connection)
            if others:
                await connection.execute(gone)
        return await self.of(email)

    async def _spellings(self, email: str) -> list[str]:
        digester = await digester_of(self._secrets)
        return [folded(email), digester.stand_in(email)]

    async def _holding(
        self, found: Select[*tuple[Any, ...]], spellings: Sequence[str] = ()
    ) -> list[Suppression]:
        async with self._database.looking_up() as connection:
            rows = (await connection.execute(found, {"spellings": spellings} if spellings else None)).all()
        return [
            Suppression(row.email, row.topic or None, row.reason, row.at)
            for row in rows
            if holds(row.reason, row.at, row.taken_back_at)
        ]


_JOINED = (
    select(
        SuppressionRow.email,
        SuppressionRow.topic,
        SuppressionRow.reason,
        SuppressionRow.at,
        ResubscriptionRow.at.label("taken_back_at"),
    )
    .outerjoin(
        ResubscriptionRow,
        and_(
            ResubscriptionRow.email == SuppressionRow.email, ResubscriptionRow.topic == SuppressionRow.topic
        ),
    )
    .order_by(SuppressionRow.email, SuppressionRow.topic, SuppressionRow.at, SuppressionRow.reason)
)
_OF_ADDRESS = _JOINED.where(SuppressionRow.email.in_(bindparam("spellings", expanding=True)))
