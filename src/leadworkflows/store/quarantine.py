"""The quarantine: genuine requests that could not be understood, kept until they can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, case, delete, func, select, update

from leadworkflows.store.database import Database
from leadworkflows.store.models.quarantine import QuarantineRow

_DIGESTS_AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A request that was verified and not understood, and why. The body may be personal data."""

    source: str
    method: str
    url: str
    """Path and query, without secrets."""
    headers: Mapping[str, str]
    body: bytes = attribute(repr=False)
    field: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class Kept(Refused):
    """A request in the quarantine."""

    id: int
    received_at: datetime
    last_seen_at: datetime
    attempts: int
    """How often it came, or was tried again, and was not understood."""
    resolved_at: datetime | None


def digest_of(source: str, body: bytes) -> str:
    """What the same request has again: vendors repeat the body, and sign and date it anew."""
    return sha256(source.encode() + b"\n" + body).hexdigest()


class Quarantine:
    """One row a request, however often its vendor repeats it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, refused: Refused, at: datetime) -> tuple[int, bool]:
        """Its id, and whether it is here for the first time. One that was resolved waits again.

        Raises `StoreUnavailable` when it is not on disk.
        """
        digest = digest_of(refused.source, refused.body)
        row = {
            "source": refused.source, "digest": digest, "received_at": at, "method": refused.method,
            "url": refused.url, "headers": dict(refused.headers), "body": refused.body,
            "field": refused.field, "problem": refused.problem,
            "attempts": 1, "last_seen_at": at, "resolved_at": None,
        }  # fmt: skip
        again = {
            "attempts": QuarantineRow.attempts + 1, "last_seen_at": at, "resolved_at": None,
            "field": refused.field, "problem": refused.problem,
            # What comes again after it was settled is a request of its own time.
            "received_at": case(
                (QuarantineRow.resolved_at.is_(None), QuarantineRow.received_at), else_=at
            ),
        }  # fmt: skip
        new = self._database.insert(QuarantineRow).values(row)
        kept = new.on_conflict_do_update(index_elements=[QuarantineRow.digest], set_=again)
        async with self._database.writing() as connection:
            found = await connection.execute(kept.returning(QuarantineRow.id, QuarantineRow.attempts))
            row_id, attempts = found.one()
        return row_id, attempts == 1

    async def list(self, limit: int = 100, source: str | None = None) -> Sequence[Kept]:
        """What waits, newest first."""
        wanted = _open().order_by(QuarantineRow.id.desc()).limit(limit)
        return await self._all(wanted.where(QuarantineRow.source == source) if source else wanted)

    async def get(self, row_id: int) -> Kept | None:
        """One request, resolved or not."""
        found = await self._all(_requests().where(QuarantineRow.id == row_id))
        return found[0] if found else None

    async def count(self) -> int:
        """How many wait."""
        waiting = select(func.count()).where(QuarantineRow.resolved_at.is_(None))
        async with self._database.reading() as connection:
            return (await connection.execute(waiting)).scalar_one()

    async def waiting_ids(self) -> Sequence[int]:
        """All that wait, oldest first."""
        waiting = select(QuarantineRow.id).where(QuarantineRow.resolved_at.is_(None))
        async with self._database.reading() as connection:
            return (await connection.execute(waiting.order_by(QuarantineRow.id))).scalars().all()

    async def waiting_digests(self) -> set[str]:
        """The digests of those that wait, at most 10,000 of the newest."""
        newest = select(QuarantineRow.digest).where(QuarantineRow.resolved_at.is_(None))
        newest = newest.order_by(QuarantineRow.id.desc()).limit(_DIGESTS_AT_ONCE)
        async with self._database.reading() as connection:
            return set((await connection.execute(newest)).scalars())

    async def resolve(self, row_id: int, at: datetime) -> None:
        """Say that a request is now in the inbox. The first time stands."""
        await self._resolve(QuarantineRow.id == row_id, at)

    async def resolve_same(self, source: str, body: bytes, at: datetime) -> None:
        """The same for a request that came again and was understood."""
        await self._resolve(QuarantineRow.digest == digest_of(source, body), at)

    async def still_refused(self, row_id: int, field: str, problem: str, at: datetime) -> None:
        """Write down why it was not understood this time."""
        this = update(QuarantineRow).where(QuarantineRow.id == row_id)
        told = {
            "field": field,
            "problem": problem,
            "attempts": QuarantineRow.attempts + 1,
            "last_seen_at": at,
        }
        async with self._database.writing() as connection:
            await connection.execute(this.values(told))

    async def drop_before(self, at: datetime, limit: int) -> int:
        """Forget at most `limit` requests received before then, resolved or not; how many these were."""
        old = select(QuarantineRow.id).where(QuarantineRow.received_at < at)
        old = old.order_by(QuarantineRow.received_at).limit(limit)
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(QuarantineRow).where(QuarantineRow.id.in_(old)))
        return gone.rowcount

    async def _resolve(self, which: Any, at: datetime) -> None:
        waiting = update(QuarantineRow).where(which, QuarantineRow.resolved_at.is_(None))
        async with self._database.writing() as connection:
            await connection.execute(waiting.values(resolved_at=at))

    async def _all(self, wanted: Select[Any]) -> Sequence[Kept]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return [Kept(**{name: value for name, value in row.items() if name != "digest"}) for row in rows]


def _requests() -> Select[Any]:
    return select(QuarantineRow.__table__)


def _open() -> Select[Any]:
    return _requests().where(QuarantineRow.resolved_at.is_(None))
