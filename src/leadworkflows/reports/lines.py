"""A lead in a list, and how lists are cut into pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, SQLColumnExpression, literal, select, tuple_

from leadworkflows.reports.counting import Asked
from leadworkflows.reports.shapes import LeadLine
from leadworkflows.store.models import LeadRow, PersonRow

OF_LEAD = PersonRow.lead_id == LeadRow.lead_id
"""A lead that was merged has no person, and is listed as the one that it goes on as."""
_OF_LEAD_ROW = (
    LeadRow.lead_id, LeadRow.stage, LeadRow.sub_status, LeadRow.priority, LeadRow.owner, LeadRow.channel,
    LeadRow.segment, LeadRow.persona, LeadRow.score, LeadRow.threshold, LeadRow.clock, LeadRow.clock_due_at,
    LeadRow.created_at, LeadRow.last_at,
)  # fmt: skip
_OF_PERSON = (
    PersonRow.first_name, PersonRow.last_name, PersonRow.email, PersonRow.company, PersonRow.title,
)  # fmt: skip


def lines(*more: SQLColumnExpression[Any]) -> Asked:
    """The columns of a line, and others."""
    return select(*_OF_LEAD_ROW, *_OF_PERSON, *more)


def line(row: Row[*tuple[Any, ...]], at: Any = None) -> LeadLine:
    """The line of a row. A lead that was not recorded yet is at the first stage."""
    return LeadLine(
        lead_id=row.lead_id, name=" ".join(part for part in (row.first_name, row.last_name) if part),
        email=row.email, company=row.company, title=row.title,
        stage=row.stage or "lead", sub_status=row.sub_status, priority=bool(row.priority),
        owner=row.owner, channel=row.channel, segment=row.segment, persona=row.persona,
        score=row.score, threshold=row.threshold, clock=row.clock, clock_due_at=row.clock_due_at,
        created_at=row.created_at, last_at=row.last_at, at=at,
    )  # fmt: skip


def beyond(
    columns: Sequence[Any],
    place: Sequence[Any],
    *,
    down: bool = True,
) -> ColumnElement[bool]:
    """What comes after a place in a list that is sorted by these columns."""
    there = tuple_(*(literal(value, column.type) for column, value in zip(columns, place, strict=True)))
    return tuple_(*columns) < there if down else tuple_(*columns) > there
