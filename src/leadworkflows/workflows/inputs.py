"""What goes into a lead's workflow: one model an entrance, ids and facts only."""

from __future__ import annotations

from pydantic import BaseModel

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.state import JourneyState


class LeadInput(BaseModel):
    """Starts a lead's workflow, or carries it over when it continues as new."""

    lead_id: str
    policy_id: str
    state: JourneyState | None = None
    recent: list[TimelineEntry] = []
    """The last entries, for the current details in the Temporal UI."""


class EventBatch(BaseModel):
    """Events of one lead in the order of their `seq`, and the policy that is active now."""

    events: list[LeadEvent]
    policy_id: str
