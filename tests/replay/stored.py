"""The histories that were stored at releases, read as a server would hand them out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from leadworkflows.domain.policy import Policy
from leadworkflows.workflows import policies

STORED = sorted((Path(__file__).parent / "histories").glob("*.json.gz"))


@dataclass
class Stored:
    """The runs of one scenario and the policies that they followed."""

    name: str
    policies: list[Policy]
    runs: list[WorkflowHistory]

    @classmethod
    def read(cls, path: Path) -> Stored:
        """A file of `record.py`, of today's or of the first format."""
        kept = json.loads(gzip.decompress(path.read_bytes()))
        runs = [WorkflowHistory.from_json(workflow_id, history) for workflow_id, history in kept["runs"]]
        bodies = kept["policies"] if "policies" in kept else {_followed(runs[0]): kept["policy"]}
        # Named as when the lead began: a later grammar may hash the same rules otherwise.
        found = [Policy.model_validate(body).known_as(name) for name, body in bodies.items()]
        return cls(path.name, found, runs)

    @classmethod
    def all(cls) -> list[Stored]:
        """Every file, each read once: nobody changes what was read."""
        return [stored(path) for path in STORED]

    @contextmanager
    def policies_installed(self) -> Iterator[None]:
        """Let workflows of this process find the policies, and no others."""
        registry = policies.PolicyRegistry(lambda _: None)
        for policy in self.policies:
            registry.hold(policy)
        before = policies.install(registry)
        yield
        policies.install(before)


@cache
def stored(path: Path) -> Stored:
    """What a file holds. Not before a test asks for it: reading them all takes seconds."""
    return Stored.read(path)


@dataclass(frozen=True)
class Happened:
    """One event of a history: its name without EVENT_TYPE_, its fields, and the payloads in them as JSON."""

    run: WorkflowHistory
    name: str
    event: HistoryEvent

    @property
    def fields(self) -> Any:
        """What is particular to this kind of event."""
        return getattr(self.event, str(self.event.WhichOneof("attributes")))

    def payloads(self, field: str = "input") -> list[Any]:
        """The decoded payloads of a field."""
        return [decoded(each) for each in getattr(self.fields, field).payloads]


def events(runs: list[WorkflowHistory]) -> list[Happened]:
    """Every event of the runs."""
    return [
        Happened(run, EventType.Name(each.event_type).removeprefix("EVENT_TYPE_"), each)
        for run in runs
        for each in run.events
    ]


def decoded(payload: Payload) -> Any:
    """The JSON of a payload; None of an empty one."""
    return json.loads(payload.data) if payload.data else None


def _followed(run: WorkflowHistory) -> str:
    started = run.events[0].workflow_execution_started_event_attributes
    return str(json.loads(started.input.payloads[0].data)["policy_id"])
