"""The commands: in this process for what is quick, in processes of their own for what runs on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from typer.testing import CliRunner, Result

from leadworkflows.cli.main import app

PATIENCE_S = 45.0
FREE_PORTS = ("--port", 0, "--temporal-port", 0, "--ui-port", 0)
Cli = Callable[..., Result]


def surroundings(**settings: str) -> dict[str, str]:
    """The environment of a command: nobody's settings but the given ones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADWORKFLOWS_")}
    given = {f"LEADWORKFLOWS_{name}": value for name, value in settings.items()}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **given}


def eventually(what: Callable[[], Any], within: float = PATIENCE_S) -> Any:
    """The first true answer. Processes of their own have no event to wait for."""
    end = time.monotonic() + within
    while not (found := what()):
        assert time.monotonic() < end, f"not within {within:g} s"
        time.sleep(0.05)
    return found


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests, no `.env` of the folder they run in."""
    for name in [name for name in os.environ if name.startswith("LEADWORKFLOWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli() -> Cli:
    """Run a command in this process; settings are given in capitals."""

    def run(*arguments: object, **settings: str) -> Result:
        env = {f"LEADWORKFLOWS_{name}": value for name, value in settings.items()}
        return CliRunner(env=env).invoke(app, [str(each) for each in arguments])

    return run


class Process:
    """A command in a process of its own, from `with` to its end."""

    def __init__(
        self,
        folder: Path,
        *arguments: object,
        python: str = sys.executable,
        path: str = os.environ["PATH"],
        **settings: str,
    ) -> None:
        self.log = folder / f"{arguments[0]}-{time.monotonic_ns()}.log"
        env = {**surroundings(**settings), "PATH": path}
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                [python, "-m", "leadworkflows", *map(str, arguments)],
                stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env=env,
            )  # fmt: skip

    @property
    def said(self) -> list[str]:
        """The lines on standard error so far."""
        return self.log.read_text().splitlines()

    def line(self) -> str:
        """The next line on standard output; empty where the process ended."""
        assert self.popen.stdout is not None
        return self.popen.stdout.readline()

    def ended(self, within: float = PATIENCE_S) -> int:
        """The exit status."""
        return self.popen.wait(within)

    def ask(self, sign: signal.Signals, within: float = 15.0) -> int:
        """Send a signal; the exit status."""
        self.popen.send_signal(sign)
        return self.ended(within)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()


class Dev(Process):
    """`leadworkflows dev` on free ports, once it answers."""

    def __init__(self, folder: Path, data_dir: Path, **settings: str) -> None:
        super().__init__(folder, "dev", "--data-dir", data_dir, *FREE_PORTS, "--json", **settings)
        first = self.line()
        assert first, self.said
        self.at: dict[str, str] = json.loads(first)
        self.data_dir = data_dir
        self.http = Client(self.at["api"], self.at["api_key"])

    @property
    def server_pid(self) -> int:
        """The process of the embedded Temporal server."""
        return int((self.data_dir / "temporal.pid").read_text())

    def __exit__(self, *error: object) -> None:
        self.http.close()
        super().__exit__(*error)


class Client(httpx.Client):
    """What a user's system asks of the API."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=10)

    def tell(self, kind: str, delivery: str, **facts: object) -> None:
        """One event about Ada."""
        person = {"first_name": "Ada", "last_name": "Lovelace", "title": "CFO", "company": "Example GmbH"}
        event = {"id": delivery, "type": kind, "identity": {"email": "ada@example.com"}, "person": person}
        answer = self.post("/api/v1/events", json={**event, "facts": facts})
        assert answer.status_code == 202, answer.text

    def lead(self) -> dict[str, Any]:
        """Ada's lead, empty before there is one."""
        found = self.get("/api/v1/leads", params={"email": "ada@example.com"}).json()["leads"]
        return dict(found[0]) if found else {}

    def happened(self) -> list[str]:
        """What Ada's timeline says."""
        if not (lead := self.lead()):
            return []
        entries = self.get(f"/api/v1/leads/{lead['lead_id']}/timeline").json()["entries"]
        return [entry["what"] for entry in entries]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def dev(tmp_path: Path, data_dir: Path) -> Iterator[Dev]:
    with Dev(tmp_path, data_dir) as running:
        yield running
