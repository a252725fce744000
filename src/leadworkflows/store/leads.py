"""Leads and the people behind them, to read."""

from __future__ import annotations

import base64
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from leadworkflows.domain.lifecycle import Stage
from leadworkflows.store.database import Database
from leadworkflows.store.models import LeadRow, PersonRow, VisitorRow
from leadworkflows.store.naming import email_key
from leadworkflows.store.people import PERSON_FIELDS
from leadworkflows.store.records import LeadRecord, PersonRecord

_PERSON = (PersonRow.email, *(getattr(PersonRow, name) for name in PERSON_FIELDS))
_LEAD = (LeadRow.lead_id, LeadRow.created_at, LeadRow.snapshot, LeadRow.revision, LeadRow.merged_into)
_GOES_ON_AS = func.coalesce(LeadRow.merged_into, LeadRow.lead_id)
# Built once: every action asks for its lead.
_OF_LEAD = LeadRow.lead_id == bindparam("of")
_ONE = select(*_LEAD, *_PERSON).join(PersonRow, PersonRow.lead_id == _GOES_ON_AS).where(_OF_LEAD)
_WHO = select(*_PERSON).join(LeadRow, PersonRow.lead_id == _GOES_ON_AS).where(_OF_LEAD)


class Leads:
    """Who the leads are and what their workflows last recorded. An erased person's is not found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, lead_id: str) -> LeadRecord | None:
        """The lead with this id."""
        async with self._database.looking_up() as connection:
            row = (await connection.execute(_ONE, {"of": lead_id})).one_or_none()
        return _lead(row) if row else None

    async def find(
        self, email: str | None = None, stage: str | None = None, limit: int = 50, after: str | None = None
    ) -> tuple[list[LeadRecord], str | None]:
        """Leads, newest first, and the cursor of the next page or None. Those merged are not listed.

        `email` as the sources normalise it. Raises ValueError for a cursor that is not ours.
        """
        # A merged lead has no person of its own; joined plainly, an address is looked up by its index.
        wanted = select(*_LEAD, *_PERSON).join(PersonRow, PersonRow.lead_id == LeadRow.lead_id)
        wanted = wanted.order_by(LeadRow.created_at.desc(), LeadRow.lead_id.desc()).limit(limit + 1)
        if email is not None:
            wanted = wanted.where(PersonRow.email == email)
        if stage is not None:
            wanted = wanted.where(_in_stage(stage))
        if after is not None:
            wanted = wanted.where(_older_than(*_position(after)))
        async with self._database.reading() as connection:
            found = [_lead(row) for row in (await connection.execute(wanted)).all()]
        return found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None

    async def person(self, lead_id: str) -> PersonRecord | None:
        """Who the lead is: personal data, read by the activity that needs it."""
        async with self._database.looking_up() as connection:
            row = (await connection.execute(_WHO, {"of": lead_id})).one_or_none()
        return _person(row) if row else None

    async def revisions(self, lead_ids: Collection[str]) -> dict[str, int]:
        """How often each of these leads was recorded, for who waits for news of them."""
        wanted = select(LeadRow.lead_id, LeadRow.revision).where(LeadRow.lead_id.in_(lead_ids))
        async with self._database.looking_up() as connection:
            return {row.lead_id: row.revision for row in (await connection.execute(wanted)).all()}

    async def last_at(self) -> datetime | None:
        """The instant of the newest entry of any timeline; None where nothing happened yet."""
        async with self._database.reading() as connection:
            newest = await connection.execute(select(func.max(LeadRow.last_at)))
            found: datetime | None = newest.scalar_one_or_none()
        return found

    async def lead_id_of(self, email: str) -> str | None:
        """The lead of an e-mail address, as the sources normalise it, or of one that it had before."""
        now = select(PersonRow.lead_id).where(PersonRow.email == email)
        before = select(VisitorRow.lead_id).where(VisitorRow.key == email_key(email))
        async with self._database.reading() as connection:
            found: str | None = (await connection.execute(now)).scalar_one_or_none()
            return found or (await connection.execute(before)).scalar_one_or_none()


def goes_on_as() -> ColumnElement[str]:
    """A lead that turned out to be somebody else is that other person."""
    return _GOES_ON_AS


def _lead(row: Any) -> LeadRecord:
    return LeadRecord(row.lead_id, row.created_at, _person(row), row.snapshot, row.revision, row.merged_into)


def _person(row: Any) -> PersonRecord:
    return PersonRecord(row.email, **{name: getattr(row, name) for name in PERSON_FIELDS})


def _in_stage(stage: str) -> ColumnElement[bool]:
    """A lead whose workflow has not recorded yet is at the first stage."""
    recorded = LeadRow.stage == stage
    return or_(recorded, LeadRow.stage.is_(None)) if stage == Stage.LEAD else recorded


def _older_than(created_at: datetime, lead_id: str) -> ColumnElement[bool]:
    same_time = and_(LeadRow.created_at == created_at, LeadRow.lead_id < lead_id)
    return or_(LeadRow.created_at < created_at, same_time)


def _cursor(last: LeadRecord) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()} {last.lead_id}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        at, lead_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        position = datetime.fromisoformat(at)
        if position.tzinfo is None or not (lead_id.isascii() and lead_id.isalnum()):
            raise ValueError(cursor)
        return position.astimezone(UTC), lead_id
    except (ValueError, OverflowError):
        raise ValueError("not a cursor of this list; leave it out to start at the newest") from None
