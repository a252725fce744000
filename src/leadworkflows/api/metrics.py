"""What is counted for `GET /metrics`, in the text format of Prometheus.

Counters are those of this process, gauges are read from the store. A source's name is a label only
where it is registered or configured: a stranger's word makes no series.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from typing import Literal

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Outcome = Literal["accepted", "duplicate", "refused_signature", "refused_payload", "limited"]
_REFUSALS: dict[int, Outcome] = {401: "refused_signature", 403: "refused_signature", 429: "limited"}


@dataclass(frozen=True)
class Gauges:
    """What stands in the store; NaN where it cannot be read, so that a graph has a gap and no zero."""

    oldest_s: float = nan
    """Age of the event that waits longest to be handed on; 0 when none waits."""
    backlog: float = nan
    quarantine: float = nan


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
        """Everything, as Prometheus reads it."""
        self._gauges = gauges
        return generate_latest(self._registry)

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
            "leadworkflows_events_accepted", "New events in the inbox.", labels=["source"]
        )
        for source, count in self._events.items():
            events.add_metric([source], count)
        return [webhooks, events, *self._standing()]

    def _standing(self) -> list[Metric]:
        waits = "Age of the event that waits longest to be handed on, 0 when none waits."
        return [
            GaugeMetricFamily("leadworkflows_inbox_oldest_seconds", waits, self._gauges.oldest_s),
            GaugeMetricFamily(
                "leadworkflows_inbox_backlog", "Events that wait to be handed on.", self._gauges.backlog
            ),
            GaugeMetricFamily(
                "leadworkflows_quarantine", "Webhooks that could not be understood.", self._gauges.quarantine
            ),
        ]
