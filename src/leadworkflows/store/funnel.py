"""What reports count, kept beside the timeline in the same transaction.

Entries that come next in a lead's timeline are folded onto its rows as they stand. Whatever else comes
(a repeat, a lead that an older version recorded) has the lead's rows made again from its timeline, so
that they are never anything but what the timeline says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, delete, select, update

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.store.database import Database, Transaction, insert_all
from leadworkflows.store.funnel_fold import (
    FACTS,
    Lived,
    Row,
    fitting,
    mark_paused,
    moves_anything,
    moves_clocks,
)
from leadworkflows.store.funnel_leads import lead_columns
from leadworkflows.store.models import ClockRow, EarnedRow, LeadRow, PassRow, TimelineRow

PASSES, CLOCKS, EARNED = (cast("Table", row.__table__) for row in (PassRow, ClockRow, EarnedRow))
_BEFORE = (
    select(LeadRow.revision, LeadRow.owner, LeadRow.last_at, *(getattr(LeadRow, name) for name in FACTS))
    .where(LeadRow.lead_id == bindparam("lead"))
    .with_for_update()
)
_PASS = select(PASSES).where(PASSES.c.lead_id == bindparam("lead")).order_by(PASSES.c["pass"].desc()).limit(1)
_CLOCKS = select(CLOCKS).where(
    CLOCKS.c.lead_id == bindparam("lead"), CLOCKS.c["pass"] == bindparam("pass_no")
)
_TOLD = (
    update(PASSES)
    .where(PASSES.c.lead_id == bindparam("lead"))
    .values({name: bindparam(f"new_{name}") for name in FACTS})
)
_TIMELINE = (
    select(TimelineRow.__table__).where(TimelineRow.lead_id == bindparam("lead")).order_by(TimelineRow.n)
)
_GONE = [delete(table).where(table.c.lead_id == bindparam("lead")) for table in (PASSES, CLOCKS, EARNED)]


@dataclass(frozen=True)
class Before:
    """A lead's row as it stood before what is being recorded; the transaction holds its lock."""

    lead_id: str
    revision: int
    owner: str | None
    last_at: datetime | None
    facts: Mapping[str, str | None]

    @property
    def is_followed(self) -> bool:
        """Whether the rows say all that the timeline says up to `revision`."""
        return self.last_at is not None or not self.revision


async def lock_before(connection: Transaction, lead_id: str) -> Before | None:
    """Let nobody else move the lead until the transaction ends; None where there is no such lead."""
    row = (await connection.execute(_BEFORE, {"lead": lead_id})).mappings().one_or_none()
    if row is None:
        return None
    facts = {name: row[name] for name in FACTS}
    return Before(lead_id, row["revision"], row["owner"], row["last_at"], facts)


class Following:
    """Writes the rows of leads."""

    def __init__(self, database: Database) -> None:
        self._passes = _replacing(database, PassRow, ("lead_id", "pass"))
        self._clocks = _replacing(database, ClockRow, ("lead_id", "pass", "clock"))
        self._earned = _adding(database)

    async def follow(
        self,
        connection: Transaction,
        before: Before,
        entries: Sequence[TimelineEntry],
        snapshot: Mapping[str, Any],
        revision: int,
    ) -> None:
        """Bring the rows to what the entries say; nothing is asked where they move nothing.

        `revision` is the number of the last entry, `snapshot` the lead after it. The timeline and the
        lead's own row are written already.
        """
        ordered = sorted(entries, key=lambda entry: entry.n)
        numbers = [entry.n for entry in ordered]
        if before.is_followed and numbers == list(range(before.revision + 1, revision + 1)):
            await self._go_on(connection, before, ordered, snapshot)
        elif numbers:
            await self.make_again(connection, before.lead_id)

    async def make_again(self, connection: Transaction, lead_id: str) -> None:
        """Make a lead's rows from its timeline. The caller holds the lead's lock.

        A lead without a timeline is left alone: what was counted stays counted.
        """
        found = (await connection.execute(_TIMELINE, {"lead": lead_id})).mappings()
        entries = [TimelineEntry.model_validate({**row}) for row in found]
        if not entries:
            return
        of_lead = select(LeadRow.snapshot).where(LeadRow.lead_id == lead_id)
        snapshot = (await connection.execute(of_lead)).scalar_one() or {}
        lived = lived_through(lead_id, entries, snapshot)
        for gone in _GONE:
            await connection.execute(gone, {"lead": lead_id})
        await self.write(connection, [lived])
        columns = lead_columns(snapshot) | {"last_at": entries[-1].at}
        await connection.execute(update(LeadRow).where(LeadRow.lead_id == lead_id).values(columns))

    async def write(self, connection: Transaction, lives: Sequence[Lived]) -> None:
        """Write the rows of many leads in three statements; `earned` is added to what is there."""
        lives = [lived for lived in lives if not lived.merged]
        for table, statement, rows in (
            (PASSES, self._passes, [row for lived in lives for row in lived.passes.values()]),
            (CLOCKS, self._clocks, [row for lived in lives for row in lived.clocks.values()]),
            (EARNED, self._earned, [row for lived in lives for row in lived.earned.values()]),
        ):
            await insert_all(connection, statement, [fitting(table, row) for row in rows])

    async def _go_on(
        self,
        connection: Transaction,
        before: Before,
        entries: Sequence[TimelineEntry],
        snapshot: Mapping[str, Any],
    ) -> None:
        facts = facts_of(snapshot)
        moving = [entry for entry in entries if moves_anything(entry)]
        if before.revision and facts != before.facts:
            told = {"lead": before.lead_id, **{f"new_{name}": value for name, value in facts.items()}}
            await connection.execute(_TOLD, told)
        if not moving:
            return
        lived = await _so_far(connection, before, facts, clocks=any(map(moves_clocks, moving)))
        passes = {key: dict(row) for key, row in lived.passes.items()}
        clocks = {key: dict(row) for key, row in lived.clocks.items()}
        lived.take(moving)
        if lived.merged:
            for gone in _GONE:
                await connection.execute(gone, {"lead": before.lead_id})
            return
        mark_paused(lived, snapshot)
        lived.passes = {key: row for key, row in lived.passes.items() if passes.get(key) != row}
        lived.clocks = {key: row for key, row in lived.clocks.items() if clocks.get(key) != row}
        await self.write(connection, [lived])


def lived_through(lead_id: str, entries: Sequence[TimelineEntry], snapshot: Mapping[str, Any]) -> Lived:
    """A lead's whole life, from its entries in order and the snapshot after them."""
    lived = Lived(lead_id, facts_of(snapshot))
    lived.take(entries)
    mark_paused(lived, snapshot)
    return lived


def facts_of(snapshot: Mapping[str, Any]) -> dict[str, str | None]:
    """What all passes of a lead have from its snapshot."""
    columns = lead_columns(snapshot)
    return {name: columns[name] for name in FACTS}


async def _so_far(
    connection: Transaction, before: Before, facts: Mapping[str, str | None], *, clocks: bool
) -> Lived:
    """The rows that entries to come may change; nothing is read of a lead that is new."""
    lived = Lived(before.lead_id, facts, before.owner)
    if not before.revision:
        return lived
    row = (await connection.execute(_PASS, {"lead": before.lead_id})).mappings().one_or_none()
    if row is not None:
        lived.passes[row["pass"]] = dict(row)
    if clocks:
        of_pass = {"lead": before.lead_id, "pass_no": lived.pass_no}
        found = (await connection.execute(_CLOCKS, of_pass)).mappings()
        lived.clocks = {(each["pass"], each["clock"]): dict(each) for each in found}
    return lived


def _replacing(database: Database, table: type[PassRow | ClockRow], key: tuple[str, ...]) -> Any:
    made = database.insert(table)
    new = {name: value for name, value in made.excluded.items() if name not in key}
    return made.on_conflict_do_update(index_elements=list(key), set_=new)


def _adding(database: Database) -> Any:
    made = database.insert(EarnedRow)
    new, old = made.excluded, EARNED.c
    earlier = case((new.first_at < old.first_at, new.first_at), else_=old.first_at)
    added: Row = {"points": old.points + new.points, "times": old.times + new.times, "first_at": earlier}
    return made.on_conflict_do_update(index_elements=["lead_id", "pass", "rule"], set_=added)
