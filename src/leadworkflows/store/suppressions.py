"""Suppressions: the addresses that must not be written to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from leadworkflows.store.database import Database
from leadworkflows.store.models import SuppressionRow


class Suppressions:
    """By address, whatever its case: an unsubscription must not depend on spelling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reason(self, email: str) -> str | None:
        """Why the address must not be written to; None when it may be."""
        async with self._database.reading() as connection:
            found = select(SuppressionRow.reason).where(SuppressionRow.email == folded(email))
            return (await connection.execute(found)).scalar_one_or_none()

    async def add(self, email: str, reason: str, at: datetime) -> None:
        """Suppress the address. The first reason stays."""
        row = self._database.insert(SuppressionRow).values(email=folded(email), reason=reason, at=at)
        async with self._database.writing() as connection:
            await connection.execute(row.on_conflict_do_nothing())


def folded(email: str) -> str:
    """The spelling that suppressions are kept under."""
    return email.strip().lower()
