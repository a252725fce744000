"""Numbers about the whole installation as it stands, for who watches it. Each is read from an index alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leadworkflows.domain.lifecycle import Stage
from leadworkflows.store.database import Database
from leadworkflows.store.effects import IS_STUCK, STUCK
from leadworkflows.store.models import ClockRow, EffectRow, ErasureRow, LeadRow

OWED = ClockRow.stopped_at.is_(None)
TICKING = ("running", "missed")


@dataclass(frozen=True)
class Standing:
    """How an installation stands.

    `actions` are those that are not settled: `reserved` is under way, `unknown` and `stuck` wait for a
    person. `clocks` still tick: `running` is in time, `missed` is not. `erasures` are not finished.
    """

    leads: dict[str, int] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)
    clocks: dict[str, int] = field(default_factory=dict)
    erasures: int = 0
    erasing_since: datetime | None = None
    """When the oldest of them was asked for."""


class Measures:
    """Counts over all leads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self) -> Standing:
        """All of it, at this moment. With a million leads it takes tenths of a second: ask seldom."""
        async with self._database.reading() as connection:
            leads = await leads_by_stage(connection)
            actions = await _by(connection, EffectRow.status, IS_STUCK)
            clocks = await _by(connection, ClockRow.state, OWED)
            unfinished = select(func.count(), func.min(ErasureRow.at)).where(ErasureRow.finished_at.is_(None))
            erasures, since = (await connection.execute(unfinished)).one()
        return Standing(
            leads=leads,
            actions={state: actions[state] for state in STUCK},
            clocks={state: clocks[state] for state in TICKING},
            erasures=erasures,
            erasing_since=since,
        )


async def leads_by_stage(connection: AsyncConnection) -> dict[str, int]:
    """Every lead but those that go on as another. Both counts are of an index alone."""
    every = await _by(connection, LeadRow.stage, LeadRow.stage.is_not(None))
    every.update({stage.value: 0 for stage in Stage})
    every.subtract(
        await _by(connection, LeadRow.stage, LeadRow.stage.is_not(None) & LeadRow.merged_into.is_not(None))
    )
    return dict(every)


async def _by(
    connection: AsyncConnection, column: SQLColumnExpression[Any], meant: ColumnElement[bool]
) -> Counter[str]:
    counted = select(column, func.count()).where(meant).group_by(column)
    return Counter({str(value): n for value, n in (await connection.execute(counted)).all()})
