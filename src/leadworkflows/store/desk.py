"""The desk: whose each lead is, and how many of them somebody works.

The routing moves it at once, so that the next choice counts right. The timeline keeps it true, whoever
else gave, took or closed a lead. Each change carries the number of the timeline entry that it belongs
to, and an older one never undoes a newer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.lifecycle import WORKED_STAGES
from leadworkflows.store.database import Database, Transaction, insert_new
from leadworkflows.store.models import DeskRow, PersonRow

_MOST_OWNERS = 50
"""Leads of one company that are looked at for its owner."""
_ROW = select(DeskRow.__table__).where(DeskRow.lead_id == bindparam("lead"))
_LOADS = select(DeskRow.rep_id, func.count()).where(DeskRow.held, DeskRow.open).group_by(DeskRow.rep_id)
_LOADS_BESIDE = _LOADS.where(
    DeskRow.rep_id.in_(bindparam("reps", expanding=True)), DeskRow.lead_id != bindparam("beside")
)


class Desk:
    """Writes the rows of leads."""

    def __init__(self, database: Database) -> None:
        made = database.insert(DeskRow)
        new = {name: value for name, value in made.excluded.items() if name != "lead_id"}
        self._put = made.on_conflict_do_update(index_elements=["lead_id"], set_=new)

    async def put(self, connection: Transaction, row: Mapping[str, Any]) -> None:
        """Let this be the lead's row."""
        await connection.execute(self._put, dict(row))

    async def add(self, connection: Transaction, lives: Mapping[str, Sequence[TimelineEntry]]) -> None:
        """Rows for leads that have none, from their whole timelines, as `follow` would have left them."""
        rows, companies = [], await _companies_of(connection, lives)
        for lead_id, entries in lives.items():
            moving = [each for each in entries if _moves(each)]
            if any(each.kind is EntryKind.OWNER for each in moving):
                begun = _begun(lead_id, companies.get(lead_id), moving[0].at, is_open=False)
                rows.append(_moved(begun, moving))
        await insert_new(connection, DeskRow, rows)

    async def follow(
        self, connection: Transaction, lead_id: str, entries: Sequence[TimelineEntry], stage: Any
    ) -> None:
        """Bring a lead's row to what the entries say; nothing is asked where they move nothing.

        `stage` is where the lead stands. The caller holds the lead's lock.
        """
        moving = [each for each in sorted(entries, key=lambda entry: entry.n) if _moves(each)]
        if not moving:
            return
        row = await row_of(connection, lead_id)
        if row is None and not any(each.kind is EntryKind.OWNER for each in moving):
            return  # it was never anybody's
        newer = [each for each in moving if row is None or each.n > row["revision"]]
        if newer:
            begun = row or await _new_row(connection, lead_id, moving[0].at, is_open=stage in WORKED_STAGES)
            await self.put(connection, _moved(begun, newer))


async def row_of(connection: Transaction, lead_id: str) -> dict[str, Any] | None:
    """The lead's row; None for one that nobody ever had."""
    row = (await connection.execute(_ROW, {"lead": lead_id})).mappings().one_or_none()
    return dict(row) if row else None


async def loads(connection: Any) -> dict[str, int]:
    """How many leads each rep works."""
    return _counted(await connection.execute(_LOADS))


async def loads_beside(connection: Transaction, reps: Collection[str], lead_id: str) -> dict[str, int]:
    """How many leads each of these reps works beside this one."""
    return _counted(await connection.execute(_LOADS_BESIDE, {"reps": list(reps), "beside": lead_id}))


async def owners(connection: Transaction, company: str, beside: str) -> tuple[str, ...]:
    """Who has other leads of a company: those who work one first, then the latest."""
    found: Select[Any] = select(DeskRow.rep_id).where(DeskRow.company == company, DeskRow.lead_id != beside)
    found = found.where(DeskRow.rep_id.is_not(None))
    order = (DeskRow.held.desc(), DeskRow.open.desc(), DeskRow.since.desc(), DeskRow.lead_id)
    rows = (await connection.execute(found.order_by(*order).limit(_MOST_OWNERS))).scalars()
    return tuple(dict.fromkeys(rows))


async def company_of(connection: Transaction, lead_id: str) -> str | None:
    """The domain of the lead's address; that of a free mailbox is nobody's company, and is not asked for."""
    found = select(PersonRow.email).where(PersonRow.lead_id == lead_id)
    email: str | None = (await connection.execute(found)).scalar_one_or_none()
    return _domain(email) if email else None


async def _companies_of(connection: Transaction, lead_ids: Iterable[str]) -> dict[str, str]:
    found = select(PersonRow.lead_id, PersonRow.email).where(PersonRow.lead_id.in_(list(lead_ids)))
    return {row.lead_id: _domain(row.email) for row in await connection.execute(found)}


def _domain(email: str) -> str:
    return email.rpartition("@")[2].lower()


def _counted(rows: Iterable[Any]) -> dict[str, int]:
    return {rep_id: count for rep_id, count in rows if rep_id}


def _moves(entry: TimelineEntry) -> bool:
    if entry.kind is EntryKind.OWNER:
        return "owner" in entry.data
    return entry.kind is EntryKind.STAGE and bool({"to", "into"} & entry.data.keys())


async def _new_row(connection: Transaction, lead_id: str, at: datetime, *, is_open: bool) -> dict[str, Any]:
    return _begun(lead_id, await company_of(connection, lead_id), at, is_open=is_open)


def _begun(lead_id: str, company: str | None, at: datetime, *, is_open: bool) -> dict[str, Any]:
    row = {"lead_id": lead_id, "rep_id": None, "held": False, "open": is_open}
    return {**row, "company": company, "since": at, "revision": 0}


def _moved(row: Mapping[str, Any], entries: Sequence[TimelineEntry]) -> dict[str, Any]:
    moved = dict(row)
    for entry in entries:
        moved |= _change(moved, entry)
        moved["revision"] = entry.n
    return moved


def _change(row: Mapping[str, Any], entry: TimelineEntry) -> dict[str, Any]:
    """What one entry changes. A lead that goes on as another is nobody's work any more."""
    if entry.kind is EntryKind.STAGE:
        return {"open": entry.data.get("to") in WORKED_STAGES}
    owner = entry.data["owner"]
    if owner is None:
        return {"held": False, "since": entry.at}
    same = row["held"] and row["rep_id"] == owner
    return {"rep_id": owner, "held": True, "since": row["since"] if same else entry.at}
