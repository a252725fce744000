"""The stored histories go through every branch of the workflows: what none goes through breaks unseen."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import pytest
from temporalio import workflow
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from leadworkflows.domain.lifecycle import Stage
from leadworkflows.worker import WORKFLOWS
from tests.replay.fingerprint import COMMANDS, ROOM
from tests.replay.stored import Happened, Stored, events


@cache
def happened() -> list[Happened]:
    return [each for stored in Stored.all() for each in events(stored.runs)]


def named(*names: str) -> list[Happened]:
    return [each for each in happened() if each.name in names]


def signals() -> list[dict[str, Any]]:
    """What came with each signal of events."""
    handed = [each for each in named("WORKFLOW_EXECUTION_SIGNALED") if each.fields.signal_name == "events"]
    return [each.payloads()[0] for each in handed]


def keys() -> set[str]:
    """What the actions were for, of their keys."""
    inputs = [each.payloads() for each in named("ACTIVITY_TASK_SCHEDULED")]
    return {given[0]["key"].split(":")[2] for given in inputs if given and "key" in given[0]}


def shown(attribute: str) -> set[Any]:
    """Every value that a search attribute had."""
    found = [
        each.fields.search_attributes.indexed_fields for each in named("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")
    ]
    return {fields[attribute].data.decode().strip('"') for fields in found if attribute in fields}


def continued() -> list[dict[str, Any]]:
    return [each.payloads()[0] for each in named("WORKFLOW_EXECUTION_CONTINUED_AS_NEW")]


def came_late(batch: dict[str, Any]) -> bool:
    """Its events are not in the order in which they happened."""
    said = [each["occurred_at"] for each in batch["events"]]
    return said != sorted(said)


def is_repeated() -> bool:
    """The same event, handed on twice to one run or lead."""
    heard = [
        (each.run.workflow_id, event["id"])
        for each in named("WORKFLOW_EXECUTION_SIGNALED")
        if each.fields.signal_name == "events"
        for event in each.payloads()[0]["events"]
    ]
    return len(heard) > len(set(heard))


def is_shown(stage: Stage) -> bool:
    return stage.value in shown("LeadStage")


def is_carried_over() -> bool:
    """A run began with an action under way, and performs it first."""
    for run in {id(each.run): each.run for each in named("WORKFLOW_EXECUTION_STARTED")}.values():
        own = events([run])
        state = (own[0].payloads() or [{}])[0].get("state") or {}
        pending = state.get("pending", {})
        scheduled = [each.payloads() for each in own if each.name == "ACTIVITY_TASK_SCHEDULED"]
        if pending and scheduled[0][0]["key"] in pending:
            return True
    return False


BRANCHES: dict[str, Callable[[], object]] = {
    "a lead begins with its events": lambda: [
        given
        for each in named("WORKFLOW_EXECUTION_STARTED")
        for given in each.payloads()
        if given.get("events")
    ],
    "an event wakes a lead": signals,
    "several events come at once": lambda: any(len(each["events"]) > 1 for each in signals()),
    "events come late": lambda: any(map(came_late, signals())),
    "an event comes again": is_repeated,
    "another policy becomes active": lambda: any(len(stored.policies) > 1 for stored in Stored.all()),
    "the timer fires": lambda: named("TIMER_FIRED"),
    "the timer is set for an earlier time": lambda: named("TIMER_CANCELED"),
    "an action is done": lambda: named("ACTIVITY_TASK_COMPLETED"),
    "an action breaks": lambda: named("ACTIVITY_TASK_FAILED"),
    "a wake-up is recorded": lambda: named("MARKER_RECORDED"),
    "search attributes change": lambda: shown("LeadStage"),
    "a command is carried out": lambda: [
        each
        for each in named("WORKFLOW_EXECUTION_UPDATE_COMPLETED")
        if each.fields.outcome.HasField("success")
    ],
    "a command is refused after it was taken in": lambda: [
        each
        for each in named("WORKFLOW_EXECUTION_UPDATE_COMPLETED")
        if each.fields.outcome.HasField("failure")
    ],
    "a rung of a clock reminds": lambda: "sla.first_contact.50" in keys(),
    "a rung of a clock escalates": lambda: "sla.first_contact.100" in keys(),
    "a rung of a clock reassigns": lambda: "sla.first_contact.150" in keys(),
    "a second owner lets it run out too": lambda: "sla.first_contact.r2.last" in keys(),
    "a nurture step is sent": lambda: any(key.startswith("nurture") for key in keys()),
    "a lead continues as new": continued,
    "a lead continues as new with an action under way": lambda: any(
        each["state"]["pending"] for each in continued()
    ),
    "an action that was carried over is performed by the next run": is_carried_over,
    "a lead is nudged": lambda: [
        each for each in named("WORKFLOW_EXECUTION_SIGNALED") if each.fields.signal_name == "nudge"
    ],
    "a lead learns of a newer release": lambda: [
        each
        for each in named("WORKFLOW_TASK_STARTED")
        if each.fields.target_worker_deployment_version_changed
    ],
    "a lead ends as another's": lambda: [
        each
        for each in named("WORKFLOW_EXECUTION_COMPLETED")
        if each.run.workflow_id.startswith("lead-") and each.payloads("result")[0]["merged_into"]
    ],
    "a lead is erased": lambda: named("WORKFLOW_EXECUTION_TERMINATED"),
    **{f"a lead becomes {stage}": partial(is_shown, stage) for stage in Stage},
}


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_stored_history_goes_through_the_branch(branch: str) -> None:
    assert BRANCHES[branch](), f"record a scenario in which {branch}: tests/replay/scenarios.py"


async def test_every_place_that_gives_a_command_is_passed_by_a_stored_history() -> None:
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=UnsandboxedWorkflowRunner(),  # within the sandbox, nobody could look on
        build_id="replay",
    )
    with looking_on() as passed:
        for stored in Stored.all():
            with stored.policies_installed():
                for run in stored.runs:
                    await replayer.replay_workflow(run)
    missed = {
        f"{name}.py:{first}: {command}"
        for name, first, last, command in places()
        if not any(file == name and first <= line <= last for file, line in passed)
    }
    assert not missed, "record a scenario that comes by: tests/replay/scenarios.py"


def places() -> Iterator[tuple[str, int, int, str]]:
    """Each call in the workflows' source that gives a command: module, first and last line, name."""
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"workflow.{c}" for c in COMMANDS}:
                yield path.stem, node.lineno, node.end_lineno or node.lineno, ast.unparse(node.func)


def test_there_are_places_to_look_for() -> None:
    assert {command for *_, command in places()} >= {
        "workflow.execute_activity", "workflow.execute_local_activity", "workflow.sleep",
        "workflow.upsert_search_attributes", "workflow.continue_as_new",
    }  # fmt: skip


@contextmanager
def looking_on() -> Iterator[set[tuple[str, int]]]:
    """Module and line of each call of a function that gives a command."""
    passed: set[tuple[str, int]] = set()

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            caller = sys._getframe(1)
            passed.add((caller.f_code.co_filename.rpartition("/")[2].removesuffix(".py"), caller.f_lineno))
            return function(*args, **kwargs)

        return called

    with pytest.MonkeyPatch.context() as patch:
        for name in COMMANDS & set(dir(workflow)):
            patch.setattr(workflow, name, watched(getattr(workflow, name)))
        yield passed
