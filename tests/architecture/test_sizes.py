from __future__ import annotations

import ast

from tests.architecture.tree import calls, modules

FILE_LINES = 350
FUNCTION_LINES = 60

ALL = modules()


def test_a_file_can_be_read_in_one_sitting():
    assert not [f"{module.name}: {module.lines} lines" for module in ALL if module.lines > FILE_LINES]


def test_a_function_fits_on_one_screen():
    assert not [
        f"{module.where(node)} {node.name}"
        for module in ALL
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]


def test_only_the_command_line_prints():
    assert not [
        module.where(at)
        for module in ALL
        for name, at in calls(module)
        if name == "print" and module.room != "cli"
    ]


def test_there_is_no_drawer_for_things_without_a_place():
    drawers = {"utils", "helpers", "common", "misc"}
    assert not [module.name for module in ALL if module.name.rpartition(".")[2] in drawers]
