"""Effects: each action in the world is reserved before the call and settled after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, bindparam, literal_column, select, update

from leadworkflows.store.database import Database, Transaction
from leadworkflows.store.errors import StoreError
from leadworkflows.store.models import EffectRow
from leadworkflows.store.records import EffectRecord, Reservation

STUCK = ("reserved", "unknown", "stuck")
IS_STUCK = EffectRow.status.in_([literal_column(f"'{status}'") for status in STUCK])
"""Spelt out as their index is: SQLite finds it only so, and reads every effect where values are bound."""
Settled = Literal["confirmed", "failed", "unknown", "withheld"]
TOLD = "SendGrid reported the mail by its event webhook"
SEEN = "a person found it at the vendor"
MISSED = "a person looked at the vendor: it was never performed"
_OPEN = (*STUCK, "released")
# Built once: every action asks.
_RESERVED = {"status": "reserved", "attempts": 1, "detail": "", "settled_at": None, "vendor_id": None}
_ANY: Select[Any] = select(EffectRow.__table__)
_OF_KEY = _ANY.where(EffectRow.key == bindparam("of"))
_UNCONFIRMED = update(EffectRow).where(EffectRow.key == bindparam("of"), EffectRow.status != "confirmed")


class Effects:
    """One row a key, for ever. No personal data in any column."""

    def __init__(self, database: Database) -> None:
        self._database = database
        new = database.insert(EffectRow)
        self._reserve = new.on_conflict_do_update(
            index_elements=[EffectRow.key],
            set_={
                "status": "reserved",
                "reserved_at": new.excluded.reserved_at,
                "attempts": EffectRow.attempts + 1,
                "detail": "",
            },
            where=EffectRow.status.in_(("released", "stuck")),
        ).returning(EffectRow.key)

    async def reserve(self, key: str, lead_id: str, action: str, at: datetime) -> Reservation:
        """Ask to act. Of all who ask for a key, one gets `first`; the others get what stands.

        A key that was released, or that is stuck, can be reserved again.
        """
        asked = {"key": key, "lead_id": lead_id, "action": action, "reserved_at": at}
        async with self._database.writing() as connection:
            if (await connection.execute(self._reserve, {**_RESERVED, **asked})).one_or_none():
                return Reservation("reserved", first=True)
            row = (await connection.execute(_OF_KEY, {"of": key})).one()
        return Reservation(
            row.status, first=False, vendor_id=row.vendor_id, detail=row.detail, result=row.result
        )

    async def release(self, key: str, detail: str, status: Literal["released", "stuck"] = "released") -> None:
        """Give a reservation back: the vendor certainly did not act. Nothing else is released.

        `stuck`: nor will it, until a person mends what `detail` names.
        """
        await self._of_reserved(key, status=status, detail=detail)

    async def note(self, key: str, detail: str) -> None:
        """Say why a reservation stands whose outcome nobody knows yet."""
        await self._of_reserved(key, detail=detail)

    async def settle(
        self,
        key: str,
        status: Settled,
        at: datetime,
        vendor_id: str | None = None,
        detail: str = "",
        result: dict[str, Any] | None = None,
    ) -> bool:
        """Write down the outcome. `confirmed` is final: what comes after it changes nothing, and is told so.

        `result` is what a repeated run of the action is to return again. Raises `StoreError` for a key
        that nobody reserved.
        """
        outcome: dict[str, Any] = {"status": status, "settled_at": at, "detail": detail}
        outcome |= {"vendor_id": vendor_id, "result": result}
        async with self._database.writing() as connection:
            changed = (await connection.execute(_UNCONFIRMED, {"of": key, **outcome})).rowcount
            exists = changed or (await connection.execute(_OF_KEY, {"of": key})).first()
        if not exists:
            raise StoreError("settled an effect that nobody reserved")
        return bool(changed)

    async def find_out(self, key: str, *, performed: bool, at: datetime) -> bool:
        """Write down what a person found out of an effect of which nobody knew; nothing else is touched.

        Whether it was one of those.
        """
        found = (
            {"status": "confirmed", "detail": SEEN} if performed else {"status": "failed", "detail": MISSED}
        )
        unknown = update(EffectRow).where(EffectRow.key == key, EffectRow.status == "unknown")
        async with self._database.writing() as connection:
            return bool((await connection.execute(unknown.values(settled_at=at, **found))).rowcount)

    async def left(self, key: str) -> bool:
        """Whether it is known by now that the effect with this key was performed."""
        standing = await self.get(key)
        return standing is not None and standing.status == "confirmed"

    async def get(self, key: str) -> EffectRecord | None:
        """The effect with this key."""
        async with self._database.looking_up() as connection:
            row = (await connection.execute(_OF_KEY, {"of": key})).mappings().one_or_none()
        return EffectRecord(**row) if row else None

    async def among(self, keys: Sequence[str]) -> dict[str, EffectRecord]:
        """Those of these keys that anybody reserved, by key."""
        return {each.key: each for each in await self._all(_ANY.where(EffectRow.key.in_(keys)))}

    async def of(self, lead_id: str) -> Sequence[EffectRecord]:
        """A lead's effects, oldest first."""
        return await self._all(_ANY.where(EffectRow.lead_id == lead_id))

    async def list(
        self, limit: int, *, lead_id: str | None = None, stuck: bool = False
    ) -> Sequence[EffectRecord]:
        """At most `limit` effects, newest first; those that are stuck, oldest first."""
        order = (EffectRow.reserved_at, EffectRow.key)
        wanted = _ANY.order_by(*(order if stuck else (each.desc() for each in order))).limit(limit)
        wanted = wanted.where(IS_STUCK) if stuck else wanted
        return await self._read(wanted if lead_id is None else wanted.where(EffectRow.lead_id == lead_id))

    async def stuck(self) -> Sequence[EffectRecord]:
        """Those whose outcome nobody knows (yet), and those that wait for a person, oldest first."""
        return await self._all(_ANY.where(IS_STUCK))

    async def _of_reserved(self, key: str, **changes: str) -> None:
        reserved = update(EffectRow).where(EffectRow.key == key, EffectRow.status == "reserved")
        async with self._database.writing() as connection:
            await connection.execute(reserved.values(changes))

    async def _all(self, wanted: Select[Any]) -> Sequence[EffectRecord]:
        return await self._read(wanted.order_by(EffectRow.reserved_at, EffectRow.key))

    async def _read(self, wanted: Select[Any]) -> Sequence[EffectRecord]:
        async with self._database.reading() as connection:
            return [EffectRecord(**row) for row in (await connection.execute(wanted)).mappings()]


async def confirm_told(transaction: Transaction, keys: Iterable[str], at: datetime) -> None:
    """Confirm the open effects that a vendor's own event speaks of, in the transaction that keeps it.

    In the order of their keys, so that two deliveries about the same effects wait for each other.
    """
    told = update(EffectRow).where(EffectRow.status.in_(_OPEN))
    told = told.values(status="confirmed", settled_at=at, detail=TOLD)
    for key in sorted(keys):
        await transaction.execute(told.where(EffectRow.key == key))
