"""The check that goes with every test: it would find whoever is named in a log."""

from __future__ import annotations

import logging

import pytest
import structlog

from leadworkflows.cli import logs
from tests.people_in_logs import Lines, named_in


@pytest.fixture
def lines():
    handlers, level = logging.root.handlers, logging.root.level
    listening = Lines()
    listening.listen()
    yield listening
    listening.stop()
    logging.root.handlers, logging.root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "line",
    ["relay.failed email=somebody.else@example.org", "Ada was here", '{"name": "Lovelace"}', "+49 30 1234"],
)
def test_whoever_is_in_the_tests_is_found_and_every_address(line):
    assert named_in(line)


@pytest.mark.parametrize(
    "line",
    ["relay.handed_on lead=0a1b events=['evt-17']", "adapter at 127.0.0.1:7233", "Slack posted it in #sales"],
)
def test_ids_and_words_are_nobody(line):
    assert named_in(line) == []


@pytest.mark.parametrize("as_json", [True, False])
def test_what_our_code_logs_is_heard_however_it_is_shown(lines, as_json):
    logs.configure(as_json=as_json)
    lines.listen()
    structlog.get_logger("leadworkflows.relay").info("relay.rested", lead="0a1b")
    assert any("0a1b" in line for line in lines.said)


def test_what_libraries_log_is_heard_from_the_level_on_at_which_it_is_kept(lines):
    logging.getLogger("uvicorn.error").warning("one")
    logging.getLogger("httpx").info("two")
    logging.getLogger("temporalio.worker").warning("three")
    assert lines.said == ["one"]
