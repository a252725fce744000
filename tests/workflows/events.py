"""Events of one lead, in the order in which its inbox numbers them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.events import EventType, LeadEvent, facts_model


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
        said = facts_model(EventType(kind)).model_validate(facts)
        return LeadEvent(
            id=f"e{self._seq}",
            seq=self._seq,
            type=EventType(kind),
            occurred_at=at,
            anonymous=anonymous,
            facts=said,
        )


_PROFILE: dict[str, Any] = {"industry": "fintech", "employees": 300, "persona": "cfo", "seniority": "c_level"}


def whole_life(script: Script) -> list[LeadEvent]:
    """Form, three nurture steps, return, 60 days of silence, requalification, SQL, opportunity, customer."""
    return [
        script.event("form_submitted", form="contact", states_budget=True, **_PROFILE),
        *(script.event("page_viewed", day=0.1 + n / 50, page="product") for n in range(8)),
        *(script.event("page_viewed", day=15 + n, page="pricing") for n in range(3)),
        *(script.event("page_viewed", day=18 + n / 10, page="case_study") for n in range(2)),
        script.event("contact_attempted", day=19, by="rep-1"),
        script.event("lead_returned", day=20, reason="not_ready", by="rep-1"),
        script.event("email_clicked", day=27, content="roi-analysis"),
        *(script.event("page_viewed", day=110 + n / 10, page="documentation") for n in range(4)),
        script.event("form_submitted", day=111, form="contact", states_budget=True),
        *(script.event("page_viewed", day=111 + n / 10, page="case_study") for n in range(1, 3)),
        *(script.event("page_viewed", day=112 + n / 10, page="pricing") for n in range(3)),
        script.event("contact_attempted", day=112.5, by="rep-2"),
        script.event("contact_made", day=113, by="rep-2"),
        script.event("micro_commitment", day=120, commitment="planned_workshop"),
        script.event(
            "opportunity_opened", day=130, by="rep-2", motivation="yes", authority="yes", process="partial",
            solution_fit="yes", committee="yes", schedule="yes",
        ),
        script.event("page_viewed", day=150, page="comparison", seconds=2000),
        script.event("deal_won", day=200, by="rep-2"),
    ]  # fmt: skip
