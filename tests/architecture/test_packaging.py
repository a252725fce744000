from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOORS: dict[str, dict[str, str]] = PROJECT["entry-points"]
PLUGINS = [(group, name, target) for group, names in DOORS.items() for name, target in names.items()]


def pins(lock: Path) -> dict[str, str]:
    """Name → the whole pin, with version and marker."""
    found = re.findall(r"^(([a-z0-9-]+)==[^\\\n]+?) \\$", lock.read_text(), re.MULTILINE)
    return {name: pin for pin, name in found}


def names_of(requirements: list[str]) -> set[str]:
    """The names in requirements, as a lock file spells them."""
    return {re.sub(r"[._]+", "-", re.split(r"[\[<>=;!~ ]", text)[0]).lower() for text in requirements}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_holds_pins_and_hashes_and_no_address(lock: Path):
    line = re.compile(r"[a-z0-9-]+==[\w.!+]+( ; [^/\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert not [text for text in lock.read_text().splitlines() if not line.fullmatch(text)]
    assert pins(lock)


def test_what_the_demo_runs_with_is_what_the_tests_run_with():
    run, dev = pins(ROOT / "requirements/run.lock"), pins(ROOT / "requirements/dev.lock")
    assert run.items() <= dev.items()


def test_every_dependency_is_locked():
    extras = PROJECT["optional-dependencies"]
    run = names_of(PROJECT["dependencies"] + extras["embedded"])
    everything = run.union(*(names_of(extra) for extra in extras.values()))
    assert run <= pins(ROOT / "requirements/run.lock").keys()
    assert everything <= pins(ROOT / "requirements/dev.lock").keys()


@pytest.mark.parametrize(("group", "name", "target"), PLUGINS, ids=[name for _, name, _ in PLUGINS])
def test_a_built_in_plug_in_stands_where_its_entry_point_says(group: str, name: str, target: str):
    module, _, attribute = target.partition(":")
    assert getattr(import_module(module), attribute).name == name
