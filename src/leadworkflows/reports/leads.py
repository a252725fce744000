"""Leads by what is known of them: search, filters, sorting, pages."""

from __future__ import annotations

import string
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    SQLColumnExpression,
    String,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from leadworkflows.reports.counting import Asked
from leadworkflows.reports.cursors import cursor, place
from leadworkflows.reports.lines import OF_LEAD, beyond, line, lines
from leadworkflows.reports.shapes import UNKNOWN, LeadLine, LeadQuery
from leadworkflows.store.database import Database
from leadworkflows.store.models import ClockRow, LeadRow, PersonRow
from leadworkflows.store.models.leads import SEARCHED_BY

_BY_NEWEST = (LeadRow.created_at, LeadRow.lead_id)
_SORTS: dict[str, tuple[tuple[InstrumentedAttribute[Any], ...], tuple[type, ...], bool]] = {
    "newest": (_BY_NEWEST, (datetime, str), True),
    "score": ((LeadRow.score, *_BY_NEWEST), (int, datetime, str), True),
    "last": ((LeadRow.last_at, LeadRow.lead_id), (datetime, str), True),
    "clock": ((LeadRow.clock_due_at, LeadRow.lead_id), (datetime, str), False),
}
"""By what a list is sorted, of which types that is, and whether it goes down."""
_MOST_WORDS = 5
FEW = 5_000
"""People whom a search finds by their names alone; of more, some are soon met in any list."""
_LAST = "\U0010ffff"
_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


async def leads_matching(
    db: Database, query: LeadQuery, limit: int = 50, after: str | None = None
) -> tuple[list[LeadLine], str | None]:
    """A page of leads, and the cursor of the next page or None. Raises BadQuery for a cursor not of it.

    Sorted by score, last entry or clock, those that have none are left out.
    """
    columns, kinds, down = _SORTS[query.sort]
    asked = lines().join_from(LeadRow, PersonRow, OF_LEAD).where(*_wanted(query))
    if after is not None:
        asked = asked.where(beyond(columns, place(after, kinds), down=down))
    if query.sort != "newest":
        asked = asked.where(columns[0].is_not(None))
    by: Sequence[SQLColumnExpression[Any]] = columns
    async with db.reading() as connection:
        if query.words and query.words.strip():
            on_sqlite = db.engine.dialect.name == "sqlite"
            called = _found_by(query.words.split(), on_sqlite=on_sqlite)
            asked, by = await _of_people(connection, asked, columns, called, on_sqlite=on_sqlite)
        asked = asked.order_by(*(each.desc() if down else each.asc() for each in by)).limit(limit + 1)
        found = (await connection.execute(asked)).all()
    more = found[limit - 1] if len(found) > limit else None
    shown = [line(row) for row in found[:limit]]
    return shown, cursor([getattr(more, c.key) for c in columns]) if more else None


def _wanted(query: LeadQuery) -> list[ColumnElement[bool]]:
    facts = (LeadRow.owner, LeadRow.persona, LeadRow.segment, LeadRow.channel, LeadRow.industry)
    asked = [(column, getattr(query, column.key)) for column in facts]
    wanted = [_is(column, value) for column, value in asked if value is not None]
    if query.stage is not None:
        wanted.append(LeadRow.stage == query.stage)
    if query.min_score is not None:
        wanted.append(LeadRow.score >= query.min_score)
    if query.clock is not None:
        wanted.append(_owing(missed=query.clock == "missed"))
    return wanted


async def _of_people(
    connection: AsyncConnection,
    asked: Asked,
    columns: Sequence[InstrumentedAttribute[Any]],
    called: ColumnElement[bool],
    *,
    on_sqlite: bool,
) -> tuple[Asked, Sequence[SQLColumnExpression[Any]]]:
    """Only the people who are called so, and by which columns they are sorted then.

    Where they are few they are looked up first, where many they are soon met in the list. A database
    guesses badly how many a beginning fits. PostgreSQL, told who they are, still reads the whole list in
    its order for them, unless it has to have them all before it sorts.
    """
    some = select(PersonRow.lead_id).where(called).limit(FEW + 1)
    found = list((await connection.execute(some)).scalars())
    if len(found) > FEW:
        return asked.where(called), columns
    if on_sqlite:
        return asked.where(LeadRow.lead_id.in_(some)), columns
    these = asked.where(LeadRow.lead_id == any_(literal(found, ARRAY(String))))
    first = these.cte("called").prefix_with("MATERIALIZED")
    return select(first), [first.c[each.key] for each in columns]


def _is(column: InstrumentedAttribute[Any], value: str) -> ColumnElement[bool]:
    return or_(column.is_(None), column == UNKNOWN) if value == UNKNOWN else column == value


def _owing(*, missed: bool) -> ColumnElement[bool]:
    """Leads with a clock that ticks; or with one whose time is over, and that still does."""
    if not missed:
        return LeadRow.clock_due_at.is_not(None)
    over = select(ClockRow.lead_id).where(ClockRow.stopped_at.is_(None), ClockRow.state == "missed")
    return LeadRow.lead_id.in_(over)


def _found_by(words: Sequence[str], *, on_sqlite: bool) -> ColumnElement[bool]:
    """All the words together begin something of the person, or each of them does."""
    whole = _begins(" ".join(words), on_sqlite=on_sqlite)
    if len(words) == 1:
        return whole
    return or_(whole, and_(*(_begins(word, on_sqlite=on_sqlite) for word in words[:_MOST_WORDS])))


def _begins(word: str, *, on_sqlite: bool) -> ColumnElement[bool]:
    """Databases differ in which letters have a small form: without ICU none that is not ASCII has."""
    searched = [func.lower(getattr(PersonRow, name)) for name in SEARCHED_BY]
    forms = sorted({word.lower(), word.translate(_ASCII)})
    if on_sqlite:
        return or_(*(and_(each >= form, each < form + _LAST) for each in searched for form in forms))
    return or_(*(each.like(_literally(form) + "%") for each in searched for form in forms))


def _literally(word: str) -> str:
    for special in "\\%_":
        word = word.replace(special, "\\" + special)
    return word
