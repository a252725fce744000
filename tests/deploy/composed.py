"""Reads what is deployed: the compose file with its merges, the image's recipe, the example of `.env`."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.architecture.tree import ROOT

COMPOSE = ROOT / "docker-compose.yml"
ENV_EXAMPLE = ROOT / ".env.example"
OURS = ("migrate", "api", "worker")
JOBS = ("temporal-schema", "temporal-namespace", "migrate")
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def yaml(path: Path) -> Any:
    """A YAML file as plain data."""
    return YAML(typ="safe").load(path.read_text())


@cache
def compose() -> dict[str, Any]:
    """The compose file as it is written; treat it as read only."""
    read: dict[str, Any] = yaml(COMPOSE)
    return read


def services() -> dict[str, dict[str, Any]]:
    """Each service by its name."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def filled(value: str, given: dict[str, str]) -> str:
    """A value of the compose file with its variables, as Compose fills them in. Raises KeyError."""

    def put(found: re.Match[str]) -> str:
        name, kind = found["name"], found["kind"]
        if given.get(name):
            return given[name]
        if kind == "-":
            return str(found["rest"])
        raise KeyError(name)

    return VARIABLE.sub(put, value)


def example() -> dict[str, str]:
    """The variables of `.env.example`, those that are commented out included."""
    lines = re.findall(r"^#? ?([A-Z][A-Z_]+)=(.*)$", ENV_EXAMPLE.read_text(), re.MULTILINE)
    return dict(lines)


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: the word, and the rest with its continued lines."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r" *\\\n *", " ", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def listed(rest: str) -> list[str]:
    """The words of an instruction in the form of a list."""
    words: list[str] = json.loads(rest)
    return words
