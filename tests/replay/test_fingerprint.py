"""A change of the order of commands is seen in the source, and the failure says what to do."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable

import pytest

from tests.replay.fingerprint import EXPLANATION, KEPT, current, difference, fingerprint

Body = list[ast.stmt]
ACTS, RECORDS, DISARMS = "self._perform(", "self._record(", "self._timer.disarm("
"""What a wake-up calls, in whichever statement."""
GATE = 'workflow.patched("acts-last")'


def explained(sources: dict[str, str], released: dict[str, list[str]] | None = None) -> str:
    """What a developer is told about workflows with these sources after a release of them as they are."""
    changed = difference(fingerprint(current()) if released is None else released, fingerprint(sources))
    return EXPLANATION.format(difference=changed) if changed else ""


def waking_up(change: Callable[[Body], None]) -> dict[str, str]:
    """The sources with the lead's way of waking up changed, whatever its lines say today."""
    sources = current()
    module = ast.parse(sources["lead"])
    [lead] = [each for each in module.body if isinstance(each, ast.ClassDef) and each.name == "LeadWorkflow"]
    [method] = [each for each in lead.body if getattr(each, "name", "") == "_wake_up"]
    assert isinstance(method, ast.AsyncFunctionDef)
    change(method.body)
    sources["lead"] = ast.unparse(ast.fix_missing_locations(module))
    return sources


def at(body: Body, call: str) -> int:
    """Where the only statement stands that makes the call."""
    [place] = [n for n, each in enumerate(body) if call in ast.unparse(each)]
    return place


def code(text: str) -> Body:
    """Statements, as they stand in a coroutine."""
    return ast.parse(text).body


def gated(condition: str, first: Body, second: Body) -> ast.stmt:
    """`if` with a condition that asks a version gate."""
    return ast.If(ast.parse(condition, mode="eval").body, first or [ast.Pass()], second)


def after(call: str, text: str) -> Callable[[Body], None]:
    """Puts something behind the statement that makes a call."""

    def change(body: Body) -> None:
        place = at(body, call) + 1
        body[place:place] = code(text)

    return change


def act_last(body: Body) -> None:
    body.append(body.pop(at(body, ACTS)))


def act_behind(condition: str, *new: str, turned: bool = False) -> dict[str, list[str]]:
    """Acting as it is where the run is from before the gate, and else as said."""

    def change(body: Body) -> None:
        old, other = [body[at(body, ACTS)]], code("\n".join(new))
        body[at(body, ACTS)] = gated(condition, *((old, other) if turned else (other, old)))

    return fingerprint(waking_up(change))


def test_commands_come_in_the_order_of_the_last_release() -> None:
    released = json.loads(KEPT.read_text("utf-8"))
    assert not (said := explained(current(), released)), said


def test_acting_after_recording_instead_of_before_is_refused_with_the_ways_out() -> None:
    said = explained(waking_up(act_last))
    assert "-LeadWorkflow: run > _wake_up > _perform > _perform_one > execute_activity" in said
    assert "workflow.patched(" in said
    assert "tests.replay.fingerprint --accept" in said


def test_the_same_change_behind_a_version_gate_passes() -> None:
    def change(body: Body) -> None:
        place = at(body, ACTS)
        acts, rest = body[place], body[place + 1 :]
        body[place:] = [gated(GATE, [*rest, acts], [acts, *rest])]

    assert not explained(waking_up(change))


def test_what_was_there_may_not_move_into_the_new_branch_of_a_gate() -> None:
    def change(body: Body) -> None:
        body[at(body, ACTS)] = gated(GATE, [body[at(body, ACTS)]], [])

    assert "-LeadWorkflow: run > _wake_up > _perform" in explained(waking_up(change))


@pytest.mark.parametrize(
    ("condition", "turned"),
    [(GATE, False), (f"not {GATE}", True), (f"{GATE} and actions", False), (f"not {GATE} or actions", True)],
)
def test_what_stands_behind_a_gate_counts_once_the_gate_is_released(condition: str, turned: bool) -> None:
    """Leads sleep with the new way in their histories too."""
    record, memo = "await self._record({})", "workflow.upsert_memo({})"
    released = act_behind(condition, record, memo, turned=turned)
    assert not difference(fingerprint(current()), released)
    assert not difference(released, act_behind(condition, record, memo, turned=turned))
    changed = difference(released, act_behind(condition, memo, record, turned=turned))
    assert "patched('acts-last') > upsert_memo" in changed


def test_a_released_gate_stays_though_no_command_is_behind_it() -> None:
    """It is a command itself: it stands in histories."""
    released = act_behind(GATE, "pass")
    assert not difference(fingerprint(current()), released)
    assert "-LeadWorkflow: run > _wake_up > patched('acts-last')" in difference(
        released, fingerprint(current())
    )


def test_a_return_behind_a_released_gate_counts() -> None:
    """A run that ends is a command."""
    asks = {
        "one": f"@workflow.defn\nclass One:\n @workflow.run\n async def run(self):\n  if {GATE}:\n   return 1"
    }
    stays = {"one": asks["one"].replace("return 1", "pass")}
    assert "-One: run > patched('acts-last') > return" in difference(fingerprint(asks), fingerprint(stays))


@pytest.mark.parametrize(
    "change",
    [
        after(RECORDS, "await workflow.sleep(1)"),
        after(DISARMS, "workflow.upsert_memo({})"),
        after("workflow.now()", "self._arm()"),
    ],
)
def test_a_command_more_is_refused(change: Callable[[Body], None]) -> None:
    assert "+LeadWorkflow: run > _wake_up" in explained(waking_up(change))


def test_a_change_that_gives_no_command_passes() -> None:
    assert not explained(waking_up(after(DISARMS, "self._recent = self._recent[-12:]")))
