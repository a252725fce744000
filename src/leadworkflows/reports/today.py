"""What waits now: clocks, what is stuck, what came in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leadworkflows.domain.decisions import EntryKind
from leadworkflows.reports.lines import OF_LEAD, line, lines
from leadworkflows.reports.shapes import Came, Owed, Stuck, Today
from leadworkflows.store.database import Database
from leadworkflows.store.effects import IS_STUCK
from leadworkflows.store.measures import OWED, leads_by_stage
from leadworkflows.store.models import ClockRow, EffectRow, LeadRow, PersonRow, TimelineRow

LATELY = timedelta(hours=24)
_CAUGHT = timedelta(minutes=15)
"""How long an action may be under way before somebody should look."""


async def today(db: Database, now: datetime, limit: int = 25) -> Today:
    """What waits at an instant; `limit` is the length of each list.

    A clock stays among those that wait, at the top, from its due time until its lead noted that it was
    missed: seconds, where a worker runs.
    """
    async with db.reading() as connection:
        waiting, waiting_n = await _owed(connection, "running", limit)
        missed, missed_n = await _owed(connection, "missed", limit)
        stuck, stuck_n = await _stuck(connection, now, limit)
        came = await _came(connection, now - LATELY)
        return Today(
            now, waiting, waiting_n, missed, missed_n, stuck, stuck_n, came, await leads_by_stage(connection)
        )


async def _owed(connection: AsyncConnection, state: str, limit: int) -> tuple[list[Owed], int]:
    """Clocks that still tick, by when they are or were due; those that stand still come last."""
    meant = [OWED, ClockRow.state == state]
    of_clock = (ClockRow.clock.label("name"), ClockRow.code, ClockRow.started_at, ClockRow.due_at)
    asked = lines(*of_clock, ClockRow.missed_at, ClockRow.paused).join_from(LeadRow, PersonRow, OF_LEAD)
    asked = asked.join(ClockRow, ClockRow.lead_id == LeadRow.lead_id).where(*meant)
    asked = asked.order_by(ClockRow.paused, ClockRow.due_at, ClockRow.lead_id).limit(limit)
    found = (await connection.execute(asked)).all()
    return [_as_owed(row) for row in found], await _count(connection, ClockRow.lead_id, meant)


def _as_owed(row: Row[*tuple[Any, ...]]) -> Owed:
    return Owed(
        lead=line(row), clock=row.name, code=row.code, started_at=row.started_at, due_at=row.due_at,
        missed_at=row.missed_at, paused=row.paused,
    )  # fmt: skip


async def _stuck(connection: AsyncConnection, now: datetime, limit: int) -> tuple[list[Stuck], int]:
    """What waits for somebody; what is under way is not, unless it has been for long."""
    lost = (EffectRow.status != "reserved") | (EffectRow.reserved_at < now - _CAUGHT)
    meant = [IS_STUCK, lost]
    columns = (EffectRow.key, EffectRow.lead_id, EffectRow.action, EffectRow.status)
    asked = select(*columns, EffectRow.reserved_at, EffectRow.detail).where(*meant)
    asked = asked.order_by(EffectRow.reserved_at, EffectRow.key).limit(limit)
    found = [_as_stuck(row) for row in (await connection.execute(asked)).all()]
    return found, await _count(connection, EffectRow.key, meant)


def _as_stuck(row: Row[*tuple[Any, ...]]) -> Stuck:
    return Stuck(row.key, row.lead_id, row.action, row.status, row.reserved_at, row.detail)


async def _count(connection: AsyncConnection, column: Any, meant: Sequence[ColumnElement[bool]]) -> int:
    found: int = (await connection.execute(select(func.count(column)).where(*meant))).scalar_one()
    return found


async def _came(connection: AsyncConnection, since: datetime) -> list[Came]:
    """Each entry looks its lead up: a join reads all leads where PostgreSQL takes a day for longer."""
    known = func.coalesce(LeadRow.channel, literal_column("''"))
    of_lead = LeadRow.lead_id == TimelineRow.lead_id
    channel = select(known).where(of_lead).correlate(TimelineRow).scalar_subquery().label("channel")
    kind = TimelineRow.data["type"].as_string().label("type")
    asked = select(channel, kind, func.count().label("n"))
    asked = asked.where(TimelineRow.kind == EntryKind.EVENT.value, TimelineRow.at >= since)
    found = (await connection.execute(asked.group_by("channel", "type"))).all()
    counted = [Came(row.channel, row.type, row.n) for row in found]
    return sorted(counted, key=lambda each: (-each.n, each.channel, each.type))
