"""The outbox: what stands in for a vendor while there is no key for one."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Select, select, update

from leadworkflows.store.database import Database
from leadworkflows.store.models import OutboxRow
from leadworkflows.store.records import OutboxItem

_COLUMNS = tuple(getattr(OutboxRow, field.name).label(field.name) for field in fields(OutboxItem))
_NAMES = tuple(field.name for field in fields(OutboxItem))


class Outbox:
    """Mails and alerts as they would have left, in the order in which they were put."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, item: OutboxItem) -> None:
        """Keep the item; what stands under its key stays as it is."""
        kept = self._database.insert(OutboxRow).values(asdict(item))
        async with self._database.writing() as connection:
            await connection.execute(kept.on_conflict_do_nothing(index_elements=[OutboxRow.key]))

    async def change(self, key: str, text: str, blocks: list[Any]) -> bool:
        """Let a kept item say something else; False where there is none under this key."""
        changed = update(OutboxRow).where(OutboxRow.key == key).values(text=text, blocks=blocks)
        async with self._database.writing() as connection:
            return bool((await connection.execute(changed)).rowcount)

    async def all(self) -> list[OutboxItem]:
        """Everything in the outbox."""
        return await self._items(select(*_COLUMNS))

    async def of(self, lead_id: str) -> list[OutboxItem]:
        """What was meant for a lead or said about it."""
        return await self._items(select(*_COLUMNS).where(OutboxRow.lead_id == lead_id))

    async def latest(
        self, limit: int, *, before: int | None = None, lead_id: str | None = None, kind: str | None = None
    ) -> list[tuple[int, OutboxItem]]:
        """The newest items first, each with its number; `before` goes on behind the item of that number."""
        wanted = select(OutboxRow.id, *_COLUMNS).order_by(OutboxRow.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(OutboxRow.id < before)
        if lead_id is not None:
            wanted = wanted.where(OutboxRow.lead_id == lead_id)
        if kind is not None:
            wanted = wanted.where(OutboxRow.kind == kind)
        return await self._numbered(wanted)

    async def get(self, number: int) -> OutboxItem | None:
        """The item of a number."""
        found = await self._numbered(select(OutboxRow.id, *_COLUMNS).where(OutboxRow.id == number))
        return found[0][1] if found else None

    async def under(self, key: str) -> OutboxItem | None:
        """The item of a key."""
        found = await self._items(select(*_COLUMNS).where(OutboxRow.key == key))
        return found[0] if found else None

    async def has(self, key: str) -> bool:
        """Whether the action with this key is in the outbox."""
        async with self._database.reading() as connection:
            found = select(OutboxRow.id).where(OutboxRow.key == key)
            return (await connection.execute(found)).one_or_none() is not None

    async def _numbered(self, wanted: Select[Any]) -> list[tuple[int, OutboxItem]]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
            return [(row[0], OutboxItem(**dict(zip(_NAMES, row[1:], strict=True)))) for row in rows]

    async def _items(self, wanted: Select[Any]) -> list[OutboxItem]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.order_by(OutboxRow.id))).mappings()
            return [OutboxItem(**row) for row in rows]
