"""The leads behind a number: one line for each pass that was counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, func

from leadworkflows.reports.addresses import behind_of, behind_query
from leadworkflows.reports.counting import (
    BEGINNINGS,
    RETURN,
    Asked,
    at_of,
    entered,
    fitting,
    reached,
    still_open,
    within,
)
from leadworkflows.reports.cursors import cursor, place
from leadworkflows.reports.levels import OF_PASS, had, reached_in
from leadworkflows.reports.lines import OF_LEAD, beyond, line, lines
from leadworkflows.reports.periods import begins
from leadworkflows.reports.rules import decided_at, reviewed
from leadworkflows.reports.shapes import Behind, LeadLine
from leadworkflows.store.database import Database
from leadworkflows.store.models import ClockRow, EarnedRow, LeadRow, PassRow, PersonRow

__all__ = ["behind_of", "behind_query", "leads_behind"]

_KINDS = (datetime, str, int)


async def leads_behind(
    db: Database, behind: Behind, zone: str, limit: int = 50, after: str | None = None
) -> tuple[list[LeadLine], str | None]:
    """A page of them, the latest first, and the cursor of the next page or None.

    One line a pass, as passes are counted, with when it did what was counted. Whoever was erased is
    counted and not listed. Raises BadQuery for a cursor that is not of this list.
    """
    at = _at(behind)
    asked = lines(at.label("did_at"), PassRow.pass_no.label("number")).join_from(LeadRow, PersonRow, OF_LEAD)
    asked = asked.join(PassRow, PassRow.lead_id == LeadRow.lead_id)
    if behind.entered == "clock":
        asked = asked.join(ClockRow, OF_PASS)
    columns = (at, PassRow.lead_id, PassRow.pass_no)
    asked = asked.where(*_meant(behind, zone)).order_by(*(each.desc() for each in columns))
    if after is not None:
        asked = asked.where(beyond(columns, place(after, _KINDS)))
    return await _page(db, asked, limit)


async def _page(db: Database, asked: Asked, limit: int) -> tuple[list[LeadLine], str | None]:
    async with db.reading() as connection:
        found = (await connection.execute(asked.limit(limit + 1))).all()
    more = found[limit - 1] if len(found) > limit else None
    shown = [line(row, row.did_at) for row in found[:limit]]
    return shown, cursor([more.did_at, more.lead_id, more.number]) if more else None


def _at(behind: Behind) -> SQLColumnExpression[Any]:
    if behind.entered == "ended":
        return PassRow.ended_at
    if behind.entered == "clock":
        return ClockRow.started_at
    return decided_at() if behind.entered == "reviewed" else at_of(behind.entered)


def _meant(behind: Behind, zone: str) -> list[ColumnElement[bool]]:
    since, until = begins(behind.since, zone), begins(behind.until, zone)
    wanted = [*_entered(behind, since, until), *_became(behind), *fitting(behind.filters)]
    ended = (
        (PassRow.ended_move, behind.move),
        (PassRow.reason, behind.reason),
        (PassRow.ended_from, behind.stage),
    )
    wanted += [func.coalesce(column, "") == value for column, value in ended if value is not None]
    if behind.by is not None:
        by = PassRow.ended_by if behind.entered == "ended" else PassRow.accepted_by
        wanted.append(func.coalesce(by, "") == behind.by)
    if behind.rule is not None:
        of_pass = (EarnedRow.lead_id == PassRow.lead_id, EarnedRow.pass_no == PassRow.pass_no)
        wanted.append(exists().where(*of_pass, EarnedRow.rule == behind.rule))
    return wanted


def _entered(behind: Behind, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    if behind.entered == "ended":
        return within(PassRow.ended_at, since, until)
    if behind.entered == "reviewed":
        return [reviewed(since, until)]
    if behind.entered != "clock":
        return entered(behind.entered, since, until)
    named = [ClockRow.clock == behind.clock] if behind.clock is not None else []
    outcome = [had(behind.outcome)] if behind.outcome is not None else []
    return [*within(ClockRow.started_at, since, until), *named, *outcome]


def _became(behind: Behind) -> list[ColumnElement[bool]]:
    became = []
    if behind.converted is not None:
        became.append(reached(behind.converted))
    if behind.not_converted is not None:
        became.append(~reached(behind.not_converted))
    if behind.open is not None:
        to = behind.not_converted
        can = still_open("customer" if to is None or to in BEGINNINGS else to)
        became.append(can if behind.open else ~can)
    if behind.returned is not None:
        gone = func.coalesce(PassRow.ended_move, "") == RETURN
        became.append(gone if behind.returned else ~gone)
    if behind.contacted is not None:
        became.append(reached_in(behind.contacted))
    return became
