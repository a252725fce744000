"""What goes into a lead's workflow: one model an entrance, ids and facts only."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationInfo, model_validator

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.state import JourneyState


def _read(events: Any) -> Any:
    """One by one: Temporal drops a signal that cannot be decoded, and with it every event in it."""
    return [event if isinstance(event, LeadEvent) else LeadEvent.read(event) for event in events]


class LeadInput(BaseModel):
    """Starts a lead's workflow, or carries it over when it continues as new."""

    spares: bool = True
    """Whether the run spares commands. One that was begun without this gives them as it always did: a run
    must be replayed as it went. (A gate that costs no command of its own, unlike `workflow.patched`; only
    right where no released worker would overlook it.)"""

    lead_id: str
    policy_id: str
    state: JourneyState | None = None
    events: Annotated[list[LeadEvent], BeforeValidator(_read)] = []
    """What a new lead begins with; later events are signalled."""
    recent: list[TimelineEntry] = []
    """The last entries, for the current details in the Temporal UI."""

    @model_validator(mode="before")
    @classmethod
    def _as_it_began(cls, data: Any, info: ValidationInfo) -> Any:
        was_sent = info.mode == "json" and isinstance(data, dict)
        return {**data, "spares": False} if was_sent and "spares" not in data else data


class EventBatch(BaseModel):
    """Events of one lead in the order of their `seq`, and the policy that is active now."""

    events: Annotated[list[LeadEvent], BeforeValidator(_read)]
    policy_id: str


class LeadOutcome(BaseModel):
    """How a lead's workflow closed: `merged_into` points to the lead that the person goes on as."""

    merged_into: str | None = None
