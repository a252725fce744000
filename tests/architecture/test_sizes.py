from __future__ import annotations

import ast

import pytest

from tests.architecture.tree import Module, calls, modules

FILE_LINES = 350
FUNCTION_LINES = 60


def named(module: Module) -> str:
    return module.name or "leadworkflows"


@pytest.mark.parametrize("module", modules(), ids=named)
def test_a_file_can_be_read_in_one_sitting(module: Module):
    assert module.lines <= FILE_LINES


@pytest.mark.parametrize("module", modules(), ids=named)
def test_a_function_fits_on_one_screen(module: Module):
    long = [
        f"{module.where(node)} {node.name}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


@pytest.mark.parametrize("module", modules(), ids=named)
def test_only_the_command_line_prints(module: Module):
    assert module.room == "cli" or not [module.where(at) for name, at in calls(module) if name == "print"]


def test_there_is_no_drawer_for_things_without_a_place():
    assert not [
        m.name for m in modules() if m.name.rpartition(".")[2] in {"utils", "helpers", "common", "misc"}
    ]
