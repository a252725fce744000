"""What reports count, kept beside the timeline in the same transaction.

Entries that come next in a lead's timeline are folded onto its rows as they stand. Whatever else comes
(a repeat, a lead that an older version recorded) has the lead's rows made again from its timeline, so
that they are never anything but what the timeline says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.store.database import Transaction
from leadworkflows.store.funnel_fold import (
    FACTS,
    Lived,
    decides,
    mark_paused,
    moves_anything,
    moves_clocks,
)
from leadworkflows.store.funnel_leads import facts_of
from leadworkflows.store.funnel_rebuild import is_behind, make_again
from leadworkflows.store.funnel_rows import CLOCKS, EARNED, PASSES, FunnelRows
from leadworkflows.store.models import LeadRow

_KNOWN = (
    LeadRow.revision,
    LeadRow.forgotten,
    LeadRow.owner,
    LeadRow.last_at,
    LeadRow.attempt,
    *(getattr(LeadRow, name) for name in FACTS),
)
_BEFORE = (
    select(*_KNOWN, is_behind().label("is_behind"))
    .where(LeadRow.lead_id == bindparam("lead"))
    .with_for_update(of=LeadRow)
)
_PASS = select(PASSES).where(PASSES.c.lead_id == bindparam("lead")).order_by(PASSES.c["pass"].desc()).limit(1)
_CLOCKS = select(CLOCKS).where(CLOCKS.c.lead_id == bindparam("lead"))
_EARNED = select(EARNED.c.rule).where(
    EARNED.c.lead_id == bindparam("lead"), EARNED.c["pass"] == bindparam("n")
)
_TOLD = (
    update(PASSES)
    .where(PASSES.c.lead_id == bindparam("lead"))
    .values({name: bindparam(f"new_{name}") for name in FACTS})
)


@dataclass(frozen=True)
class Before:
    """A lead's row as it stood before what is being recorded; the transaction holds its lock."""

    lead_id: str
    revision: int
    owner: str | None
    last_at: datetime | None
    is_behind: bool
    """Its last entries were recorded by a version that counts nothing."""
    facts: Mapping[str, str | None]
    forgotten: int = 0
    """Up to which entry the timeline was dropped."""
    attempt: str = ""
    """The attempt at a workflow task that recorded last; empty where that is not known."""

    def goes_on_with(self, numbers: Sequence[int], revision: int) -> bool:
        """Whether these entries come next, and all before them is in the rows."""
        return not self.is_behind and list(numbers) == list(range(self.revision + 1, revision + 1))


async def lock_before(connection: Transaction, lead_id: str) -> Before | None:
    """Let nobody else move the lead until the transaction ends; None where there is no such lead."""
    row = (await connection.execute(_BEFORE, {"lead": lead_id})).mappings().one_or_none()
    if row is None:
        return None
    facts = {name: row[name] for name in FACTS}
    is_behind = bool(row["revision"] and row["is_behind"])
    forgotten, attempt = row["forgotten"], row["attempt"] or ""
    return Before(
        lead_id, row["revision"], row["owner"], row["last_at"], is_behind, facts, forgotten, attempt
    )


class Following:
    """Brings a lead's rows to what is being recorded of it."""

    def __init__(self, rows: FunnelRows) -> None:
        self._rows = rows

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
        if before.forgotten:  # nothing is left to make the rows from, and what stands in them is counted
            ordered = [entry for entry in ordered if entry.n > before.revision]
        if before.goes_on_with([entry.n for entry in ordered], revision):
            await self._go_on(connection, before, ordered, snapshot)
        elif ordered:
            await make_again(connection, self._rows, [before.lead_id])

    async def _go_on(
        self,
        connection: Transaction,
        before: Before,
        entries: Sequence[TimelineEntry],
        snapshot: Mapping[str, Any],
    ) -> None:
        facts = facts_of(snapshot)
        if before.revision and facts != before.facts:
            told = {"lead": before.lead_id, **{f"new_{name}": value for name, value in facts.items()}}
            await connection.execute(_TOLD, told)
        moving = [entry for entry in entries if moves_anything(entry)]
        if not moving:
            return
        lived = Lived(before.lead_id, facts, before.owner)
        if before.revision:
            await _read(connection, lived, moving)
        passes = {key: dict(row) for key, row in lived.passes.items()}
        clocks = {key: dict(row) for key, row in lived.clocks.items()}
        lived.take(moving)
        mark_paused(lived, snapshot)
        lived.passes = {key: row for key, row in lived.passes.items() if passes.get(key) != row}
        lived.clocks = {key: row for key, row in lived.clocks.items() if clocks.get(key) != row}
        if lived.merged:
            await self._rows.take_away(connection, [before.lead_id])
        else:
            await self._rows.change(connection, [lived])


async def _read(connection: Transaction, lived: Lived, moving: Sequence[TimelineEntry]) -> None:
    """The rows that entries to come may change."""
    row = (await connection.execute(_PASS, {"lead": lived.lead_id})).mappings().one_or_none()
    if row is not None:
        lived.passes[row["pass"]] = dict(row)
    if any(map(decides, moving)):
        earned = await connection.execute(_EARNED, {"lead": lived.lead_id, "n": lived.pass_no})
        lived.had = set(earned.scalars())
    if any(map(moves_clocks, moving)):
        found = (await connection.execute(_CLOCKS, {"lead": lived.lead_id})).mappings()
        lived.clocks = {(each["pass"], each["clock"]): dict(each) for each in found}
