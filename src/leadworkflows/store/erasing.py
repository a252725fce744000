"""Erasing a person: one transaction takes all that the store holds, and leaves a receipt and a mark.

What lies elsewhere (runs in Temporal, messages in Slack) is named by the receipt until it is done, so that
a process that dies in between, or a vendor that is away, leaves nothing behind for good.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Table, delete, insert, select, update

from leadworkflows.store.database import Database, Transaction
from leadworkflows.store.erased import OWN_DEEDS, Digester, digester_of, write_erased
from leadworkflows.store.errors import StoreConflict
from leadworkflows.store.known_by import KnownBy, known_by
from leadworkflows.store.mentions import Mentions, Names, look_again, look_for, presses_about
from leadworkflows.store.models import (
    Base,
    CardRow,
    EffectRow,
    ErasedRow,
    ErasureRow,
    EventRow,
    LeadRow,
    PressRow,
    RequestRow,
)
from leadworkflows.store.personal import COUNTED, OF_LEAD
from leadworkflows.store.refusals import Refusals
from leadworkflows.store.secrets import Secrets

_POSTED = re.compile(r"([CGD][A-Z0-9]+):(\d+\.\d+)")
"""What Slack calls a message, as an effect keeps it."""
_AT_ONCE, _ATTEMPTS = 500, 5


@dataclass(frozen=True)
class Erasure:
    """The receipt of one erasure. No personal data.

    `leads` are the opaque ids that the person had, `rows` how many rows went, by table. `messages` in Slack
    (channel and timestamp) and the runs in Temporal are still to be deleted while `finished_at` is None.
    `given_up` says what was not erased, and why, where somebody closed it all the same.
    """

    erasure_id: str
    at: datetime
    by: str
    leads: list[str]
    rows: dict[str, int]
    messages: list[list[str]]
    runs: int = 0
    deleted: int = 0
    refused: int = 0
    problem: str | None = None
    finished_at: datetime | None = None
    given_up: list[str] | None = None


class Erasures:
    """Erases people, and keeps the receipts."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database, self._secrets = database, secrets

    async def erase(self, lead_id: str, at: datetime, by: str) -> Erasure:
        """Take everything that is held on the person whose lead this is, on disk on return.

        Of a lead that turned out to be another, that other goes too. Raises UnknownLead, StoreUnavailable.
        """
        digester = await digester_of(self._secrets)
        async with self._database.reading() as connection:
            names = Names((await known_by(connection, lead_id)).texts())
        mentions = await look_for(self._database, names)
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._erase(lead_id, at, by, digester, names, mentions)
            except StoreConflict:  # a delivery about the person was faster; now it can be seen
                continue
        return await self._erase(lead_id, at, by, digester, names, mentions)

    async def _erase(
        self, lead_id: str, at: datetime, by: str, digester: Digester, names: Names, mentions: Mentions
    ) -> Erasure:
        async with self._database.writing() as connection:
            found = await known_by(connection, lead_id, lock=True)
            await look_again(connection, names, mentions)
            messages = await _messages(connection, found.leads)
            marks = {digester.of(name) for name in found.names()}
            marks |= await _deliveries(connection, digester, found.leads)
            rows = await _take_mentions(connection, found.leads, mentions.found)
            rows += await _take_rows(connection, found)
            refusals = Refusals()  # addresses that must not be written to are known by their hashes alone
            rows["suppressions hidden"] = await refusals.hide(connection, digester.stand_in, found.emails)
            await refusals.write(self._database, connection)
            await write_erased(self._database, connection, marks, at)
            erasure = Erasure(uuid4().hex, at, by, found.leads, dict(rows), messages)
            await connection.execute(insert(ErasureRow), vars(erasure))
        return erasure

    async def erased_at(self, email: str) -> datetime | None:
        """When whoever had this address was erased; None where nobody was."""
        digester = await digester_of(self._secrets)
        found = select(ErasedRow.at).where(ErasedRow.digest == digester.of_email(email))
        async with self._database.reading() as connection:
            at: datetime | None = (await connection.execute(found)).scalar_one_or_none()
        return at

    async def unfinished(self) -> list[Erasure]:
        """Those of which something is still to be done, oldest first."""
        wanted = select(ErasureRow.__table__).where(ErasureRow.finished_at.is_(None))
        return await self._all(wanted.order_by(ErasureRow.at))

    async def latest(self, limit: int | None = None) -> list[Erasure]:
        """The receipts, newest first; all of them unless there is a limit."""
        newest = select(ErasureRow.__table__).order_by(ErasureRow.at.desc(), ErasureRow.erasure_id)
        return await self._all(newest.limit(limit))

    async def get(self, erasure_id: str) -> Erasure | None:
        """One receipt."""
        wanted = select(ErasureRow.__table__).where(ErasureRow.erasure_id == erasure_id)
        return next(iter(await self._all(wanted)), None)

    async def told(self, erasure: Erasure, before: Erasure) -> Erasure:
        """Write down how far the rest of it came since `before`; the receipt as it stands then.

        What another process found is left to do, and what another closed stays closed.
        """
        async with self._database.writing() as connection:
            standing = await _standing(connection, erasure.erasure_id)
            if standing.given_up is not None:
                return standing
            if others := [each for each in standing.messages if each not in before.messages]:
                erasure = replace(
                    erasure, messages=_unlike(erasure.messages, others), finished_at=None, given_up=None
                )
            await _write(connection, erasure)
        return erasure

    async def sweep(self, erasure: Erasure, *, last: bool = False) -> Erasure:
        """Take what an action that was under way wrote since: the receipt with what it counts then.

        `last`: nothing is under way any more. The receipt names the messages from the moment on at which no
        row does any more: whoever dies then leaves them to the next look. A button on a card that was still
        there may have been pressed since: who pressed it was told by then that the lead is gone.
        """
        async with self._database.writing() as connection:
            late = await _messages(connection, erasure.leads)
            left = [table for table in OF_LEAD if not table.__table__.foreign_keys and table is not LeadRow]
            rows = await _delete_all(connection, left, erasure.leads, under_way=last)
            if last:
                pressed = await presses_about(connection, erasure.leads)
                rows["presses"] += await _delete_in(connection, _table(PressRow), PressRow.key, pressed)
            standing = await _standing(connection, erasure.erasure_id)
            counted = {name: standing.rows.get(name, 0) + count for name, count in rows.items() if count}
            swept = replace(
                standing, rows={**standing.rows, **counted}, messages=_unlike(standing.messages, late)
            )
            await _write(connection, swept)
        return swept

    async def _all(self, wanted: Any) -> list[Erasure]:
        async with self._database.reading() as connection:
            return [Erasure(**row) for row in (await connection.execute(wanted)).mappings()]


async def _standing(connection: Transaction, erasure_id: str) -> Erasure:
    """The receipt as it stands; nobody else changes it until the transaction ends."""
    wanted = select(ErasureRow.__table__).where(ErasureRow.erasure_id == erasure_id).with_for_update()
    return Erasure(**(await connection.execute(wanted)).mappings().one())


async def _write(connection: Transaction, erasure: Erasure) -> None:
    this = update(ErasureRow).where(ErasureRow.erasure_id == erasure.erasure_id)
    await connection.execute(this.values(vars(erasure)))


async def _messages(connection: Transaction, leads: Sequence[str]) -> list[list[str]]:
    """Every message in Slack about these leads, as channel and timestamp."""
    cards = select(CardRow.channel, CardRow.ts).where(CardRow.lead_id.in_(leads))
    posted = {(row.channel, row.ts) for row in (await connection.execute(cards)).all()}
    effects = select(EffectRow.vendor_id).where(
        EffectRow.lead_id.in_(leads), EffectRow.vendor_id.is_not(None)
    )
    for vendor_id in (await connection.execute(effects)).scalars():
        if found := _POSTED.fullmatch(vendor_id):
            posted.add((found[1], found[2]))
    return [list(each) for each in sorted(posted) if _POSTED.fullmatch(":".join(each))]


async def _deliveries(connection: Transaction, digester: Digester, leads: Sequence[str]) -> set[str]:
    """What the person did to be known: the same delivered again must not bring them back."""
    of_person = EventRow.lead_id.in_(leads), EventRow.type.in_([kind.value for kind in OWN_DEEDS])
    found = select(EventRow.source, EventRow.event_id, EventRow.content_hash).where(*of_person)
    marks = set()
    for row in (await connection.execute(found)).all():
        said = (row.event_id, *filter(None, [row.content_hash]))
        marks |= {digester.of_delivery(row.source, each) for each in said}
    return marks


async def _take_mentions(
    connection: Transaction, leads: Sequence[str], found: dict[type[Base], list[Any]]
) -> Counter[str]:
    """Requests that brought the person's events, and every row that names them."""
    brought = select(EventRow.request_id).where(EventRow.lead_id.in_(leads), EventRow.request_id.is_not(None))
    requests = [*found.get(RequestRow, []), *(await connection.execute(brought)).scalars()]
    counted: Counter[str] = Counter()
    every: dict[type[Base], list[Any]] = {**found, RequestRow: list(dict.fromkeys(requests))}
    for table, keys in every.items():
        key = next(iter(_table(table).primary_key))
        counted[table.__tablename__] = await _delete_in(connection, _table(table), key, keys)
    return counted


async def _take_rows(connection: Transaction, found: KnownBy) -> Counter[str]:
    """The rows of the person's leads. What reports count goes on under an id that nothing else knows."""
    for lead_id in found.leads:
        unknown = uuid4().hex
        for counted in COUNTED:
            column = _table(counted).c.lead_id
            await connection.execute(update(counted).where(column == lead_id).values(lead_id=unknown))
    waiting = delete(EventRow).where(EventRow.lead_id.is_(None), EventRow.visitor.in_(found.visitors))
    waited = (await connection.execute(waiting)).rowcount
    return await _delete_all(connection, OF_LEAD, found.leads) + Counter({EventRow.__tablename__: waited})


async def _delete_all(
    connection: Transaction, tables: Sequence[type[Base]], leads: Sequence[str], *, under_way: bool = False
) -> Counter[str]:
    """An action that is under way still has to say where its message is, in the row that it reserved."""
    counted: Counter[str] = Counter()
    for table in tables:
        gone = delete(table).where(_table(table).c.lead_id.in_(leads))
        if table is EffectRow and not under_way:
            gone = gone.where(EffectRow.status != "reserved")
        counted[table.__tablename__] = (await connection.execute(gone)).rowcount
    return counted


async def _delete_in(connection: Transaction, table: Table, key: Any, keys: Sequence[Any]) -> int:
    gone = 0
    for begin in range(0, len(keys), _AT_ONCE):
        these = delete(table).where(key.in_(keys[begin : begin + _AT_ONCE]))
        gone += (await connection.execute(these)).rowcount
    return gone


def _table(table: type[Base]) -> Table:
    return cast("Table", table.__table__)


def _unlike(messages: Sequence[Sequence[str]], late: Sequence[Sequence[str]]) -> list[list[str]]:
    both = {tuple(each) for each in (*messages, *late)}
    return [list(each) for each in sorted(both)]
