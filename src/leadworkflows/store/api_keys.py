"""API keys: who may ask for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import insert, select, update

from leadworkflows.store.database import Database
from leadworkflows.store.models.api_keys import ApiKeyRow


class Scope(StrEnum):
    """What a key opens."""

    INGEST = "ingest"
    """Hand in events: `POST /api/v1/events`, and a form."""
    READ = "read"
    """Read leads and their timelines."""
    COMMAND = "command"
    """Do something with a lead, as sales does."""
    MANAGE = "manage"
    """Say who sells: `PUT` and `DELETE` of reps and teams."""
    RIGHTS = "rights"
    """Hand over everything that is held on a person, and erase it."""


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret."""

    key_id: str
    name: str
    scopes: frozenset[str]
    digest: str
    created_at: datetime
    last_used_on: date | None = None
    revoked_at: datetime | None = None


class ApiKeys:
    """Every key that was made, revoked ones too, so that it stays known who could do what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: ApiKey) -> None:
        """Keep a new key. Raises `StoreConflict` for an id that is taken."""
        row = {
            "key_id": key.key_id, "name": key.name, "scopes": sorted(key.scopes), "digest": key.digest,
            "created_at": key.created_at,
        }  # fmt: skip
        async with self._database.writing() as connection:
            await connection.execute(insert(ApiKeyRow).values(row))

    async def all(self) -> list[ApiKey]:
        """Every key, oldest first."""
        found = select(ApiKeyRow.__table__).order_by(ApiKeyRow.created_at, ApiKeyRow.key_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(found)).mappings().all()
        return [ApiKey(**{**row, "scopes": frozenset(row["scopes"])}) for row in rows]

    async def revoke(self, key_id: str, at: datetime) -> bool:
        """Whether there is such a key, which from now on opens nothing. The first time stands."""
        known = select(ApiKeyRow.key_id).where(ApiKeyRow.key_id == key_id)
        valid = update(ApiKeyRow).where(ApiKeyRow.key_id == key_id, ApiKeyRow.revoked_at.is_(None))
        async with self._database.writing() as connection:
            await connection.execute(valid.values(revoked_at=at))
            return (await connection.execute(known)).first() is not None

    async def used(self, key_id: str, on: date) -> None:
        """Write down the day on which a key was last used."""
        this = update(ApiKeyRow).where(ApiKeyRow.key_id == key_id)
        async with self._database.writing() as connection:
            await connection.execute(this.values(last_used_on=on))
