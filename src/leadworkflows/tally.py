"""What a process counts of its own work, wherever it happens, for `GET /metrics`.

One registry a process, as Prometheus means it: whoever counts needs nothing but these names. Labels are words
of ours, of the policy and of installed plug-ins; never of a stranger, never about a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge

from leadworkflows.vendor import (
    OutcomeUnknown,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

REGISTRY = CollectorRegistry()
HANDED_ON = Counter(
    "leadworkflows_events_handed_on", "Events that leads' workflows were told.", registry=REGISTRY
)
ACTIONS = Counter(
    "leadworkflows_actions_settled",
    "Actions by how they ended.",
    ["action", "outcome"],
    registry=REGISTRY,
)
VENDOR_ERRORS = Counter(
    "leadworkflows_vendor_errors",
    "Calls to vendors that did not succeed, by what that means.",
    ["action", "kind"],
    registry=REGISTRY,
)
RELEASE_CURRENT = Gauge(
    "leadworkflows_release_current",
    "1 where this worker's release is the current one of its deployment, else 0.",
    ["build_id"],
    registry=REGISTRY,
)
KINDS: dict[type[Exception], str] = {
    VendorRefused: "refused",
    VendorBlocked: "blocked",
    VendorThrottled: "throttled",
    VendorUnavailable: "unavailable",
    OutcomeUnknown: "unanswered",
}
"""What a vendor's failure means for the action: final, for a person to mend, later, later, nobody knows."""


@contextmanager
def vendor_called(action: str) -> Iterator[None]:
    """Within it, a vendor is called for an action; each failure is counted."""
    try:
        yield
    except tuple(KINDS) as error:
        kind = next(word for raised, word in KINDS.items() if isinstance(error, raised))
        VENDOR_ERRORS.labels(action, kind).inc()
        raise
