"""One file into the inbox, in batches that are on disk one after the other.

A run that ends in the middle is begun anew: what was taken the first time is a duplicate then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from leadworkflows.imports.mistakes import Mistakes
from leadworkflows.imports.rows import Reading
from leadworkflows.imports.tabular import Row, Table
from leadworkflows.sources.base import InboundEvent, PayloadRejected
from leadworkflows.store.records import Accepted

SOURCE = "import"
"""The name under which imported rows stand in the inbox."""
BATCH = 500

Take = Callable[[Sequence[InboundEvent]], Awaitable[Accepted]]
"""Brings a batch into the inbox, on disk on return."""
Progress = Callable[[int, int], None]
"""Told of rows and bytes read so far."""


@dataclass
class Outcome:
    """What became of a file's rows: `read` is the sum of the other three."""

    read: int = 0
    new: int = 0
    duplicates: int = 0
    refused: int = 0


@dataclass
class _Batch:
    """Some rows, understood. `rows` and `position` count from the file's beginning."""

    events: list[InboundEvent] = field(default_factory=list)
    refused: list[tuple[Row, PayloadRejected]] = field(default_factory=list)
    rows: int = 0
    position: int = 0

    @property
    def full(self) -> bool:
        return len(self.events) + len(self.refused) >= BATCH


@dataclass
class Import:
    """A file on its way. `outcome` is right after every batch, also when the run ends in the middle."""

    table: Table
    reading: Reading
    mistakes: Mistakes
    take: Take
    progress: Progress
    outcome: Outcome = field(default_factory=Outcome)

    async def run(self) -> Outcome:
        """Carry the whole file. Raises what `take` raises; what was taken before stays."""
        for batch in self._batches():
            await self._settle(batch)
        return self.outcome

    def _batches(self) -> Iterator[_Batch]:
        batch = _Batch()
        for rows, (row, position) in enumerate(self.table.rows(), 1):
            try:
                batch.events.append(self._event(row))
            except PayloadRejected as rejected:
                batch.refused.append((row, rejected))
            batch.rows, batch.position = rows, position
            if batch.full:
                yield batch
                batch = _Batch()
        if batch.rows:
            yield batch

    def _event(self, row: Row) -> InboundEvent:
        if row.problem:
            raise PayloadRejected("row", row.problem)
        return self.reading.event_of(row.cells)

    async def _settle(self, batch: _Batch) -> None:
        accepted = await self.take(batch.events) if batch.events else Accepted(0, 0, [])
        for row, rejected in batch.refused:
            self.mistakes.add(row.number, rejected.field, rejected.problem, row.cells)
        done = self.outcome
        done.new += accepted.accepted
        done.duplicates += accepted.duplicates
        done.refused += len(batch.refused)
        done.read = batch.rows
        self.progress(batch.rows, batch.position)


async def only_check(events: Sequence[InboundEvent]) -> Accepted:
    """Take nothing in; count what could be."""
    return Accepted(len(events), 0, [])
