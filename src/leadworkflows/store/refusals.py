"""What people said about being written to, on its way to disk with the events that say it.

Kept by address, never by lead. Of an unsubscription and of what takes it back the later one counts,
by when each was said, so that the order in which they arrive means nothing; at the same instant the
unsubscription counts. A bounce or a spam report is taken back by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import OWN_ACT
from leadworkflows.store.database import Database, Transaction, insert_all
from leadworkflows.store.models import Base, ResubscriptionRow, SuppressionRow
from leadworkflows.store.people import Prospect

ALL_MAIL = ""
"""The topic of what holds for every mail."""
UNSUBSCRIBED = EventType.UNSUBSCRIBED.value
OF_THE_PERSON = (UNSUBSCRIBED, EventType.EMAIL_SPAM_REPORTED.value)
"""What a person said under one address holds under all of theirs. A bounce is the address's own."""
LASTING = (EventType.EMAIL_BOUNCED.value, EventType.EMAIL_SPAM_REPORTED.value)
"""Reasons that no consent takes back."""

Said = tuple[str, str, str]
"""An address, a topic and a reason."""


def folded(email: str) -> str:
    """The spelling that suppressions are kept under."""
    return email.strip().lower()


def holds(reason: str, at: datetime, taken_back_at: datetime | None) -> bool:
    """Whether it stands, whatever came first."""
    return reason != UNSUBSCRIBED or taken_back_at is None or at >= taken_back_at


@dataclass
class Refusals:
    """Who is not to be written to any more, and who is again; of what was said twice, the latest."""

    refused: dict[Said, datetime] = field(default_factory=dict)
    taken_back: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """By address and topic."""

    def hear(self, kind: EventType, facts: Mapping[str, Any], addresses: Iterable[str], at: datetime) -> None:
        """Take in what an event says; most say nothing about it."""
        topic = facts.get("topic") or ALL_MAIL
        for email in map(folded, addresses):
            if kind.value == UNSUBSCRIBED:
                self._refuse((email, topic, kind.value), at)
            elif kind.value in LASTING:
                self._refuse((email, ALL_MAIL, kind.value), at)
            elif kind is EventType.CONSENT_GIVEN and facts.get("basis") in OWN_ACT:
                self._take_back((email, topic), at)

    def _refuse(self, said: Said, at: datetime) -> None:
        self.refused[said] = max(at, self.refused.get(said, at))

    def _take_back(self, said: tuple[str, str], at: datetime) -> None:
        self.taken_back[said] = max(at, self.taken_back.get(said, at))

    async def carry(self, connection: Transaction, prospects: Iterable[Prospect]) -> None:
        """Let what a person said under one address hold under every other that is known to be theirs."""
        theirs: dict[str, set[str]] = {}
        for lead in prospects:
            theirs.setdefault(lead.last_winner().lead_id, set()).update(map(folded, lead.addresses))
        for addresses in theirs.values():
            if len(addresses) > 1:
                await self._load(connection, addresses)
                self._spread(addresses)

    async def recall(
        self, connection: Transaction, stand_in: Callable[[str], str], addresses: Collection[str]
    ) -> None:
        """Let what is kept under the stand-in of an erased address be the address's own again."""
        for email in sorted(addresses):
            hidden, known = stand_in(email), folded(email)
            under = Refusals()
            await under._load(connection, {hidden})
            for (_, topic, reason), at in under.refused.items():
                self._refuse((known, topic, reason), at)
            for (_, topic), at in under.taken_back.items():
                self._take_back((known, topic), at)
            for table in (SuppressionRow, ResubscriptionRow):
                await connection.execute(delete(table).where(table.email == hidden))

    async def hide(
        self, connection: Transaction, stand_in: Callable[[str], str], addresses: Collection[str]
    ) -> int:
        """Let what holds for these addresses hold under their stand-ins alone; of how many reasons.

        What an erasure before left there holds on beside it.
        """
        hidden = 0
        for known in sorted(set(map(folded, addresses))):
            own = Refusals()
            await own._load(connection, {known})
            if not (own.refused or own.taken_back):
                continue
            for (_, topic, reason), at in own.refused.items():
                self._refuse((stand_in(known), topic, reason), at)
            for (_, topic), at in own.taken_back.items():
                self._take_back((stand_in(known), topic), at)
            hidden += len(own.refused) + len(own.taken_back)
            for table in (SuppressionRow, ResubscriptionRow):
                await connection.execute(delete(table).where(table.email == known))
        return hidden

    async def _load(self, connection: Transaction, addresses: set[str]) -> None:
        refused = select(
            SuppressionRow.email, SuppressionRow.topic, SuppressionRow.reason, SuppressionRow.at
        ).where(SuppressionRow.email.in_(addresses))
        for row in (await connection.execute(refused)).all():
            self._refuse((row.email, row.topic, row.reason), row.at)
        back = select(ResubscriptionRow.email, ResubscriptionRow.topic, ResubscriptionRow.at)
        for row in (await connection.execute(back.where(ResubscriptionRow.email.in_(addresses)))).all():
            self._take_back((row.email, row.topic), row.at)

    def _spread(self, addresses: set[str]) -> None:
        mine = [(said, at) for said, at in self.refused.items() if said[0] in addresses]
        for (_, topic, reason), at in mine:
            for email in addresses if reason in OF_THE_PERSON else ():
                self._refuse((email, topic, reason), at)
        for (email, topic), at in list(self.taken_back.items()):
            for other in addresses if email in addresses else ():
                self._take_back((other, topic), at)

    async def write(self, database: Database, connection: Transaction) -> None:
        """Write it, in one order for everybody, and never an earlier time over a later one."""
        said = [
            {"email": email, "topic": topic, "reason": reason, "at": at}
            for (email, topic, reason), at in sorted(self.refused.items())
        ]
        back = [
            {"email": email, "topic": topic, "at": at}
            for (email, topic), at in sorted(self.taken_back.items())
        ]
        await _keep_latest(database, connection, SuppressionRow, ["email", "topic", "reason"], said)
        await _keep_latest(database, connection, ResubscriptionRow, ["email", "topic"], back)


async def _keep_latest(
    database: Database, connection: Transaction, table: type[Base], key: list[str], rows: list[dict[str, Any]]
) -> None:
    if not rows:
        return
    new = database.insert(table)
    at = table.__table__.c.at
    later = new.on_conflict_do_update(
        index_elements=key, set_={"at": new.excluded.at}, where=new.excluded.at > at
    )
    await insert_all(connection, later, rows)
