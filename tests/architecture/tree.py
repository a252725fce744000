"""Reads the source tree: who imports what, how long things are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "leadworkflows"
SOURCE = ROOT / "src" / PACKAGE


@dataclass(frozen=True)
class Module:
    """One source file. `name` is dotted and without the package: `store.inbox`; "" is the package."""

    path: Path
    name: str

    @property
    def room(self) -> str:
        """The layer it lies in: the first part of its name."""
        return self.name.partition(".")[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(), str(self.path))

    @property
    def lines(self) -> int:
        return len(self.path.read_text().splitlines())

    def where(self, node: ast.AST) -> str:
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def modules() -> list[Module]:
    """Every module of the package."""
    return [Module(path, _dotted(path)) for path in sorted(SOURCE.rglob("*.py"))]


def _dotted(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Every name imported, wherever it stands: at the top, in a function, for type checkers alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from ((f"{origin}.{alias.name}", node) for alias in node.names)


def our_imports(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """What it imports of this package, without the package's name: `store.inbox.Inbox`."""
    for name, node in imports(module.tree):
        if name.startswith(f"{PACKAGE}."):
            yield name.removeprefix(f"{PACKAGE}."), node


def libraries(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """The top names of everything else it imports."""
    for name, node in imports(module.tree):
        if not name.startswith(PACKAGE):
            yield name.partition(".")[0], node


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call by the text of what is called: `print`, `datetime.now`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node
