"""Everything that is held on a person, to be handed to them (GDPR, articles 15 and 20)."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Select, Table, func, or_, select

from leadworkflows.domain.decisions import iso
from leadworkflows.store.database import Database
from leadworkflows.store.mentions import Names
from leadworkflows.store.models import (
    Base,
    EventRow,
    LeadRow,
    PersonRow,
    PressRow,
    RequestRow,
    ResubscriptionRow,
    SuppressionRow,
)
from leadworkflows.store.personal import COUNTED, OF_LEAD

_SHARED = "it holds events of other people too, and is not repeated here"


class Holdings:
    """Rows as they are kept, by table. Personal data."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, lead_id: str) -> dict[str, list[dict[str, Any]]] | None:
        """All that is held on the person whose lead this is, by table; None where there is no such lead.

        Leads that turned out to be this one are in it. Times are UTC, bytes that are no text base64. Of a
        raw request that was about other people too only its number and time are told.
        """
        leads = await self._leads(lead_id)
        if not leads:
            return None
        held = {}
        for table in (*OF_LEAD, *COUNTED):
            column = _table(table).c.lead_id
            held[table.__tablename__] = await self._rows(select(_table(table)).where(column.in_(leads)))
        emails = {row["email"] for row in held[PersonRow.__tablename__]}
        emails |= {row["key"].removeprefix("email:") for row in held["visitors"] if _is_address(row["key"])}
        held["requests"] = await self._requests(leads, Names([*emails, *_ids(held["visitors"])]))
        for of_address in (SuppressionRow, ResubscriptionRow):
            held[of_address.__tablename__] = await self._rows(_by_address(of_address, emails))
        held["presses"] = await self._presses(leads)
        return {name: rows for name, rows in held.items() if rows}

    async def _leads(self, lead_id: str) -> list[str]:
        goes_on = select(func.coalesce(LeadRow.merged_into, LeadRow.lead_id))
        winner = goes_on.where(LeadRow.lead_id == lead_id).scalar_subquery()
        mine = or_(LeadRow.lead_id == winner, LeadRow.merged_into == winner)
        async with self._database.reading() as connection:
            return list((await connection.execute(select(LeadRow.lead_id).where(mine))).scalars())

    async def _requests(self, leads: Sequence[str], names: Names) -> list[dict[str, Any]]:
        brought = select(EventRow.request_id).where(EventRow.lead_id.in_(leads))
        others = select(EventRow.request_id).where(
            EventRow.request_id.in_(brought),
            or_(EventRow.lead_id.is_(None), EventRow.lead_id.not_in(leads)),
        )
        rows = await self._rows(select(_table(RequestRow)).where(RequestRow.id.in_(brought)))
        async with self._database.reading() as connection:
            shared = set((await connection.execute(others)).scalars())
        shared |= {row["id"] for row in rows if not all(map(names.in_any, _items(row["body"])))}
        return [{**row, "body": _SHARED} if row["id"] in shared else row for row in rows]

    async def _presses(self, leads: Sequence[str]) -> list[dict[str, Any]]:
        """Presses in Slack that wait to be carried out on these leads."""
        found = await self._rows(select(_table(PressRow)))
        names = Names(leads)
        return [row for row in found if names.in_any(row["body"])]

    async def _rows(self, wanted: Select[Any]) -> list[dict[str, Any]]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _by_address(table: type[SuppressionRow | ResubscriptionRow], emails: Collection[str]) -> Select[Any]:
    return select(_table(table)).where(table.email.in_({email.lower() for email in emails}))


def _items(body: str) -> list[Any]:
    """The events of a batch; nothing where it is none.

    What was left out of it (repetitions, a mail's way) is in no table: the body alone says whom it names.
    """
    try:
        said = json.loads(body)
    except ValueError:
        return []
    if isinstance(said, dict):
        said = said.get("events")
    return said if isinstance(said, list) else []


def _ids(visitors: Sequence[Mapping[str, Any]]) -> list[str]:
    return [row["key"].partition(":")[2] for row in visitors if not _is_address(row["key"])]


def _is_address(key: str) -> bool:
    return key.startswith("email:")


def _plain(value: Any) -> Any:
    """As JSON can say it."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, bytes):
        return _text(value)
    return str(value) if isinstance(value, date | Decimal) else value


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(body).decode()}"


def _table(table: type[Base]) -> Table:
    return cast("Table", table.__table__)
