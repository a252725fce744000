"""Where logs go and what they look like: the one place that configures logging.

Lines for people on standard error, or one JSON object a line for `api` and `worker`. Personal data
is never in them: our own code logs ids, and an exception shows its type and place, because its
message may quote what it choked on.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from leadworkflows.tracing.spans import current

LEVELS = {
    "leadworkflows": logging.INFO,
    "uvicorn": logging.WARNING,
    # A failed attempt at an action is a line of ours already, without the message.
    "temporalio": logging.ERROR,
    "temporalio.core": logging.WARNING,
}
"""From which level on a library's words are logged; of all others from warnings on."""


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to standard error as it is now: a test may have put another in its place."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override] # the base keeps the one of its making
        return sys.stderr


def configure(*, as_json: bool = False, quiet: bool = False) -> None:
    """Log from now on, as JSON or as lines for people; `quiet` keeps to warnings."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
        _with_trace,
        _without_values,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )  # fmt: skip
    handler = _StandardError()
    handler.setFormatter(_formatter(shared, as_json=as_json))
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(max(level, logging.WARNING) if quiet else level)


def forward_core(*, as_json: bool, metrics: str | None = None) -> None:
    """Let what Temporal's core says pass through here too; it would write to standard output itself.

    `metrics` is address and port at which the core answers Prometheus on what it does itself. Raises
    ValueError where it cannot.

    Called once in a process, before anything connects. An operator hears of a lost connection; on
    somebody's desk that happens when the server stops, which they know.
    """
    level = "WARN" if as_json else "ERROR"
    logger = logging.getLogger("temporalio.core")
    # Its fields hold whole failures, with messages that may quote what a workflow was given.
    forwarding = LogForwardingConfig(logger, append_log_fields_to_message=False)
    config = LoggingConfig(TelemetryFilter(level, "ERROR"), forwarding=forwarding)
    answers = None
    if metrics is not None:
        answers = PrometheusConfig(
            metrics, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
        )
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(config, answers)), error_if_already_set=False)


def _formatter(shared: list[Processor], *, as_json: bool) -> logging.Formatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _with_trace(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The trace that a line belongs to, where somebody traces."""
    if (trace := current()) is not None:
        event["trace"] = trace.split("-")[1]
    return event


def _without_values(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """An exception by its type and its innermost places."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else None
    if info is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["error"] = type(error).__name__
        event["where"] = [
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-5:]
        ]
    return event
