"""What we install is pinned by hash, and has none of the weaknesses that are written down.

That is what can be known without asking anybody. `make audit` asks PyPI.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.version import Version

from tests.architecture.tree import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
SOLVED = tomllib.loads((ROOT / "requirements" / "advisories.toml").read_text())["fixed_in"]
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*])?==([^\s;\\]+)")


def entries(lock: Path) -> Iterator[str]:
    """Each requirement with its hashes, on one line."""
    for entry in lock.read_text().replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.startswith("#"):
            yield " ".join(entry.split())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_everything_is_pinned_to_a_version_and_its_content(lock: Path):
    for entry in entries(lock):
        assert _PIN.match(entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry
        assert "://" not in entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_nothing_has_a_weakness_that_is_written_down(lock: Path):
    for entry in entries(lock):
        name, version = _PIN.match(entry).groups()  # type: ignore[union-attr] # the test above
        if known := SOLVED.get(name):
            assert Version(version) >= Version(known["version"]), f"{name} {version}: {known['advisory']}"


def test_what_is_written_down_is_about_what_we_use():
    used = {_PIN.match(entry)[1] for lock in LOCKS for entry in entries(lock)}  # type: ignore[index]
    assert len(LOCKS) >= 4
    assert set(SOLVED) <= used, f"forget {sorted(set(SOLVED) - used)}"


def test_an_audit_that_could_ask_nobody_is_a_failure():
    """Without `--strict` a package that PyPI does not answer for is skipped, and all seems well."""
    recipe = (ROOT / "Makefile").read_text().partition("\naudit:")[2].partition("\n\n")[0]
    assert "pip-audit --strict" in recipe
    assert "requirements/dev.lock" in recipe
    assert "make audit" in (ROOT / ".ci" / "audit").read_text()
