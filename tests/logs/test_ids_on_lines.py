"""Whose a line is, stands on it: lead, workflow and events, and the trace where somebody traces."""

from __future__ import annotations

import json

import pytest
import structlog
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from leadworkflows.activities.logged import LoggedActivities
from leadworkflows.cli import logs
from leadworkflows.relay import _opaque
from leadworkflows.tracing import spans
from tests.cli.test_logs import as_it_was
from tests.tracing.conftest import collected

__all__ = ["as_it_was", "collected"]


class Innermost(ActivityInboundInterceptor):
    def __init__(self) -> None:
        """There is nothing further in."""

    async def execute_activity(self, input: ExecuteActivityInput) -> None:  # noqa: A002 - the SDK's name
        structlog.get_logger("leadworkflows.activities").info("action.settled", key="k-1")


async def test_every_line_of_an_activity_names_lead_workflow_and_attempt(capfd):
    logs.configure(as_json=True)
    environment = ActivityEnvironment()
    environment.info = environment.default_info()
    chain = LoggedActivities().intercept_activity(Innermost())
    given = ExecuteActivityInput(fn=print, args=[], executor=None, headers={})
    await environment.run(chain.execute_activity, given)
    structlog.get_logger("leadworkflows.activities").info("afterwards")
    during, afterwards = (json.loads(line) for line in capfd.readouterr().err.splitlines())
    assert (during["workflow"], during["activity"], during["attempt"]) == ("test", "unknown", 1)
    assert "workflow" not in afterwards


def test_a_line_names_the_trace_it_belongs_to(capfd, collected):
    logs.configure(as_json=True)
    with spans.span("work"):
        structlog.get_logger("leadworkflows").warning("in it")
    structlog.get_logger("leadworkflows").warning("after it")
    inside, after = (json.loads(line) for line in capfd.readouterr().err.splitlines())
    (span,) = collected.get_finished_spans()
    assert inside["trace"] == f"{span.context.trace_id:032x}"
    assert "trace" not in after


@pytest.mark.parametrize("event_id", ["evt-17", "9f3c:2", "01JD9.a_b", "1" * 80])
def test_an_events_id_stands_on_the_line_that_hands_it_on(event_id):
    assert _opaque(event_id) == event_id


@pytest.mark.parametrize("event_id", ["ada@example.com", "Ada Lovelace 1", "Lovelace", "a" * 80 + "1", "é1"])
def test_an_id_that_may_be_a_person_is_told_as_its_hash(event_id):
    assert _opaque(event_id).startswith("sha256:")
