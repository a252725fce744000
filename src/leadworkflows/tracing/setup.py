"""Tracing switched on for one process, and what Temporal's client is given for it.

The SDK of OpenTelemetry is an extra: it is imported where somebody traces, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.client import Interceptor

from leadworkflows.tracing.spans import is_on, tracer, use


class TracingNotInstalled(Exception):
    """Traces are asked for, and OpenTelemetry's SDK is not there. The message says what to do."""


@contextmanager
def traced(process: str, endpoint: str | None, share: float) -> Iterator[None]:
    """Within it, this process sends its traces to a collector; where there is no endpoint, nothing changes.

    To be entered before the application is made and before Temporal is connected. `share` is the part of all
    traces that is kept. Raises TracingNotInstalled.
    """
    if endpoint is None:
        yield
        return
    try:
        from leadworkflows.tracing import export  # noqa: PLC0415 - of the extra `tracing`
    except ImportError:
        raise TracingNotInstalled(
            "LEADWORKFLOWS_TRACES_ENDPOINT needs OpenTelemetry: pip install 'leadworkflows[tracing]'"
        ) from None
    provider = export.provider(process, share, export.collector(endpoint))
    use(provider)
    try:
        yield
    finally:
        use(None)
        provider.shutdown()  # what is under way is sent first


def interceptors() -> list[Interceptor]:
    """What carries a trace through Temporal; nothing while nobody traces."""
    if not is_on():
        return []
    from leadworkflows.tracing.temporal import LeadTracing  # noqa: PLC0415 - of the extra `tracing`

    return [LeadTracing(tracer())]
