"""What the funnel watch found (A1, A2, R6): opened once, and closed when it recovered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text, update

from leadworkflows.store.database import Database
from leadworkflows.store.models import FindingRow


@dataclass(frozen=True)
class KeptFinding:
    """A finding as it stands; open as long as `closed_at` is None."""

    id: int
    code: str
    subject: str
    summary: str
    figures: Mapping[str, Any]
    opened_at: datetime
    closed_at: datetime | None


_COLUMNS = [getattr(FindingRow, field.name) for field in fields(KeptFinding)]


class Findings:
    """At most one open finding for each subject."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self, code: str, subject: str, summary: str, figures: Mapping[str, Any], at: datetime
    ) -> bool:
        """Open a finding; False where one is open for the subject, which stays as it is."""
        row = {"code": code, "subject": subject, "summary": summary, "figures": dict(figures)}
        new = self._database.insert(FindingRow).values(**row, opened_at=at)
        kept = new.on_conflict_do_nothing(
            index_elements=[FindingRow.subject], index_where=text("closed_at IS NULL")
        )
        async with self._database.writing() as connection:
            return (await connection.execute(kept.returning(FindingRow.id))).first() is not None

    async def close(self, subject: str, at: datetime) -> bool:
        """Close what is open for a subject; False where nothing is."""
        ended = update(FindingRow).where(FindingRow.subject == subject, FindingRow.closed_at.is_(None))
        async with self._database.writing() as connection:
            return bool((await connection.execute(ended.values(closed_at=at))).rowcount)

    async def opened(self) -> Sequence[KeptFinding]:
        """What is open now, the oldest first."""
        return await self._found(
            select(*_COLUMNS)
            .where(FindingRow.closed_at.is_(None))
            .order_by(FindingRow.opened_at, FindingRow.id)
        )

    async def latest(self, limit: int = 50) -> Sequence[KeptFinding]:
        """The newest findings first, open or closed."""
        newest = (FindingRow.opened_at.desc(), FindingRow.id.desc())
        return await self._found(select(*_COLUMNS).order_by(*newest).limit(limit))

    async def _found(self, wanted: Select[Any]) -> Sequence[KeptFinding]:
        async with self._database.reading() as connection:
            return [KeptFinding(**row) for row in (await connection.execute(wanted)).mappings()]
