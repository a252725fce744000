"""What travels through Temporal to an activity: facts and opaque ids, never personal data.

Nothing but pydantic and the core is imported here, so that a workflow may import it too.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.domain.facts import Instant


class ActionInput(BaseModel):
    """One action to perform once.

    `key` is the action's own for ever. `lead` holds facts for templates (stage, score, why, the
    clock's due time); names and addresses are read from the store by the activity.
    """

    model_config = ConfigDict(frozen=True)

    lead_id: str
    key: str
    name: str
    params: dict[str, JsonValue] = {}
    policy: str
    decided_at: Instant
    lead: dict[str, JsonValue] = {}


class RecordInput(BaseModel):
    """A lead's new timeline entries and the snapshot that belongs to them."""

    model_config = ConfigDict(frozen=True)

    lead_id: str
    entries: list[TimelineEntry] = []
    snapshot: dict[str, JsonValue] = {}
    revision: int
