"""A lead sleeps for months: what was started under an earlier version goes on under this one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leadworkflows.replaying import Replayed, replayed
from leadworkflows.worker import WORKFLOWS
from tests.replay.gated import GatedLeadWorkflow
from tests.replay.reordered import ReorderedLeadWorkflow
from tests.replay.stored import STORED, Stored
from tests.replay.stored import stored as read

OF_A_LEAD = [path for path in STORED if path.name.startswith(("whole-life", "stages", "ladder"))]


@pytest.fixture(params=STORED, ids=lambda path: path.name)
def stored(request: pytest.FixtureRequest) -> Iterator[Stored]:
    found = read(request.param)
    with found.policies_installed():
        yield found


@pytest.fixture(params=OF_A_LEAD, ids=lambda path: path.name)
def lead(request: pytest.FixtureRequest) -> Iterator[Stored]:
    found = read(request.param)
    with found.policies_installed():
        yield found


async def outcomes(stored: Stored, *workflows: type) -> list[Replayed]:
    async def handed_out():
        for run in stored.runs:
            yield run

    return [each async for each in replayed(handed_out(), workflows or WORKFLOWS)]


def test_there_are_stored_histories() -> None:
    assert STORED
    assert OF_A_LEAD


async def test_this_version_replays_what_an_earlier_one_began(stored: Stored) -> None:
    done = await outcomes(stored)
    assert [each.workflow_id for each in done] == [run.workflow_id for run in stored.runs]
    assert [each.problem for each in done if each.problem] == []


async def test_a_changed_order_of_commands_does_not_pass(lead: Stored) -> None:
    """The check of the check: without a version gate, a command more is another workflow."""
    done = await outcomes(lead, ReorderedLeadWorkflow)
    assert all("Nondeterminism" in str(each.problem) for each in done)


async def test_the_same_change_behind_a_version_gate_passes(lead: Stored) -> None:
    assert {each.problem for each in await outcomes(lead, GatedLeadWorkflow)} == {None}
