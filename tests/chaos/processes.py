"""An installation in processes of its own, each of which can be killed and started again.

PostgreSQL, Temporal's server, the API and two workers. Whatever the operating system gave to a process
is gone with it; what it wrote stays.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from temporalio.client import Client
from temporalio.service import RPCError
from typer.testing import CliRunner, Result

from leadworkflows.cli.main import app
from leadworkflows.embedded.attributes import register
from leadworkflows.embedded.command import arguments, find_binary
from tests.cli.conftest import eventually, surroundings
from tests.postgres import Cluster, running_cluster

_PORTS = range(20_000, 32_000)
"""Below those that the system gives to clients: a client that knocks at a dead server's port would
otherwise now and then be given that very port, and talk to itself."""

_PREFIX = "LEADWORKFLOWS_"
_START_S = 120.0
"""Within this everything is up for the first time, also on a machine that is busy with other things."""
_LOOKS_APART_S = 0.5
_WRONG_USE = 2
"""The exit status of a command that cannot be carried out so, whatever the reason."""
_NO_DATABASE = re.compile(rb"leadworkflows: The database cannot be used: .*(cannot be reached|\b57P0\d)")
"""What a command says that found no database: nobody listened there, or it was just starting or ending."""
_AT_WORK = re.compile(rb'"event": ?"(api|worker)\.started"')
_IN_THE_CRADLE = 0.1
"""How often a process is killed that only starts: more often, and a slow machine would never do any work."""


class Mortal(Protocol):
    """What can be killed. `name` says what it is."""

    name: str

    def kill(self) -> None:
        """End it without a word."""

    def start(self) -> None:
        """Start it, again or for the first time."""

    @property
    def ended_with(self) -> int | None:
        """With which status it ended although nobody killed it; None where it did not."""

    @property
    def found_no_database(self) -> bool:
        """Whether it said of its end that it found no database, and had not begun its work."""

    @property
    def last_words(self) -> str:
        """What it said last in this life."""

    @property
    def is_up(self) -> bool:
        """Whether it does its work, and not only starts to."""


@dataclass
class Process:
    """A command in a process of its own; `log` keeps what all its lives wrote."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str]
    port: int
    popen: subprocess.Popen[bytes] | None = None
    born_at: int = 0
    """Where in its log this life begins."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.born_at = log.tell()
            self.popen = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.log.parent,
                env=dict(self.environment),
            )  # fmt: skip

    def kill(self) -> None:
        if self.popen is not None:
            self.popen.kill()
            self.popen.wait()
            self.popen = None

    @property
    def ended_with(self) -> int | None:
        return self.popen.poll() if self.popen is not None else None

    @property
    def found_no_database(self) -> bool:
        said = self._said
        return self.ended_with == _WRONG_USE and bool(_NO_DATABASE.search(said)) and not _AT_WORK.search(said)

    @property
    def last_words(self) -> str:
        lines = self._said.decode(errors="replace").splitlines()
        return lines[-1] if lines else ""

    @property
    def _said(self) -> bytes:
        return self.log.read_bytes()[self.born_at :]

    @property
    def is_up(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@dataclass
class Database:
    """PostgreSQL, to which the same happens: its processes end at once, and nothing more is written."""

    cluster: Cluster
    name: str = "postgres"
    running: bool = True

    def start(self) -> None:
        if not self.running:
            self.cluster.start()
            self.running = True

    def kill(self) -> None:
        if self.running:
            self.cluster.stop()
            self.running = False

    @property
    def is_up(self) -> bool:
        return self.running

    @property
    def ended_with(self) -> int | None:
        process = self.cluster.process
        return process.poll() if self.running and process is not None else None

    @property
    def found_no_database(self) -> bool:
        return False

    @property
    def last_words(self) -> str:
        return (self.cluster.folder / "log").read_text("utf-8", errors="replace").splitlines()[-1]


@dataclass
class Installation:
    """Everything that runs. `settings` are those of our commands, without the prefix."""

    folder: Path
    api_port: int
    settings: dict[str, str]
    mortals: list[Mortal]

    @property
    def database_url(self) -> str:
        return self.settings["DATABASE_URL"]

    def command(self, *words: str) -> Result:
        """Run one of our commands to its end: in this process, which has loaded everything already."""
        others: dict[str, str | None] = {each: None for each in os.environ if each.startswith(_PREFIX)}
        given = {f"{_PREFIX}{name}": value for name, value in self.settings.items()}
        with chdir(self.folder):  # where nobody's .env lies
            return CliRunner(env={**others, **given}).invoke(app, words)


@contextmanager
def installed(folder: Path, settings: Mapping[str, str]) -> Iterator[Installation]:
    """The whole installation, ready for its first webhook, until the block ends."""
    api_port, temporal_port, ui_port, *health_ports = free_ports(5)
    temporal = _temporal(folder, temporal_port, ui_port)
    with _until_killed(temporal), running_cluster(os.environ.get("LEADWORKFLOWS_TEST_POSTGRES")) as cluster:
        given = {
            **settings,
            "DATABASE_URL": cluster.create("leadworkflows"),
            "DATA_DIR": str(folder / "data"),
            "TEMPORAL_ADDRESS": f"127.0.0.1:{temporal_port}",
        }
        ours = [_ours(folder, given, "api", "api", "--port", api_port)]
        ours += [
            _ours(folder, given, f"worker-{n}", "worker", "--health-port", port)
            for n, port in enumerate(health_ports, start=1)
        ]
        installation = Installation(folder, api_port, given, [*ours, temporal, Database(cluster)])
        migrated = installation.command("db", "upgrade")
        assert migrated.exit_code == 0, migrated.output
        asyncio.run(_ready(given["TEMPORAL_ADDRESS"]))
        with _until_killed(*ours):
            eventually(lambda: all(each.is_up for each in ours), _START_S)
            yield installation


@contextmanager
def _until_killed(*processes: Process) -> Iterator[None]:
    """They run until the block ends."""
    try:
        for each in processes:
            each.start()
        yield
    finally:
        for each in processes:
            each.kill()


def _temporal(folder: Path, port: int, ui_port: int) -> Process:
    words = [str(find_binary()), *arguments(folder / "temporal.db", port, ui_port)]
    return Process("temporal", words, folder / "temporal.log", surroundings(), port)


def _ours(
    folder: Path, settings: Mapping[str, str], name: str, command: str, option: str, port: int
) -> Process:
    words = [sys.executable, "-m", "leadworkflows", command, option, str(port)]
    return Process(name, words, folder / f"{name}.log", surroundings(**settings), port)


async def _ready(address: str) -> None:
    """Return once Temporal answers and knows our search attributes."""
    async with asyncio.timeout(30):
        while True:
            with suppress(RuntimeError, RPCError):  # a refused connection is a RuntimeError in the SDK
                await register(await Client.connect(address))
                return
            await asyncio.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(_PORTS)  # noqa: S311 (no secret)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found


@dataclass
class Reaper:
    """Kills one after another and starts each again. In turn and in any order, so that none is spared.

    `gave_up` counts ends that are in order: a process that finds no database when it starts says so and
    ends, and whoever looks after it starts it again, as Docker would. Every other end is a sentence in
    `broke_down`, also one with the same status.
    """

    mortals: list[Mortal]
    chance: random.Random
    apart_s: tuple[float, float]
    away_s: tuple[float, float]
    killed: Counter[str] = field(default_factory=Counter)
    gave_up: Counter[str] = field(default_factory=Counter)
    broke_down: list[str] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def reap(self, until: float, stop: threading.Event) -> None:
        """Go on until the monotonic clock shows `until` and each died at least once, or `stop` is set."""
        while time.monotonic() < until or len(self.killed) < len(self.mortals):
            turn = list(self.mortals)
            self.chance.shuffle(turn)
            for each in turn:
                if stop.wait(self.chance.uniform(*self.apart_s)):
                    return
                if each.is_up or self.chance.random() < _IN_THE_CRADLE:
                    self._kill(each, stop)
                if time.monotonic() >= until and len(self.killed) == len(self.mortals):
                    return

    def look_after(self, stop: threading.Event) -> None:
        """Start again what ended by itself, until `stop` is set."""
        while not stop.wait(_LOOKS_APART_S):
            for each in self.mortals:
                with self._one_at_a_time:
                    if each.ended_with is not None:
                        self._write_down(each)
                        each.kill()
                        each.start()

    def _write_down(self, ended: Mortal) -> None:
        if ended.found_no_database:
            self.gave_up[ended.name] += 1
        else:
            said = ended.last_words[:300]
            self.broke_down.append(f"{ended.name} ended by itself with {ended.ended_with}: {said}")

    def _kill(self, each: Mortal, stop: threading.Event) -> None:
        with self._one_at_a_time:
            each.kill()
        self.killed[each.name] += 1
        stop.wait(self.chance.uniform(*self.away_s))
        with self._one_at_a_time:
            each.start()


def keep(folder: Path, at: Path) -> None:
    """Keep what the processes wrote, for whoever wants to know what went wrong."""
    at.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        shutil.copy(log, at / log.name)
