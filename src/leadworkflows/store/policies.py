"""Policies: every one that ever decided something, and the one that is active."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from leadworkflows.store.database import Database, Transaction
from leadworkflows.store.engine import make_sync_engine
from leadworkflows.store.errors import StoreError
from leadworkflows.store.models import ActivationRow, PolicyRow


@dataclass(frozen=True)
class Activation:
    """Somebody made a policy the active one."""

    policy_id: str
    name: str
    at: datetime
    by: str


class Policies:
    """Policies by id, which is the hash of their content."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, policy_id: str, name: str, body_json: str, at: datetime) -> None:
        """Keep a policy; a second time changes nothing."""
        row = {"policy_id": policy_id, "name": name, "body": body_json, "saved_at": at}
        kept = self._database.insert(PolicyRow).values(row).on_conflict_do_nothing()
        async with self._database.writing() as connection:
            await connection.execute(kept)

    async def get(self, policy_id: str) -> str | None:
        """The body of a policy as it was saved."""
        async with self._database.looking_up() as connection:
            return await _body(connection, policy_id)

    async def activate(self, policy_id: str, at: datetime, by: str) -> None:
        """Make a saved policy the active one. Raises `StoreError` when it is not saved."""
        async with self._database.writing() as connection:
            if await _body(connection, policy_id) is None:
                raise StoreError(f"policy {policy_id} is not saved")
            await connection.execute(insert(ActivationRow).values(policy_id=policy_id, at=at, by=by))

    async def active(self) -> str | None:
        """The id of the active policy; None before the first activation."""
        async with self._database.looking_up() as connection:
            newest = select(ActivationRow.policy_id).order_by(ActivationRow.id.desc()).limit(1)
            return (await connection.execute(newest)).scalar_one_or_none()

    async def activations(self, limit: int) -> list[Activation]:
        """The newest first."""
        wanted = select(ActivationRow.policy_id, PolicyRow.name, ActivationRow.at, ActivationRow.by)
        wanted = wanted.join(PolicyRow, PolicyRow.policy_id == ActivationRow.policy_id)
        async with self._database.reading() as connection:
            rows = await connection.execute(wanted.order_by(ActivationRow.id.desc()).limit(limit))
            return [Activation(*row) for row in rows]


def stored_policy(url: str, policy_id: str) -> str | None:
    """The body of a policy, read without an event loop.

    For a workflow that follows a policy its worker has not seen: what a policy's id names never
    changes, and it is read once a process.
    """
    engine = make_sync_engine(url)
    try:
        with engine.connect() as connection:
            found = select(PolicyRow.body).where(PolicyRow.policy_id == policy_id)
            return connection.execute(found).scalar_one_or_none()
    finally:
        engine.dispose()


async def _body(connection: Transaction, policy_id: str) -> str | None:
    found = select(PolicyRow.body).where(PolicyRow.policy_id == policy_id)
    return (await connection.execute(found)).scalar_one_or_none()
