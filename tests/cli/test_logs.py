from __future__ import annotations

import json
import logging

import pytest
import structlog

from leadworkflows.cli import logs


@pytest.fixture(autouse=True)
def as_it_was():
    handlers, level = logging.root.handlers, logging.root.level
    yield
    logging.root.handlers, logging.root.level = handlers, level
    structlog.reset_defaults()


def choke_on(text: str) -> None:
    try:
        int(text)
    except ValueError:
        logging.getLogger("elsewhere").exception("it failed")


def test_a_process_logs_one_json_object_a_line(capfd: pytest.CaptureFixture[str]):
    logs.configure(as_json=True)
    structlog.get_logger("leadworkflows.relay").info("relay.rested", seconds=2)
    out, err = capfd.readouterr()
    line = json.loads(err)
    assert out == ""
    assert (line["event"], line["seconds"], line["level"]) == ("relay.rested", 2, "info")
    assert line["logger"] == "leadworkflows.relay"
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("as_json", [True, False])
def test_an_exception_shows_its_type_and_place_and_not_its_message(
    capfd: pytest.CaptureFixture[str], as_json: bool
):
    logs.configure(as_json=as_json)
    choke_on("ada@example.com")
    err = capfd.readouterr().err
    assert "ValueError" in err
    assert "choke_on" in err
    assert "ada@example.com" not in err


@pytest.mark.parametrize("name", ["uvicorn.access", "temporalio.worker", "httpx", "sqlalchemy.engine"])
def test_libraries_are_quiet(capfd: pytest.CaptureFixture[str], name: str):
    logs.configure()
    logging.getLogger(name).info("GET /api/v1/leads?email=ada@example.com")
    assert capfd.readouterr().err == ""
