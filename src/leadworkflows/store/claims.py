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

from sqlalchemy import and_, bindparam, case, or_, select, update

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


# Built once: an idle relay looks a hundred times a second.
_ALL_OF = LeadRow.lead_id.in_(bindparam("of", expanding=True))
_FREE = or_(LeadRow.claimed_until.is_(None), LeadRow.claimed_until < bindparam("until"))
_NEXT = select(LeadRow.due_at).where(LeadRow.due_at.is_not(None)).order_by(LeadRow.due_at).limit(1)
_NEXT_UNTIL = _NEXT.where(LeadRow.due_at <= bindparam("until"), _FREE)
_DUE = (
    select(LeadRow.lead_id)
    .where(LeadRow.due_at <= bindparam("until"), _FREE)
    .order_by(LeadRow.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
# Due again when it is free: nobody gives back what a dead process claimed.
_CLAIM = (
    update(LeadRow)
    .where(_ALL_OF)
    .values(claimed_by=bindparam("whose"), claimed_until=bindparam("free_at"), due_at=bindparam("free_at"))
)
_AFTER, _UPTO = LeadRow.handed_on_seq, LeadRow.handed_on_seq + EVENTS_PER_HAND_ON
# The next events of each lead: numbers have no gaps, so a hundred numbers are a hundred events.
_UNTOLD = (
    select(*_EVENT)
    .join(LeadRow, and_(EventRow.lead_id == LeadRow.lead_id, EventRow.seq > _AFTER, EventRow.seq <= _UPTO))
    .where(_ALL_OF)
    .order_by(EventRow.lead_id, EventRow.seq)
)
_IN_ORDER = select(LeadRow.lead_id).where(_ALL_OF).order_by(LeadRow.lead_id).with_for_update()
_GIVE_BACK = (
    update(LeadRow)
    .where(_ALL_OF, LeadRow.due_at.is_not(None))
    .values(due_at=bindparam("then"), claimed_until=None)
)
# Told once or twice is the same, and a process that comes late moves nothing back. Nor does it end another's
# claim, under which more may be on its way just now.
_TOLD = case((LeadRow.handed_on_seq > bindparam("told"), LeadRow.handed_on_seq), else_=bindparam("told"))
_MORE = LeadRow.last_seq > _TOLD
_MINE = LeadRow.claimed_by == bindparam("whose")  # no column's name: those are kept for what is set
_STILL_DUE = case((LeadRow.due_at < LeadRow.claimed_until, LeadRow.due_at), else_=bindparam("then"))
_MOVE_ON = (
    update(LeadRow)
    .where(LeadRow.lead_id == bindparam("of"))
    .values(
        handed_on_seq=_TOLD,
        waiting_since=case((_MORE, bindparam("then")), else_=None),
        due_at=case((_MORE, _STILL_DUE), else_=None),
        claimed_by=case((_MINE, None), else_=LeadRow.claimed_by),
        claimed_until=case((_MINE, None), else_=LeadRow.claimed_until),
    )
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
            due = await connection.execute(_DUE, {"until": now, "most": limit})
            lead_ids = [str(lead_id) for lead_id in due.scalars()]
            if not lead_ids:
                return []
            mine = {"of": lead_ids, "whose": owner, "free_at": now + lease}
            await connection.execute(_CLAIM, mine)
            rows = (await connection.execute(_UNTOLD, {"of": lead_ids})).all()
        by_lead = {lead_id: list(group) for lead_id, group in groupby(rows, key=lambda row: str(row.lead_id))}
        return [_hand_on(lead_id, by_lead.get(lead_id, []), owner) for lead_id in lead_ids]

    async def told(self, batches: Sequence[HandOn], now: datetime) -> None:
        """Say that the workflows have these events. What came meanwhile is due in its own time."""
        rows = [
            {
                "of": each.lead_id,
                "told": each.rows[-1].seq if each.rows else 0,
                "whose": each.claimed_by,
                "then": now,
            }
            for each in batches
        ]
        rows.sort(key=itemgetter("of"))  # as deliveries lock them: otherwise each may wait for the other
        if rows:
            async with self._database.writing() as connection:
                await connection.execute(_MOVE_ON, rows)

    async def give_back(self, lead_ids: Sequence[str], again_at: datetime) -> None:
        """Free leads that could not be handed on, to be tried again from then on.

        Who tried stays written there: a call without an answer may have arrived all the same.
        """
        if lead_ids:
            async with self._database.writing() as connection:
                await connection.execute(_IN_ORDER, {"of": lead_ids})
                await connection.execute(_GIVE_BACK, {"of": lead_ids, "then": again_at})

    async def next_due(self, until: datetime | None = None) -> datetime | None:
        """When the next lead is due that nobody claims; None where there is none (`until` then)."""
        async with self._database.looking_up() as connection:
            if until is None:
                return (await connection.execute(_NEXT)).scalar()
            return (await connection.execute(_NEXT_UNTIL, {"until": until})).scalar()


def _hand_on(lead_id: str, rows: Sequence[Any], owner: str) -> HandOn:
    return HandOn(lead_id, [as_event(row) for row in rows], owner, [row.trace for row in rows])


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
