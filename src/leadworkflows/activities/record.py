"""`record`: a wake-up's timeline entries and snapshot, in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from temporalio import activity

from leadworkflows.activities.guard import unquoted
from leadworkflows.activities.inputs import RecordInput
from leadworkflows.store import Store

__all__ = ["RecordActivities", "RecordInput"]


class RecordActivities:
    """Writes what the core decided. Safe to repeat: entries are unique by their number.

    `on_recorded` is called after each time, for who works on what is recorded in this process.
    """

    def __init__(self, store: Store, on_recorded: Callable[[], None] = lambda: None) -> None:
        self._store, self._on_recorded = store, on_recorded

    @activity.defn(name="record")
    async def record(self, recorded: RecordInput) -> None:
        """Add the entries that are new, and replace the snapshot unless a later one stands."""
        with unquoted("record"):
            await self._store.timeline.record(
                recorded.lead_id,
                list(recorded.entries),
                dict(recorded.snapshot),
                recorded.revision,
                recorded.attempt,
            )
        self._on_recorded()
