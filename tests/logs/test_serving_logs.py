"""What the HTTP server says of itself is a line of ours."""

from __future__ import annotations

import json
import logging

import pytest
from fastapi import FastAPI

from leadworkflows.cli import logs
from leadworkflows.serving import bind, serving


async def test_the_http_servers_own_lines_are_json_like_all_others(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True)
    async with serving(FastAPI(), bind("127.0.0.1", 0)):
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    [line] = capfd.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "Invalid HTTP request received."
