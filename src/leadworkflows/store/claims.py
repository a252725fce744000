"""Who hands on which lead: the queue between the inbox and the leads' workflows.

A lead is claimed for a while by one process at a time. The claim saves work; it is not what keeps
order: whoever hands a lead on begins at the first event its workflow was not told of, so a claim that
ran out under a process that is merely slow leads to a repetition, never to a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, or_, select, update

from leadworkflows.domain.events import LeadEvent
from leadworkflows.store.database import Database
from leadworkflows.store.models import EventRow, LeadRow
from leadworkflows.store.records import HandOn

EVENTS_PER_HAND_ON = 100
LEASE = timedelta(seconds=10)
"""How long a claim holds; what a dead process had claimed is free after that."""

_EVENT = (
    EventRow.lead_id,
    EventRow.event_id,
    EventRow.seq,
    EventRow.type,
    EventRow.occurred_at,
    EventRow.anonymous,
    EventRow.facts,
    EventRow.trace,
)


class Claims:
    """Leads whose workflows are to be told something."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, owner: str, limit: int, now: datetime, lease: timedelta = LEASE) -> list[HandOn]:
        """Claim up to `limit` leads that are due, those due longest first, with their next events.

        Each with its events from the first that was not handed on, in order, at most 100. What another
        process has claimed is passed over.
        """
        if await self.next_due(now) is None:
            return []  # nobody waits for a writer's turn only to learn that there is nothing to do
        async with self._database.writing() as connection:
            lead_ids = [str(lead_id) for lead_id in (await connection.execute(_due(now, limit))).scalars()]
            claim = update(LeadRow).where(LeadRow.lead_id.in_(lead_ids))
            if lead_ids:
                until = now + lease  # due again then: nobody gives back what a dead process claimed
                await connection.execute(claim.values(claimed_by=owner, claimed_until=until, due_at=until))
            rows = (await connection.execute(_untold(lead_ids))).all() if lead_ids else []
        by_lead = {lead_id: list(group) for lead_id, group in groupby(rows, key=lambda row: str(row.lead_id))}
        return [_hand_on(lead_id, by_lead.get(lead_id, []), owner) for lead_id in lead_ids]

    async def told(self, batches: Sequence[HandOn], now: datetime) -> None:
        """Say that the workflows have these events. What came meanwhile is due in its own time."""
        rows = [
            {"of": each.lead_id, "told": each.rows[-1].seq if each.rows else 0, "whose": each.claimed_by}
            for each in batches
        ]
        rows.sort(key=itemgetter("of"))  # as deliveries lock them: otherwise each may wait for the other
        if rows:
            async with self._database.writing() as connection:
                await connection.execute(_move_on(now), rows)

    async def give_back(self, lead_ids: Sequence[str], again_at: datetime) -> None:
        """Free leads that could not be handed on, to be tried again from then on.

        Who tried stays written there: a call without an answer may have arrived all the same.
        """
        if lead_ids:
            mine = LeadRow.lead_id.in_(lead_ids)
            in_order = select(LeadRow.lead_id).where(mine).order_by(LeadRow.lead_id).with_for_update()
            free = update(LeadRow).where(mine, LeadRow.due_at.is_not(None))
            async with self._database.writing() as connection:
                await connection.execute(in_order)
                await connection.execute(free.values(due_at=again_at, claimed_until=None))

    async def next_due(self, until: datetime | None = None) -> datetime | None:
        """When the next lead is due that nobody claims; None where there is none (`until` then)."""
        wanted = select(LeadRow.due_at).where(LeadRow.due_at.is_not(None)).order_by(LeadRow.due_at).limit(1)
        if until is not None:
            wanted = wanted.where(LeadRow.due_at <= until, _free(until))
        async with self._database.looking_up() as connection:
            return (await connection.execute(wanted)).scalar()


def _hand_on(lead_id: str, rows: Sequence[Any], owner: str) -> HandOn:
    return HandOn(lead_id, [as_event(row) for row in rows], owner, [row.trace for row in rows])


def _free(now: datetime) -> Any:
    return or_(LeadRow.claimed_until.is_(None), LeadRow.claimed_until < now)


def _due(now: datetime, limit: int) -> Select[str]:
    return (
        select(LeadRow.lead_id)
        .where(LeadRow.due_at <= now, _free(now))
        .order_by(LeadRow.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _untold(lead_ids: Sequence[str]) -> Select[Any]:
    """The next events of each lead: numbers have no gaps, so a hundred numbers are a hundred events."""
    after, upto = LeadRow.handed_on_seq, LeadRow.handed_on_seq + EVENTS_PER_HAND_ON
    mine = and_(EventRow.lead_id == LeadRow.lead_id, EventRow.seq > after, EventRow.seq <= upto)
    wanted = select(*_EVENT).join(LeadRow, mine).where(LeadRow.lead_id.in_(lead_ids))
    return wanted.order_by(EventRow.lead_id, EventRow.seq)


def _move_on(now: datetime) -> Any:
    """Told once or twice is the same, and a process that comes late moves nothing back.

    Nor does it end another's claim, under which more may be on its way just now.
    """
    told = case((LeadRow.handed_on_seq > bindparam("told"), LeadRow.handed_on_seq), else_=bindparam("told"))
    more = LeadRow.last_seq > told
    mine = LeadRow.claimed_by == bindparam("whose")  # no column's name: those are kept for what is set
    due = case((LeadRow.due_at < LeadRow.claimed_until, LeadRow.due_at), else_=now)
    return (
        update(LeadRow)
        .where(LeadRow.lead_id == bindparam("of"))
        .values(
            handed_on_seq=told,
            waiting_since=case((more, now), else_=None),
            due_at=case((more, due), else_=None),
            claimed_by=case((mine, None), else_=LeadRow.claimed_by),
            claimed_until=case((mine, None), else_=LeadRow.claimed_until),
        )
    )


def as_event(row: Any) -> LeadEvent:
    """What was accepted is handed on, also where a later version would not accept it."""
    return LeadEvent.read(
        {
            "id": row.event_id,
            "seq": row.seq,
            "type": row.type,
            "occurred_at": row.occurred_at,
            "anonymous": row.anonymous,
            "facts": dict(row.facts),
        }
    )
