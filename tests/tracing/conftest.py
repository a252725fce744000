"""Spans kept in memory, as a collector would get them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from leadworkflows.tracing import export, spans


@pytest.fixture
def collected() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    spans.use(export.provider("tests", 1.0, SimpleSpanProcessor(export.Discreet(kept))))
    yield kept
    spans.use(None)
