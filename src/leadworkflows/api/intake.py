"""From events to the inbox: on disk before they are acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from leadworkflows.api.deps import ApiDeps
from leadworkflows.sources.base import InboundEvent
from leadworkflows.store.records import Accepted
from leadworkflows.tracing.spans import current


class AcceptedAnswer(BaseModel):
    """What became of a delivery. A duplicate's id is that of the event which stands."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"accepted": 1, "duplicates": 0, "event_ids": ["evt-17"]}]}
    )

    accepted: int
    duplicates: int
    event_ids: list[str]


async def take_in(
    deps: ApiDeps, source: str, events: Sequence[InboundEvent], raw: bytes | None = None
) -> Accepted:
    """Store the events in one commit, then wake the relay. Raises `StoreError`."""
    if not events:
        return Accepted(0, 0, [])
    received_at = deps.clock()
    timely = [_not_after(event, received_at) for event in events]
    accepted = await deps.store.inbox.accept(
        source, timely, received_at, raw=raw, classify=deps.classify, trace=current()
    )
    if accepted.accepted:
        deps.on_accepted()
    return accepted


def _not_after(event: InboundEvent, received_at: datetime) -> InboundEvent:
    """Nothing happened after we were told of it: a clock that is ahead must not delay a lead's decay."""
    if event.occurred_at is None or event.occurred_at <= received_at:
        return event
    return event.model_copy(update={"occurred_at": received_at})
