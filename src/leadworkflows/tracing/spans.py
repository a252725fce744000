"""Spans of ours, and how a trace goes on where a thread of calls ends: in a row of the inbox.

Costs next to nothing while tracing is off. Attributes hold ids and names of ours, never what people say.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from opentelemetry import context
from opentelemetry.trace import NoOpTracerProvider, Span, SpanKind, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = ["Span", "SpanKind", "current", "is_on", "resumed", "span", "tracer", "use"]

_TRACEPARENT = "traceparent"
_propagator = TraceContextTextMapPropagator()


@dataclass
class _Installed:
    """Ours and not OpenTelemetry's global one, which can be set only once in a process."""

    provider: TracerProvider = field(default_factory=NoOpTracerProvider)


_installed = _Installed()


def use(provider: TracerProvider | None) -> None:
    """Trace from now on with this provider; None: not at all."""
    _installed.provider = provider or NoOpTracerProvider()


def is_on() -> bool:
    """Whether anybody traces in this process."""
    return not isinstance(_installed.provider, NoOpTracerProvider)


def tracer() -> Tracer:
    """Where spans of this process are begun."""
    return _installed.provider.get_tracer("leadworkflows")


def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | int
) -> AbstractContextManager[Span]:
    """What happens within the context, as a part of the current trace or as the beginning of one.

    An exception marks it as failed by its type; its message, which may quote anything, is not kept.
    """
    return tracer().start_as_current_span(name, kind=kind, attributes=attributes, record_exception=False)


def current() -> str | None:
    """The trace and span of this moment as W3C's `traceparent`, to be kept; None where there is none."""
    if not is_on():
        return None
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(_TRACEPARENT)


@contextmanager
def resumed(trace: str | None) -> Iterator[None]:
    """Within it, what is done belongs to a trace that was kept."""
    if trace is None or not is_on():
        yield
        return
    token = context.attach(_propagator.extract({_TRACEPARENT: trace}))
    try:
        yield
    finally:
        context.detach(token)
