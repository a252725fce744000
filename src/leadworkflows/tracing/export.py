"""Where spans go: an OpenTelemetry collector, without the messages of exceptions."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Status

from leadworkflows import __version__


class Discreet(SpanExporter):
    """Passes spans on without their events and without words about their failure.

    Libraries write an exception's message there, and that may quote an address. Its type is told.
    """

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Pass them on."""
        return self._inner.export([_without_messages(each) for each in spans])

    def shutdown(self) -> None:
        """Let go of what is behind."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait for what is under way behind."""
        return self._inner.force_flush(timeout_millis)


def collector(endpoint: str) -> SpanProcessor:
    """Sends spans to a collector by OTLP over HTTP, in batches and beside the work."""
    return BatchSpanProcessor(Discreet(OTLPSpanExporter(endpoint=endpoint)))


def provider(process: str, share: float, processor: SpanProcessor) -> TracerProvider:
    """A provider for one process; `share` is the part of all traces that is kept, from 0 to 1."""
    about = Resource({SERVICE_NAME: f"leadworkflows-{process}", SERVICE_VERSION: __version__})
    made = TracerProvider(sampler=ParentBased(TraceIdRatioBased(share)), resource=about)
    made.add_span_processor(processor)
    return made


def _without_messages(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
