"""What the compose file starts, started by hand: the same scripts, commands and settings, on other ports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from leadworkflows.embedded.command import find_binary
from leadworkflows.settings import PREFIX
from tests.architecture.tree import ROOT
from tests.cli.conftest import Process, eventually
from tests.cli.test_processes import free_port
from tests.deploy.composed import example, filled, services
from tests.postgres import Cluster

SECRETS = {name: f"{name.lower().replace('_', '')}1" for name, value in example().items() if not value}

LISTENS = {"api": "api.started", "worker": "worker.watched"}
"""What a service logs once something listens on its port."""
START_S = 120.0


@dataclass(frozen=True)
class Machine:
    """Where PostgreSQL and Temporal are instead of in containers."""

    cluster: Cluster
    temporal: str
    folder: Path

    def settings(self, service: str) -> dict[str, str]:
        """Our settings as the compose file gives them to a service, with these addresses."""
        given = {
            name.removeprefix(PREFIX): filled(value, SECRETS)
            for name, value in services()[service]["environment"].items()
            if name.startswith(PREFIX)
        }
        given["DATABASE_URL"] = given["DATABASE_URL"].replace(
            "@postgres:5432", f"@127.0.0.1:{self.cluster.port}"
        )
        given["TEMPORAL_ADDRESS"] = self.temporal
        return {**given, "DATA_DIR": str(self.folder / "data")}

    def process(self, service: str, port: int) -> Process:
        """A service's command as a process, on another port."""
        ports = {"8080": str(port), "8081": str(free_port())}
        words = [ports.get(word, word) for word in services()[service]["command"]]
        return Process(self.folder, *words, **self.settings(service))

    def command(self, service: str, words: Sequence[str]) -> Process:
        """Another command in a service's container, as `docker compose run` starts it."""
        return Process(self.folder, *words, **self.settings(service))

    def make_databases(self) -> None:
        """Run the script that the image of PostgreSQL runs on an empty volume."""
        at = urlsplit(self.cluster.url())
        run_script(
            "postgres/databases.sh",
            PATH=f"{self.cluster.bin}{os.pathsep}{os.environ['PATH']}",
            PGHOST="127.0.0.1",
            PGPORT=str(at.port),
            PGPASSWORD=self.cluster.password,
            POSTGRES_USER=str(at.username),
            **{name: SECRETS[name] for name in ("STORE_PASSWORD", "TEMPORAL_PASSWORD")},
        )

    def make_namespace(self) -> None:
        """Run the job that makes the namespace, as it is told by the compose file."""
        told = services()["temporal-namespace"]["environment"]
        run_script(
            "temporal/namespace.sh",
            PATH=f"{find_binary().parent}{os.pathsep}{os.environ['PATH']}",
            **{name: filled(value, {}) for name, value in told.items() if name != "TEMPORAL_ADDRESS"},
            TEMPORAL_ADDRESS=self.temporal,
        )


def run_script(name: str, **environment: str) -> str:
    """Run a script of `deploy/` by its own first line; what it said. Fails as it fails."""
    home = {"HOME": os.environ.get("HOME", "/"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [str(ROOT / "deploy" / name)],
        env={**home, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def grace(service: str) -> float:
    """For so many seconds a container may take to stop before it is killed."""
    return float(services()[service]["stop_grace_period"].rstrip("s"))


def is_healthy(service: str, port: int) -> bool:
    """What the container's own health check says, asked of another port."""
    _, python, *rest = services()[service]["healthcheck"]["test"]
    assert python == "python"
    words = [word.replace(":8080/", f":{port}/") for word in rest]
    return subprocess.run([sys.executable, *words], capture_output=True, check=False).returncode == 0


def await_health(process: Process, service: str, port: int) -> None:
    """Until the container's health check is content; fails with what the process said where it ended.

    Its log is read first: a check is a process of its own, and many of them slow down what they wait for.
    """

    def listens() -> bool:
        assert process.popen.poll() is None, process.said
        return any(LISTENS[service] in line for line in process.said)

    eventually(listens, START_S)
    eventually(lambda: is_healthy(service, port))
