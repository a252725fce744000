"""Cards in Slack: where each is, what it shows, and which of them are to be told anew.

A card is due from the moment its lead moved. A process takes it for a while; what moves meanwhile makes
it due again, and what a dead process had taken is free when its time is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, Update, and_, bindparam, case, or_, select, update

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store.columns import UtcDateTime
from leadworkflows.store.database import Database, Transaction
from leadworkflows.store.models import CardRow, LeadRow

LEASE = timedelta(seconds=60)
"""For how long a process takes a card: longer than Slack may take to answer."""
_ONCE_MORE = timedelta(seconds=1)
"""After how long a card is looked at again that was just posted."""
_SHOWN = frozenset(
    {EntryKind.STAGE, EntryKind.OWNER, EntryKind.CLOCK, EntryKind.QUALIFICATION, EntryKind.PRIORITY}
)
"""What a card shows; anything else that happens to a lead changes no card."""


@dataclass(frozen=True)
class NewCard:
    """A message about a lead that was just posted. `facts` are the action's own."""

    key: str
    lead_id: str
    channel: str
    ts: str
    template: str
    facts: dict[str, Any]
    policy: str
    posted_at: datetime
    shown: int
    digest: str


@dataclass(frozen=True)
class Card(NewCard):
    """A message that a process has taken, to bring it up to date."""

    tries: int
    claimed_by: str
    until: datetime
    """Until when it is taken."""
    newest: bool
    """Whether it is the lead's newest card where it was posted."""


_COLUMNS = [getattr(CardRow, field.name) for field in fields(NewCard)] + [CardRow.tries]


class CardBook:
    """Every card that was posted. No personal data: what a card says is put together each time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, card: NewCard) -> None:
        """Remember where a card is, once a key. Older ones of the lead there lose their buttons.

        One whose lead moved while it was posted is due at once, any other a little later: what was decided
        together with it may not have been on record when it was drawn. Nothing is kept of one whose lead was
        erased as it was posted: where it is, the action's effect says.
        """
        values = {field.name: getattr(card, field.name) for field in fields(NewCard)}
        new = self._database.insert(CardRow).values(**values, tries=0, due_at=card.posted_at + _ONCE_MORE)
        kept = new.on_conflict_do_nothing(index_elements=[CardRow.key])
        on_record = select(LeadRow.lead_id).where(LeadRow.lead_id == card.lead_id)
        on_record = on_record.with_for_update(read=True, key_share=True)
        async with self._database.writing() as connection:
            if (await connection.execute(on_record)).first() is None:
                return
            if not (await connection.execute(kept)).rowcount:
                return
            at_lead = select(LeadRow.revision).where(LeadRow.lead_id == card.lead_id)
            revision = (await connection.execute(at_lead)).scalar_one()
            moved = or_(CardRow.key != card.key, CardRow.shown < revision, CardRow.digest == "")
            same_place = and_(CardRow.lead_id == card.lead_id, CardRow.channel == card.channel)
            await connection.execute(_now_due(and_(same_place, moved)), {"then": card.posted_at})

    async def take(self, owner: str, limit: int, now: datetime, lease: timedelta = LEASE) -> list[Card]:
        """Take up to `limit` cards that are due, those due longest first. Others' are passed over."""
        async with self._database.reading() as connection:
            if (await connection.execute(_due(now, 1))).first() is None:
                return []  # nobody waits for a writer's turn only to learn that there is nothing to do
        until = now + lease
        async with self._database.writing() as connection:
            due = _due(now, limit).with_for_update(skip_locked=True)
            keys = list((await connection.execute(due)).scalars())
            taken = update(CardRow).where(CardRow.key.in_(keys))
            await connection.execute(taken.values(claimed_by=owner, not_before=until, due_at=until))
            found = select(*_COLUMNS, _newest().label("newest")).where(CardRow.key.in_(keys))
            rows = (await connection.execute(found.order_by(CardRow.posted_at))).mappings().all()
        return [Card(**row, claimed_by=owner, until=until) for row in rows]

    async def told(
        self, card: Card, shown: int, digest: str, quiet_until: datetime, *, last: bool = False
    ) -> None:
        """The card shows this revision. What moved meanwhile is due, but not before `quiet_until`.

        `last`: the card is left as it is from now on.
        """
        due = case((CardRow.due_at < card.until, CardRow.due_at), else_=None)
        rest = {"due_at": None, "closed_at": quiet_until} if last else {"due_at": due}
        told = {"shown": shown, "digest": digest, "not_before": quiet_until, "tries": 0, "problem": None}
        await self._settle(card, **told, **rest)

    async def again(self, card: Card, problem: str, at: datetime, *, failed: bool = True) -> None:
        """It could not be told; try again from then on. Not `failed`: it was only asked to wait."""
        await self._settle(card, due_at=at, not_before=at, tries=card.tries + failed, problem=problem)

    async def close(self, card: Card, now: datetime, problem: str | None = None) -> None:
        """Leave the card as it is from now on."""
        await self._settle(card, due_at=None, not_before=None, closed_at=now, problem=problem)

    async def give_back(self, cards: Sequence[Card], now: datetime) -> None:
        """Free cards that were taken and not told."""
        for card in cards:
            await self._settle(card, due_at=now, not_before=now)

    async def of(self, lead_id: str) -> list[dict[str, Any]]:
        """A lead's cards as they stand, oldest first."""
        found = select(CardRow.__table__).where(CardRow.lead_id == lead_id)
        async with self._database.reading() as connection:
            rows = await connection.execute(found.order_by(CardRow.posted_at, CardRow.key))
            return [dict(row) for row in rows.mappings()]

    async def _settle(self, card: Card, **changes: Any) -> None:
        """Nobody settles what another has taken over meanwhile."""
        mine = and_(CardRow.claimed_by == card.claimed_by, CardRow.not_before == card.until)
        settled = update(CardRow).where(CardRow.key == card.key, mine)
        async with self._database.writing() as connection:
            await connection.execute(settled.values(claimed_by=None, **changes))


async def follow(
    connection: Transaction, lead_id: str, entries: Sequence[TimelineEntry], revision: int
) -> None:
    """Make a lead's cards due where the entries change what they show. The caller holds the lead's lock."""
    if any(each.kind in _SHOWN for each in entries):
        which = {"lead": lead_id, "upto": revision, "then": datetime.now(UTC)}
        await connection.execute(_BEHIND, which)


def _now_due(which: Any) -> Update:
    """A card that is due already stays so since then."""
    then = bindparam("then", type_=UtcDateTime())
    since = case((CardRow.due_at <= then, CardRow.due_at), else_=then)
    return update(CardRow).where(which, CardRow.closed_at.is_(None)).values(due_at=since)


_BEHIND = _now_due(and_(CardRow.lead_id == bindparam("lead"), CardRow.shown < bindparam("upto")))


def _due(now: datetime, limit: int) -> Select[Any]:
    free = or_(CardRow.not_before.is_(None), CardRow.not_before <= now)
    return select(CardRow.key).where(CardRow.due_at <= now, free).order_by(CardRow.due_at).limit(limit)


def _newest() -> Any:
    """Whether no later card of the lead was posted in the same place."""
    other = CardRow.__table__.alias()
    same_place = and_(other.c.lead_id == CardRow.lead_id, other.c.channel == CardRow.channel)
    later = and_(other.c.posted_at == CardRow.posted_at, other.c.key > CardRow.key)
    after = or_(other.c.posted_at > CardRow.posted_at, later)
    return ~select(other.c.key).where(same_place, after).correlate(CardRow).exists()
