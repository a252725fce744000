"""A lead sleeps for months: what was started under an earlier version goes on under this one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from leadworkflows.domain.policy import Policy
from leadworkflows.workflows import policies
from leadworkflows.workflows.lead import LeadWorkflow
from tests.replay.reordered import ReorderedLeadWorkflow

STORED = sorted((Path(__file__).parent / "histories").glob("*.json.gz"))


@dataclass
class Stored:
    """The runs of one lead and the policy it followed."""

    policy: Policy
    runs: list[WorkflowHistory]

    @classmethod
    def read(cls, path: Path) -> Stored:
        kept = json.loads(gzip.decompress(path.read_bytes()))
        runs = [WorkflowHistory.from_json(workflow_id, history) for workflow_id, history in kept["runs"]]
        return cls(Policy.model_validate(kept["policy"]).known_as(_followed(runs[0])), runs)


def _followed(run: WorkflowHistory) -> str:
    """The policy's name when the lead began: a later grammar may hash the same rules otherwise."""
    started = run.events[0].workflow_execution_started_event_attributes
    return str(json.loads(started.input.payloads[0].data)["policy_id"])


@pytest.fixture(params=STORED, ids=lambda path: path.name)
def stored(request: pytest.FixtureRequest) -> Iterator[Stored]:
    found = Stored.read(request.param)
    registry = policies.PolicyRegistry(lambda _: None)
    registry.hold(found.policy)
    before = policies.install(registry)
    yield found
    policies.install(before)


def replayer(workflow: type) -> Replayer:
    return Replayer(workflows=[workflow], data_converter=pydantic_data_converter)


def test_there_are_stored_histories() -> None:
    assert STORED


async def test_this_version_replays_what_an_earlier_one_began(stored: Stored) -> None:
    for run in stored.runs:
        await replayer(LeadWorkflow).replay_workflow(run)


async def test_a_changed_order_of_commands_does_not_pass(stored: Stored) -> None:
    """The check of the check: without a version gate, recording after acting is another workflow."""
    result = await replayer(ReorderedLeadWorkflow).replay_workflow(
        stored.runs[0], raise_on_replay_failure=False
    )
    assert "Nondeterminism" in repr(result.replay_failure)
