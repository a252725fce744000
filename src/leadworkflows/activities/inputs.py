"""What travels through Temporal to an activity: facts and opaque ids, never personal data.

Nothing but pydantic and the core is imported here, so that a workflow may import it too.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from leadworkflows.domain.decisions import ActionResult, TimelineEntry
from leadworkflows.domain.facts import Instant


class RecordInput(BaseModel):
    """A lead's new timeline entries and the snapshot that belongs to them.

    `attempt`: at which attempt at a workflow task they were decided; a later one compares as greater.
    Some of the entries may be on record already.
    """

    model_config = ConfigDict(frozen=True)

    lead_id: str
    entries: list[TimelineEntry] = []
    snapshot: dict[str, JsonValue] = {}
    revision: int
    attempt: str = ""


class ActionInput(BaseModel):
    """One action to perform once.

    `key` is the action's own for ever. `lead` holds facts for templates (stage, score, why, the
    clock's due time); names and addresses are read from the store by the activity. `record` is what was
    decided with the action: it is recorded first, so that nothing else need be started for it.
    """

    model_config = ConfigDict(frozen=True)

    lead_id: str
    key: str
    name: str
    params: dict[str, JsonValue] = {}
    policy: str
    decided_at: Instant
    lead: dict[str, JsonValue] = {}
    record: RecordInput | None = None


class PerformedAction(ActionResult):
    """What became of an action.

    `recorded`: the number of the last entry that it had put on record; 0 where it took none along, and from
    a worker that knows nothing of taking along.
    """

    recorded: int = 0


class LookInput(BaseModel):
    """One look of the funnel watch, at an instant."""

    model_config = ConfigDict(frozen=True)

    at: Instant


class Telling(BaseModel):
    """A finding of the funnel watch to be told: that it opened, or that it is over."""

    model_config = ConfigDict(frozen=True)

    finding: int
    what: Literal["opened", "closed"]


class ReportInput(BaseModel):
    """The regular report on the week or month that ended before an instant."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["weekly", "monthly"]
    at: Instant


class ReportTo(ReportInput):
    """The same, and where it goes: `slack`, `slack-files`, or `mail-` and the hash of an address."""

    to: str
