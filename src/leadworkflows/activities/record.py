"""`record`: a wake-up's timeline entries and snapshot, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import activity

from leadworkflows.activities.guard import unquoted
from leadworkflows.activities.inputs import ActionInput, RecordInput
from leadworkflows.domain.decisions import ActionResult
from leadworkflows.store import Store

__all__ = ["RecordActivities", "RecordInput"]


class RecordActivities:
    """Writes what the core decided. Safe to repeat: entries are unique by their number.

    `on_recorded` is called after each time, for who works on what is recorded in this process.
    """

    def __init__(self, store: Store, on_recorded: Callable[[], None] = lambda: None) -> None:
        self._store, self._on_recorded = store, on_recorded
        self._under_way: dict[tuple[str, int], asyncio.Task[None]] = {}

    @activity.defn(name="record")
    async def record(self, recorded: RecordInput) -> None:
        """Add the entries that are new, and replace the snapshot unless a later one stands."""
        with unquoted("record"):
            await (self._record_rest(recorded) if recorded.again else self._record(recorded))

    def before(
        self, run: Callable[[ActionInput], Awaitable[ActionResult]]
    ) -> Callable[[ActionInput], Awaitable[ActionResult]]:
        """Run actions so that what was decided with each of them is on record first."""

        async def recorded_first(request: ActionInput) -> ActionResult:
            if request.record is not None:
                await self._record_once(request.record)
            return await run(request)

        return recorded_first

    async def _record_once(self, recorded: RecordInput) -> None:
        """Actions that were decided together begin together, and each brings the same."""
        which = (recorded.lead_id, recorded.revision)
        if which not in self._under_way:
            task = asyncio.create_task(self._record_rest(recorded))
            task.add_done_callback(lambda _: self._under_way.pop(which, None))
            self._under_way[which] = task
        await asyncio.shield(self._under_way[which])  # one that is cancelled takes it from no other

    async def _record_rest(self, recorded: RecordInput) -> None:
        """What is not on record. Of a lead that is gone nothing is kept, and its action finds that out.

        All of it is compared: what stands there may be of an attempt that was given up.
        """
        if await self._store.leads.revisions([recorded.lead_id]):
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
