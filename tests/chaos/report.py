"""What a run comes to: a table for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from rich.table import Table

from tests.chaos.oracle import Found
from tests.chaos.plan import Plan
from tests.chaos.processes import Reaper
from tests.chaos.storm import Storm


@dataclass
class Settled:
    """What became of the mails of which nobody knew.

    `unlisted` are those that `effects list --stuck` did not show, `left_over` what it still shows after all
    was settled: both are to be empty. `never_left` is how many of them the vendor never took.
    """

    unknown: int = 0
    by_webhook: int = 0
    by_command: int = 0
    never_left: int = 0
    unlisted: Sequence[str] = ()
    left_over: Sequence[str] = ()

    def __str__(self) -> str:
        by_person = f"{self.by_command} by a person's word ({self.never_left} had never left)"
        return f"{self.unknown}: {self.by_webhook} by SendGrid's report, {by_person}"


@dataclass
class Report:
    """A run's figures. `problems` are sentences; a run without any is sound."""

    seed: int
    webhooks: int = 0
    answers: Mapping[str, int] = field(default_factory=dict)
    events: int = 0
    leads: int = 0
    stages: Mapping[str, int] = field(default_factory=dict)
    timeline_entries: int = 0
    effects: Mapping[str, int] = field(default_factory=dict)
    mails: int = 0
    alerts: int = 0
    killed: Mapping[str, int] = field(default_factory=dict)
    gave_up: Mapping[str, int] = field(default_factory=dict)
    """How often a process ended as it started, because there was no database, and was started again."""
    faults: Mapping[str, int] = field(default_factory=dict)
    settled: Settled = field(default_factory=Settled)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def of(cls, plan: Plan, reaper: Reaper, storm: Storm, found: Found, settled: Settled) -> Self:
        """What was found, and what was settled after it."""
        problems = list(found.problems)
        problems += reaper.broke_down
        problems += [f"{key} is unknown and not listed as stuck" for key in settled.unlisted]
        problems += [f"{key} is still listed after all was settled" for key in settled.left_over]
        return cls(
            seed=plan.seed,
            answers=dict(sorted(storm.answers.items())),
            events=found.events,
            leads=found.leads,
            stages=dict(sorted(found.stages.items())),
            timeline_entries=found.entries,
            effects=dict(sorted(found.effects.items())),
            killed=dict(sorted(reaper.killed.items())),
            gave_up=dict(sorted(reaper.gave_up.items())),
            settled=settled,
            problems=problems,
        )

    @property
    def is_sound(self) -> bool:
        """Nothing lost, nothing doubled, every lead as the core says."""
        return not self.problems

    def write(self, path: Path) -> None:
        """Keep it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"sound": self.is_sound, **asdict(self)}, indent=2) + "\n", "utf-8")

    def table(self) -> Table:
        """For people."""
        table = Table(title=f"Chaos, seed {self.seed}: {'sound' if self.is_sound else 'NOT SOUND'}")
        table.add_column("what", style="bold")
        table.add_column("figures", overflow="fold")
        settled = self.settled
        for what, figures in (
            ("webhooks sent", str(self.webhooks)),
            ("answers", _listed(self.answers)),
            ("deaths", _listed(self.killed)),
            ("found no database and began again", _listed(self.gave_up)),
            ("faults of vendors", _listed(self.faults)),
            ("events in the inbox", str(self.events)),
            ("leads", f"{self.leads}: {_listed(self.stages)}"),
            ("timeline entries, equal to the core's", str(self.timeline_entries)),
            ("mails and alerts that left", f"{self.mails} and {self.alerts}"),
            ("effects", _listed(self.effects)),
            ("outcome unknown, listed, then settled", str(settled)),
            ("seconds", f"{self.seconds:g}"),
        ):
            table.add_row(what, figures)
        for problem in self.problems[:20]:
            table.add_row("[red]problem[/red]", problem)
        return table


def _listed(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.items()) or "none"
