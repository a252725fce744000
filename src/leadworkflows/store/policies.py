"""Policies: every one that ever decided something, and the one that is active."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from leadworkflows.store.database import Database, Transaction
from leadworkflows.store.engine import make_sync_engine
from leadworkflows.store.errors import StoreError
from leadworkflows.store.models import ActivationRow, PolicyRow


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
        async with self._database.reading() as connection:
            return await _body(connection, policy_id)

    async def activate(self, policy_id: str, at: datetime, by: str) -> None:
        """Make a saved policy the active one. Raises `StoreError` when it is not saved."""
        async with self._database.writing() as connection:
            if await _body(connection, policy_id) is None:
                raise StoreError(f"policy {policy_id} is not saved")
            await connection.execute(insert(ActivationRow).values(policy_id=policy_id, at=at, by=by))

    async def active(self) -> str | None:
        """The id of the active policy; None before the first activation."""
        async with self._database.reading() as connection:
            newest = select(ActivationRow.policy_id).order_by(ActivationRow.id.desc()).limit(1)
            return (await connection.execute(newest)).scalar_one_or_none()


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
