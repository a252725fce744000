"""Events of one lead, in the order in which its inbox numbers them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.events import EventType, LeadEvent


class Script:
    """Writes events with running numbers, dated from a start."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self._seq = 0

    def event(self, kind: str, *, day: float = 0, anonymous: bool = False, **facts: Any) -> LeadEvent:
        """The next event, `day` days after the start."""
        self._seq += 1
        # No two events share an instant with each other or with what another event started.
        at = self.start + timedelta(days=day, seconds=7 * self._seq)
        return LeadEvent(
            id=f"e{self._seq}", seq=self._seq, type=EventType(kind), occurred_at=at, anonymous=anonymous, facts=facts
        )
