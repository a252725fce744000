"""A trace is kept with an event and goes on where the event is handed on."""

from __future__ import annotations

import sys

import httpx
import pytest
import typer
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from leadworkflows.cli import errors
from leadworkflows.tracing import export, setup, spans
from leadworkflows.tracing.http import TracedRequests


def test_while_nobody_traces_there_is_nothing_to_keep():
    with spans.span("work"):
        assert spans.current() is None
    with spans.resumed("00-" + "a" * 32 + "-" + "b" * 16 + "-01"):
        assert spans.current() is None
    assert not spans.is_on()
    assert setup.interceptors() == []


def test_a_trace_that_was_kept_goes_on(collected):
    with spans.span("begun"):
        kept = spans.current()
    with spans.resumed(kept), spans.span("gone on"):
        pass
    begun, later = collected.get_finished_spans()
    assert later.parent.span_id == begun.get_span_context().span_id
    assert kept is not None
    assert len(kept) == 55


def test_a_share_of_nothing_keeps_no_trace_and_half_of_one_is_never_kept():
    kept = InMemorySpanExporter()
    spans.use(export.provider("tests", 0.0, SimpleSpanProcessor(kept)))
    try:
        with spans.span("begun"), spans.resumed(spans.current()), spans.span("gone on"):
            pass
    finally:
        spans.use(None)
    assert kept.get_finished_spans() == ()


def test_the_message_of_an_exception_is_in_no_span(collected):
    with pytest.raises(ValueError, match="ada"), spans.tracer().start_as_current_span("work"):
        raise ValueError("ada@example.com")
    (span,) = collected.get_finished_spans()
    assert not span.status.is_ok
    assert "ada" not in span.to_json()


async def test_a_request_is_named_by_its_route_and_not_by_what_its_path_says(collected):
    async def answered(request):
        return Response(status_code=503 if request.path_params.get("token") == "two" else 200)

    app = Starlette(routes=[Route("/unsubscribe/{token}", answered), Route("/readyz", answered)])
    app.add_middleware(TracedRequests)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as http:
        for path in ("/unsubscribe/one", "/unsubscribe/two", "/ada@example.com", "/readyz"):
            await http.get(path)
    found = [(span.name, span.attributes["http.response.status_code"], span.status.is_ok)
             for span in collected.get_finished_spans()]  # fmt: skip
    named = "GET /unsubscribe/{token}"
    assert found == [(named, 200, True), (named, 503, False), ("GET", 404, True)]


def test_without_opentelemetry_a_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "leadworkflows.tracing.export", None)
    monkeypatch.delattr("leadworkflows.tracing.export", raising=False)
    with (
        pytest.raises(typer.Exit),
        errors.told_plainly(),
        setup.traced("api", "http://collector:4318", 1.0),
    ):
        pass
    assert "pip install 'leadworkflows[tracing]'" in capsys.readouterr().err
