"""R5: why passes end, and who accepts and returns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal_column, select, union_all

from leadworkflows.reports.counting import RETURN, Asked, At, fitting, span, within
from leadworkflows.reports.shapes import Filters, Period, ReasonCount, RepDecisions
from leadworkflows.store.database import Database
from leadworkflows.store.models import PassRow


async def reasons(db: Database, period: Period, filters: Filters | None = None) -> list[ReasonCount]:
    """R5: passes that ended in the period, by move, reason and stage, most first.

    The empty reason is that of an end for which none was given.
    """
    told = [_told(each) for each in (PassRow.ended_move, PassRow.reason, PassRow.ended_from)]
    keys = [each.label(name) for each, name in zip(told, ("move", "why", "stage"), strict=True)]
    ended = [*within(PassRow.ended_at, *span(period)), *fitting(filters)]
    asked = select(*keys, func.count()).where(*ended).group_by(*(key.name for key in keys))
    async with db.reading() as connection:
        found = [ReasonCount(*row) for row in map(tuple, (await connection.execute(asked)).all())]
    return sorted(found, key=lambda each: (-each.n, each.move, each.reason, each.stage))


async def rep_decisions(db: Database, period: Period, filters: Filters | None = None) -> list[RepDecisions]:
    """R5: what each person in sales accepted (T2) and returned (T6) in the period, by id.

    A pass that was accepted and returned is in both numbers. The empty id is that of decisions that name
    nobody.
    """
    accepted = _decided(0, PassRow.accepted_by, PassRow.sal_at, period, filters)
    returned = _decided(1, PassRow.ended_by, PassRow.ended_at, period, filters)
    returned = returned.where(PassRow.ended_move == RETURN)
    counts: dict[str, list[int]] = {}
    async with db.reading() as connection:
        for which, rep, n in (await connection.execute(union_all(accepted, returned))).all():
            counts.setdefault(rep, [0, 0])[which] = n
    return [RepDecisions(rep, *counts[rep]) for rep in sorted(counts)]


def _decided(which: int, by: At, at: At, period: Period, filters: Filters | None) -> Asked:
    asked = select(literal_column(str(which)).label("which"), _told(by).label("rep"), func.count())
    return asked.where(*within(at, *span(period)), *fitting(filters)).group_by("rep")


def _told(column: At) -> Any:
    return func.coalesce(column, literal_column("''"))
