"""`record`: a wake-up's timeline entries and snapshot, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from temporalio import activity

from leadworkflows.activities.guard import unquoted
from leadworkflows.activities.inputs import ActionInput, PerformedAction, RecordInput
from leadworkflows.domain.decisions import ActionResult
from leadworkflows.store import Store
from leadworkflows.store.errors import UnknownLead

__all__ = ["RecordActivities", "RecordInput"]


class RecordActivities:
    """Writes what the core decided. Safe to repeat: entries are unique by their number.

    `on_recorded` is called after each time, for who works on what is recorded in this process.
    """

    def __init__(self, store: Store, on_recorded: Callable[[], None] = lambda: None) -> None:
        self._store, self._on_recorded = store, on_recorded
        self._under_way: dict[tuple[str, str, int], asyncio.Task[None]] = {}

    @activity.defn(name="record")
    async def record(self, recorded: RecordInput) -> None:
        """Add the entries that are new, and replace the snapshot unless a later one stands."""
        with unquoted("record"):
            await self._record(recorded)

    def before(
        self, run: Callable[[ActionInput], Awaitable[ActionResult]]
    ) -> Callable[[ActionInput], Awaitable[PerformedAction]]:
        """Run actions so that what was decided with each of them is on record first."""

        async def recorded_first(request: ActionInput) -> PerformedAction:
            recorded = request.record
            if recorded is not None:
                await self._record_once(recorded)
            result = await run(request)
            return PerformedAction(**dict(result), recorded=recorded.revision if recorded else 0)

        return recorded_first

    async def _record_once(self, recorded: RecordInput) -> None:
        """Actions that were decided together begin together, and each brings the same."""
        which = (recorded.lead_id, recorded.attempt, recorded.revision)
        if which not in self._under_way:
            task = asyncio.create_task(self._record_if_there(recorded))
            task.add_done_callback(lambda _: self._under_way.pop(which, None))
            self._under_way[which] = task
        await asyncio.shield(self._under_way[which])  # one that is cancelled takes it from no other

    async def _record_if_there(self, recorded: RecordInput) -> None:
        """Of a lead that is gone nothing is kept, and its action finds that out."""
        with suppress(UnknownLead):
            await self._record(recorded)

    async def _record(self, recorded: RecordInput) -> None:
        await self._store.timeline.record(
            recorded.lead_id,
            list(recorded.entries),
            dict(recorded.snapshot),
            recorded.revision,
            recorded.attempt,
        )
        self._on_recorded()
