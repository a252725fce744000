"""One report of everything that is measured, beside the targets."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from leadworkflows.bench.core import CoreFigures, measure_core
from leadworkflows.bench.handoff import HandoffFigures, measure_handoff
from leadworkflows.bench.ingress import IngressFigures, measure
from leadworkflows.bench.lifecycle import LifecycleFigures, measure_lifecycle
from leadworkflows.bench.processes import beside_bare_workflows
from leadworkflows.bench.sleeping import SleepingFigures, measure_sleeping
from leadworkflows.bench.throughput import ThroughputFigures, measure_throughput


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    deliveries: int = 10_000
    connections: int = 64
    rounds: int = 3
    turns: int = 40
    requests: int = 300
    leads: int = 10_000
    cache: int = 1_000
    core_s: float = 5.0


QUICK = Sizes(deliveries=100, connections=8, rounds=1, turns=2, requests=5, leads=10, cache=10, core_s=0.1)
"""Only to see that everything can be measured: its figures say nothing."""


class Target(BaseModel):
    """What a figure must be, measured on two cores, and whether it is."""

    figure: str
    value: float
    at_most: float | None = None
    at_least: float | None = None
    met: bool


class Report(BaseModel):
    """All figures of one run on one machine."""

    cpus: int
    ingress: IngressFigures
    handoff: HandoffFigures
    throughput: ThroughputFigures
    lifecycle: LifecycleFigures
    sleeping: SleepingFigures
    core: CoreFigures
    targets: list[Target]


async def measure_all(sizes: Sizes, database_url: str | None, tell: Callable[[str], None]) -> Report:
    """One measurement after the other. Raises what each raises.

    `database_url` is where the ingress is measured, as `measure` says.
    """
    core = measure_core(sizes.core_s)
    lifecycle = await measure_lifecycle(tell)
    async with beside_bare_workflows() as running:
        handoff = await measure_handoff(running, sizes.turns, tell)
        throughput = await measure_throughput(running, sizes.requests, sizes.rounds, tell)
    ingress = await measure(sizes.deliveries, sizes.connections, sizes.rounds, database_url, tell)
    sleeping = await measure_sleeping(sizes.leads, sizes.cache, tell)
    return Report(
        cpus=os.cpu_count() or 1,
        ingress=ingress,
        handoff=handoff,
        throughput=throughput,
        lifecycle=lifecycle,
        sleeping=sleeping,
        core=core,
        targets=[
            _at_most("handoff.handoff_ratio", handoff.handoff_ratio, 2.0),
            _at_least("throughput.throughput_ratio", throughput.throughput_ratio, 0.6),
            _at_most("lifecycle.actions", lifecycle.actions, 45),
            _at_most("lifecycle.events", lifecycle.events, 160),
            _at_most("sleeping.worker_grew_mb", sleeping.worker_grew_mb, 60),
            _at_least("core.events_per_s", core.events_per_s, 15_000),
        ],
    )


def _at_most(figure: str, value: float, limit: float) -> Target:
    return Target(figure=figure, value=value, at_most=limit, met=value <= limit)


def _at_least(figure: str, value: float, limit: float) -> Target:
    return Target(figure=figure, value=value, at_least=limit, met=value >= limit)
