"""Everything that is held on a person, to be handed to them (GDPR, articles 15 and 20)."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Select, Table, or_, select

from leadworkflows.domain.decisions import iso
from leadworkflows.store.database import Database
from leadworkflows.store.errors import UnknownLead
from leadworkflows.store.known_by import known_by
from leadworkflows.store.mentions import Names, look_for
from leadworkflows.store.models import (
    Base,
    EventRow,
    OutboxRow,
    PressRow,
    QuarantineRow,
    RequestRow,
    ResubscriptionRow,
    SuppressionRow,
)
from leadworkflows.store.personal import COUNTED, OF_LEAD

_SHARED = "it holds events of other people too, and is not repeated here"
_AT_ONCE = 500


class Holdings:
    """Rows as they are kept, by table. Personal data."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, lead_id: str) -> dict[str, list[dict[str, Any]]] | None:
        """All that is held on the person whose lead this is, by table; None where there is no such lead.

        Leads that turned out to be this one are in it, and whatever an erasure would find by an address,
        telephone number or id. Times are UTC, bytes that are no text base64. Of a raw request that was
        about other people too only its number and time are told.
        """
        async with self._database.reading() as connection:
            try:
                person = await known_by(connection, lead_id)
            except UnknownLead:
                return None
        names = Names(person.texts())
        found = (await look_for(self._database, names)).found
        held = {}
        for table in (*OF_LEAD, *COUNTED):
            column = _table(table).c.lead_id
            held[table.__tablename__] = await self._rows(
                select(_table(table)).where(column.in_(person.leads))
            )
        for of_address in (SuppressionRow, ResubscriptionRow):
            held[of_address.__tablename__] = await self._rows(_by_address(of_address, person.emails))
        held["requests"] = await self._requests(person.leads, names, found[RequestRow])
        held["quarantine"] = _own(await self._keyed(QuarantineRow, found[QuarantineRow]), names)
        held["presses"] = await self._keyed(PressRow, found[PressRow])
        known = {row["id"] for row in held["outbox"]}
        answers = await self._keyed(OutboxRow, found[OutboxRow])
        held["outbox"] += [row for row in answers if row["id"] not in known]
        return {name: rows for name, rows in held.items() if rows}

    async def _requests(
        self, leads: Sequence[str], names: Names, named: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """Those that brought the person's events, and those that name them and brought none."""
        brought = select(EventRow.request_id).where(EventRow.lead_id.in_(leads))
        rows = await self._rows(select(_table(RequestRow)).where(RequestRow.id.in_(brought)))
        known = {row["id"] for row in rows}
        rows += await self._keyed(RequestRow, [each for each in named if each not in known])
        shared = await self._with_others([row["id"] for row in rows], leads)
        shared |= {row["id"] for row in rows if not all(map(names.in_any, _items(row["body"])))}
        return [{**row, "body": _SHARED} if row["id"] in shared else row for row in rows]

    async def _with_others(self, requests: Sequence[Any], leads: Sequence[str]) -> set[Any]:
        """Those among the requests that brought events of other people too."""
        others = or_(EventRow.lead_id.is_(None), EventRow.lead_id.not_in(leads))
        found: set[Any] = set()
        async with self._database.reading() as connection:
            for these in _parts(requests):
                wanted = select(EventRow.request_id).where(EventRow.request_id.in_(these), others)
                found.update((await connection.execute(wanted)).scalars())
        return found

    async def _keyed(self, table: type[Base], keys: Sequence[Any]) -> list[dict[str, Any]]:
        key = next(iter(_table(table).primary_key))
        rows = []
        for these in _parts(keys):
            rows += await self._rows(select(_table(table)).where(key.in_(these)).order_by(key))
        return rows

    async def _rows(self, wanted: Select[Any]) -> list[dict[str, Any]]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _own(rows: Sequence[dict[str, Any]], names: Names) -> list[dict[str, Any]]:
    """Requests that could not be understood: only their text can tell whether they name others too."""
    hidden = dict.fromkeys(("body", "url", "headers", "problem"), _SHARED)
    said = ("body", "url", "problem")  # a header may name whoever looks after the sender
    return [{**row, **hidden} if names.with_others(*(row[each] for each in said)) else row for row in rows]


def _parts(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[begin : begin + _AT_ONCE] for begin in range(0, len(keys), _AT_ONCE))


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
