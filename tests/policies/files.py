"""Policy files of a test: the default one, with something changed."""

from __future__ import annotations

from pathlib import Path

from leadworkflows.policies.loader import DEFAULT_POLICY, PolicyRejected, load_policy

DEFAULT_TEXT = DEFAULT_POLICY.read_text("utf-8")


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """The default policy as a file, with each first text replaced by the second."""
    text = DEFAULT_TEXT
    for old, new in changes:
        assert old in text, f"the default policy has no {old!r} any more"
        text = text.replace(old, new, 1)
    return written(folder, text)


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text, "utf-8")
    return path


def line_of(path: Path, text: str) -> int:
    """The line, counted from 1, in which a text stands first."""
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line)


def problems(path: Path) -> list[str]:
    """What is wrong with a policy file, as people read it."""
    try:
        load_policy(path)
    except PolicyRejected as rejected:
        return [str(problem) for problem in rejected.problems]
    return []
