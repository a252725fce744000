"""The order in which workflow code gives Temporal its commands, read from the source.

What it is when a workflow's code is reached from `run` and from its handlers: each call that makes
a command, with the way it is reached. What stands behind a `workflow.patched` that is new does not
count, since runs from before it take the other branch; once the gate is kept here, runs take it, and
it counts as all else does. After a release and a review:

    python -m tests.replay.fingerprint --accept
"""

from __future__ import annotations

import ast
import difflib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.architecture.tree import SOURCE

ROOM = SOURCE / "workflows"
KEPT = Path(__file__).parent / "fingerprint.json"
COMMANDS = {
    "execute_activity", "start_activity", "execute_activity_method", "start_activity_method",
    "execute_local_activity", "start_local_activity", "execute_local_activity_method",
    "execute_child_workflow", "start_child_workflow", "sleep", "upsert_search_attributes", "upsert_memo",
    "continue_as_new", "deprecate_patch", "cancel", "cancel_command",
}  # fmt: skip
_GATE = re.compile(r"patched\((.*?)\)(?= >|$)")
EXPLANATION = """
The order of commands in a lead's workflow is not the one of the last release:

{difference}

A lead sleeps for months as a history of commands. When it wakes, the code is run again from the
beginning of its run, and must give the same commands in the same order; otherwise the lead stands
still until the code is put right. So

  - put the change behind a gate, with the way it was in the other branch:
        if workflow.patched("what-changed"):
            <the new way>
        else:
            <the old way>
    and this test passes, since what is behind a new gate does not count (a gate that was released
    stays as it was too: a change of it takes another gate);
  - or leave the order as it was;
  - or, where no run can be older than this change (nothing was released with the order that is
    kept here), read the difference, and: python -m tests.replay.fingerprint --accept
    The stored histories in tests/replay/histories must still replay.

docs/operations.md, "Releases", tells how installations are moved to a new release.
"""


def fingerprint(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """For each workflow, its commands in order. `sources` are modules' texts by name."""
    classes = [node for text in sources.values() for node in ast.walk(ast.parse(text))
               if isinstance(node, ast.ClassDef)]  # fmt: skip
    methods = {
        (owner.name, each.name): each
        for owner in classes
        for each in owner.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return {
        owner.name: [
            line
            for each in owner.body
            if (owner.name, getattr(each, "name", "")) in methods and _is_entry(each)
            for line in _Reader(methods, owner.name).of(each.name)  # type: ignore[attr-defined]
        ]
        for owner in classes
        if any("workflow.defn" in ast.unparse(each) for each in owner.decorator_list)
    }


def difference(kept: Mapping[str, list[str]], found: Mapping[str, list[str]]) -> str:
    """What is missing (-) and what is new (+), but for what is behind new gates; empty where nothing is."""
    before = _text(kept)
    released = {gate for line in before for gate in _GATE.findall(line)}
    after = [line for line in _text(found) if released.issuperset(_GATE.findall(line))]
    return "\n".join(difflib.unified_diff(before, after, "released", "now", lineterm="", n=2))


def current() -> dict[str, str]:
    """The modules of the workflows as they stand."""
    return {path.stem: path.read_text("utf-8") for path in sorted(ROOM.glob("*.py"))}


def _text(found: Mapping[str, list[str]]) -> list[str]:
    return [f"{name}: {line}" for name, lines in sorted(found.items()) for line in lines]


def _is_entry(node: ast.stmt) -> bool:
    """`run`, and what Temporal calls beside it."""
    kinds = ("workflow.run", "workflow.signal", "workflow.update")
    return any(ast.unparse(each).startswith(kinds) for each in getattr(node, "decorator_list", []))


def _gate(test: ast.expr) -> ast.Call | None:
    """The question of a condition whether a run is from after a change."""
    calls = (each for each in ast.walk(test) if isinstance(each, ast.Call))
    return next((each for each in calls if ast.unparse(each.func) == "workflow.patched"), None)


def _is_turned_round(test: ast.expr, gate: ast.Call) -> bool:
    """Whether runs from before come into the first branch."""
    return any(isinstance(each, ast.UnaryOp) and each.operand is gate for each in ast.walk(test))


class _Reader:
    """Follows calls from method to method, in the order in which they stand."""

    def __init__(self, methods: Mapping[tuple[str, str], ast.AST], owner: str) -> None:
        self._methods, self._owner = methods, owner
        self._way: list[str] = []

    def of(self, name: str) -> list[str]:
        """The commands that a method of the workflow leads to, each with its way."""
        return list(self._method(self._owner, name))

    def _method(self, owner: str, name: str) -> Iterator[str]:
        if name in self._way:  # a loop: it is there already
            return
        self._way.append(name)
        for statement in self._methods[owner, name].body:  # type: ignore[attr-defined]
            yield from self._node(owner, statement)
        self._way.pop()

    def _node(self, owner: str, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and (gate := _gate(node.test)):
            yield from self._gated(owner, node, gate)
            return
        for child in ast.iter_child_nodes(node):
            yield from self._node(owner, child)
        if isinstance(node, ast.Attribute):
            yield from self._attribute(owner, node)
        elif isinstance(node, ast.Raise) and node.exc is not None:
            yield " > ".join([*self._way, "fail"])
        elif isinstance(node, ast.Return) and [way for way in self._way if not _GATE.fullmatch(way)] == [
            "run"
        ]:
            yield " > ".join([*self._way, "return"])

    @property
    def _is_in_run(self) -> bool:
        """Not in what it calls, from where one returns to it."""
        return [way for way in self._way if not _GATE.fullmatch(way)] == ["run"]

    def _gated(self, owner: str, node: ast.If, gate: ast.Call) -> Iterator[str]:
        """The old way as if there were no gate; then the gate, which is a command, and what is behind it."""
        turned = _is_turned_round(node.test, gate)
        old, new = (node.body, node.orelse) if turned else (node.orelse, node.body)
        for statement in old:
            yield from self._node(owner, statement)
        self._way.append(f"patched({ast.unparse(gate.args[0])})")
        yield " > ".join(self._way)
        for statement in new:
            yield from self._node(owner, statement)
        self._way.pop()

    def _attribute(self, owner: str, node: ast.Attribute) -> Iterator[str]:
        """A call of a method of ours, or what makes a command; a property counts when it is read."""
        if node.attr in COMMANDS and ast.unparse(node.value) != "asyncio":
            yield " > ".join([*self._way, node.attr])
            return
        homes = [home for home, name in self._methods if name == node.attr]
        if ast.unparse(node.value) == "self" and owner in homes:
            yield from self._method(owner, node.attr)
        elif ast.unparse(node.value).startswith("self._") and len(homes) == 1:
            yield from self._method(homes[0], node.attr)


if __name__ == "__main__":
    found = fingerprint(current())
    if "--accept" in sys.argv:
        KEPT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    sys.stdout.write("\n".join(_text(found)) + "\n")
