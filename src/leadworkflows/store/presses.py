"""Presses of Slack's buttons: kept before they are acknowledged, carried out once afterwards.

A press is claimed by moving its due time ahead: a process that dies leaves it due again. The claim saves
work; that a press counts once is kept by its key, which names the command's event too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update

from leadworkflows.store.database import Database
from leadworkflows.store.models.presses import PressRow

LEASE = timedelta(seconds=30)
"""How long a claim holds: longer than a lead may take to answer."""


@dataclass(frozen=True)
class Press:
    """One press. `body` says who pressed what, and may hold a note; `tries` counts this one too."""

    key: str
    body: Mapping[str, Any] = field(repr=False)
    received_at: datetime
    tries: int


class Presses:
    """By key, which is the same for every delivery of the same press."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, key: str, body: Mapping[str, Any], at: datetime) -> bool:
        """Keep a press to be carried out; False where it is known. Raises StoreUnavailable."""
        return await self._insert({"key": key, "body": dict(body), "received_at": at, "due_at": at})

    async def note(self, key: str, at: datetime) -> bool:
        """Remember a press that leaves nothing to be carried out; False where it is known."""
        return await self._insert({"key": key, "body": {}, "received_at": at, "due_at": None})

    async def take(self, limit: int, now: datetime, lease: timedelta = LEASE) -> list[Press]:
        """Claim up to `limit` presses that are due, in the order in which they came."""
        if await self._first_due(now) is None:
            return []  # nobody waits for a writer's turn only to learn that there is nothing to do
        async with self._database.writing() as connection:
            rows = (await connection.execute(_due(now, limit))).all()
            claim = update(PressRow).where(PressRow.key.in_([row.key for row in rows]))
            if rows:
                await connection.execute(claim.values(due_at=now + lease, tries=PressRow.tries + 1))
        return [Press(row.key, row.body, row.received_at, row.tries + 1) for row in rows]

    async def answered(self, key: str, body: Mapping[str, Any]) -> None:
        """It is carried out or refused: `body` is what is left of it, the answer to who pressed."""
        await self._change([key], body=dict(body))

    async def done(self, key: str) -> None:
        """It needs nothing more; what it said is forgotten."""
        await self._change([key], body={}, due_at=None)

    async def again(self, keys: Sequence[str], at: datetime) -> None:
        """Carry it out then. One that is done stays done."""
        await self._change(keys, due_at=at)

    async def waits(self, key: str) -> bool:
        """Whether a press that was kept is still to be carried out, or its answer to be told."""
        waiting = select(PressRow.key).where(PressRow.key == key, PressRow.due_at.is_not(None))
        async with self._database.reading() as connection:
            return (await connection.execute(waiting)).one_or_none() is not None

    async def next_due(self) -> datetime | None:
        """When the next press is due; None where none waits."""
        return await self._first_due(None)

    async def drop_before(self, at: datetime) -> int:
        """Forget what was done with and came before then; how many these were."""
        over = delete(PressRow).where(PressRow.received_at < at, PressRow.due_at.is_(None))
        async with self._database.writing() as connection:
            return (await connection.execute(over)).rowcount

    async def _insert(self, row: dict[str, Any]) -> bool:
        new = self._database.insert(PressRow).values({**row, "tries": 0}).on_conflict_do_nothing()
        async with self._database.writing() as connection:
            found = await connection.execute(new.returning(PressRow.key))
            return found.one_or_none() is not None

    async def _change(self, keys: Sequence[str], **values: Any) -> None:
        waiting = update(PressRow).where(PressRow.key.in_(keys), PressRow.due_at.is_not(None))
        async with self._database.writing() as connection:
            await connection.execute(waiting.values(**values))

    async def _first_due(self, until: datetime | None) -> datetime | None:
        wanted = select(PressRow.due_at).where(PressRow.due_at.is_not(None))
        if until is not None:
            wanted = wanted.where(PressRow.due_at <= until)
        async with self._database.reading() as connection:
            return (await connection.execute(wanted.order_by(PressRow.due_at).limit(1))).scalar()


def _due(now: datetime, limit: int) -> Select[Any]:
    wanted = select(PressRow.key, PressRow.body, PressRow.received_at, PressRow.tries)
    due = wanted.where(PressRow.due_at <= now).order_by(PressRow.received_at, PressRow.key)
    return due.limit(limit).with_for_update(skip_locked=True)
