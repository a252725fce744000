"""What is counted for `GET /metrics`, in the text format of Prometheus.

Counters are those of this process, gauges are read from the store. A source's name is a label only
where it is registered or configured: a stranger's word makes no series.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan
from typing import Literal

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leadworkflows.store.measures import Measures, Standing
from leadworkflows.tally import REGISTRY

Outcome = Literal["accepted", "duplicate", "refused_signature", "refused_payload", "limited"]
COUNTED_FOR = timedelta(seconds=60)
_REFUSALS: dict[int, Outcome] = {401: "refused_signature", 403: "refused_signature", 429: "limited"}


@dataclass(frozen=True)
class Gauges:
    """What stands in the store; NaN where it cannot be read, so that a graph has a gap and no zero."""

    oldest_s: float = nan
    """Age of the event that waits longest to be handed on; 0 when none waits."""
    backlog: float = nan
    quarantine: float = nan
    standing: Standing | None = None
    erasing_s: float = nan
    """Age of the oldest erasure that is not finished; 0 when all are."""


class Metrics(Collector):
    """The counters of one application, in a registry of its own."""

    def __init__(self) -> None:
        self._webhooks: Counter[tuple[str, Outcome]] = Counter()
        self._events: Counter[str] = Counter()
        self._gauges = Gauges()
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def webhook(self, source: str, outcome: Outcome) -> None:
        """One webhook of a known source, and what became of it."""
        self._webhooks[source, outcome] += 1

    def refused(self, source: str, status: int) -> None:
        """One webhook that was answered with this status."""
        self.webhook(source, _REFUSALS.get(status, "refused_payload"))

    def events_accepted(self, source: str, count: int) -> None:
        """New events in the inbox."""
        self._events[source] += count

    def exposition(self, gauges: Gauges) -> bytes:
        """Everything that this process counts and the store holds, as Prometheus reads it."""
        self._gauges = gauges
        return generate_latest(self._registry) + generate_latest(REGISTRY)

    def collect(self) -> Iterable[Metric]:
        """The families, for the registry."""
        webhooks = CounterMetricFamily(
            "leadworkflows_webhooks",
            "Webhooks of known sources by what became of them.",
            labels=["source", "outcome"],
        )
        for (source, outcome), count in self._webhooks.items():
            webhooks.add_metric([source, outcome], count)
        events = CounterMetricFamily(
            "leadworkflows_events_accepted",
            "New events in the inbox, each on disk before it was acknowledged.",
            labels=["source"],
        )
        for source, count in self._events.items():
            events.add_metric([source], count)
        return [webhooks, events, *_waiting(self._gauges), *_standing(self._gauges)]


def _waiting(gauges: Gauges) -> list[Metric]:
    waits = "Age of the event that waits longest to be handed on, 0 when none waits."
    quarantine = "Webhooks that could not be understood."
    return [
        GaugeMetricFamily("leadworkflows_inbox_oldest_seconds", waits, gauges.oldest_s),
        GaugeMetricFamily("leadworkflows_inbox_backlog", "Events that wait to be handed on.", gauges.backlog),
        GaugeMetricFamily("leadworkflows_quarantine", quarantine, gauges.quarantine),
    ]


def _standing(gauges: Gauges) -> list[Metric]:
    stands, age = gauges.standing, "Age of the oldest erasure that is not finished, 0 when all are."
    oldest = GaugeMetricFamily("leadworkflows_erasures_oldest_seconds", age, gauges.erasing_s)
    unfinished = GaugeMetricFamily(
        "leadworkflows_erasures_unfinished",
        "Erasures of which runs or messages are still to be deleted.",
        stands.erasures if stands else nan,
    )
    if stands is None:
        return [unfinished, oldest]
    return [
        _by("leads", "Leads by stage; those that turned out to be another are not counted.", "stage",
            stands.leads),
        _by("actions_open", "Actions that are not settled: under way, or waiting for a person.", "state",
            stands.actions),
        _by("clocks", "Service levels that are owed: in time, or missed.", "state", stands.clocks),
        unfinished,
        oldest,
    ]  # fmt: skip


def _by(name: str, says: str, label: str, counted: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"leadworkflows_{name}", says, labels=[label])
    for value, count in counted.items():
        family.add_metric([value], count)
    return family


class Counted:
    """The counts over all leads, read once a minute: every process is asked for them each 15 seconds."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._read: tuple[datetime, Standing] | None = None

    async def standing(self, now: datetime) -> Standing:
        """As it stood a minute ago at most. Raises StoreError."""
        if self._read is None or not now - COUNTED_FOR < self._read[0] <= now:
            self._read = now, await self._measures.standing()
        return self._read[1]


def age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 where there is nothing that began."""
    return max(0.0, (now - since).total_seconds()) if since else 0.0
