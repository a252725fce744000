"""How hard a run is, all of it from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from leadworkflows.policies.loader import DEFAULT_POLICY

ALWAYS = {"mon-sun": "00:00-24:00"}


@dataclass(frozen=True)
class Plan:
    """What happens in a run. Times are in seconds after its start.

    `storm_s`: for so long people do things. `due_s`: so long after a request for a demo its clock's first
    rung falls due, and after a form the first mail of its sequence. `kills_until_s`: processes are killed
    until then, each `apart_s` after the one before. `fault_share`: the part of calls that a vendor gets
    wrong. `patience_s`: so long after the last death all is to be settled.
    """

    seed: int
    people: int
    each: int
    storm_s: float
    due_s: int
    kills_until_s: float
    apart_s: tuple[float, float]
    away_s: tuple[float, float]
    fault_share: float
    hangs: bool
    patience_s: float

    def chance(self, about: str) -> random.Random:
        """A source of chance of its own, so that one part's draws do not move another's."""
        return random.Random(f"{self.seed}:{about}")  # noqa: S311 (a reproducible mix, not a secret)

    def write_policy(self, path: Path) -> Path:
        """The packaged policy with clocks and sequences that run within minutes, at any hour of any day."""
        yaml = YAML()
        policy: Any = yaml.load(DEFAULT_POLICY.read_text("utf-8"))
        policy["name"] = "chaos"
        policy["sla"]["first_contact"]["within"] = f"{2 * self.due_s}s"  # its first rung is at half of it
        for sequence in policy["nurture"].values():
            sequence["steps"][0]["after"] = f"{self.due_s}s"
        policy["sending"]["hours"] = ALWAYS
        with path.open("w", encoding="utf-8") as file:
            yaml.dump(policy, file)
        return path

    @property
    def late(self) -> timedelta:
        """How old the news may be that a sender has."""
        return timedelta(seconds=min(20.0, self.storm_s))


def full(seed: int) -> Plan:
    """Some thousand webhooks and some fifty deaths, while clocks strike; within ten minutes."""
    return Plan(
        seed, people=250, each=10, storm_s=120, due_s=130, kills_until_s=240, apart_s=(3, 7),
        away_s=(0, 4), fault_share=0.2, hangs=True, patience_s=270,
    )  # fmt: skip


def short(seed: int) -> Plan:
    """For the test suite: everything dies once, nothing falls due."""
    return Plan(
        seed, people=30, each=8, storm_s=8, due_s=3_600, kills_until_s=9, apart_s=(1.5, 2), away_s=(0, 0.5),
        fault_share=0.15, hangs=False, patience_s=120,
    )  # fmt: skip
