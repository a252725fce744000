"""Random secrets that every process of an installation shares."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from leadworkflows.store.database import Database
from leadworkflows.store.models import SecretRow

_BYTES = 32


class Secrets:
    """Secrets by name, kept as long as the database is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes:
        """The secret of a name. Made by whoever needs it first; every process then uses that one."""
        if name not in self._kept:
            self._kept[name] = await self._read(name) or await self._make(name)
        return self._kept[name]

    async def _read(self, name: str) -> bytes | None:
        kept = select(SecretRow.value).where(SecretRow.name == name)
        async with self._database.reading() as connection:
            found: bytes | None = (await connection.execute(kept)).scalar_one_or_none()
        return found

    async def _make(self, name: str) -> bytes:
        new = self._database.insert(SecretRow).values(name=name, value=secrets.token_bytes(_BYTES))
        async with self._database.writing() as connection:
            await connection.execute(new.on_conflict_do_nothing())
        made = await self._read(name)
        if made is None:
            raise LookupError(f"the secret {name} was taken away as it was made")
        return made
