"""The real API in one process after the other, each of which kills itself at a moment of its own.

    python -m tests.ingress.mortal_api DATABASE_URL LISTENING_FD REPORT DATA_DIR WAYS

A process dies by SIGKILL between two statements of the write path between which none died before, or
before, within or after an answer. The next one takes over the socket. Everything is imported once and
each process is a fork, so a restart takes a moment. When all moments were died at, the last one lives on.
With WAYS `every` a statement is died before on every way that led to it, with `one` on the first.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any
from zlib import crc32

from pydantic import SecretStr
from sqlalchemy import Engine, event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadworkflows import bootstrap
from leadworkflows.api.app import create_app
from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import load_policy
from leadworkflows.serving import serving
from leadworkflows.settings import Settings, SourceSettings
from leadworkflows.store import Store, migrate
from leadworkflows.store.engine import READ_ONLY
from tests.ingress.deliveries import FORM_TOKEN, deliveries
from tests.ingress.inside import ask
from tests.sources.inbound import SECRET

BEGIN, COMMIT, ANSWER = "BEGIN", "COMMIT", "the answer"
_VALUES = re.compile(r"(?:%\(\w+\)s(?:::\w+)?|\?)(?:, (?:%\(\w+\)s(?:::\w+)?|\?))*")
_TABLE = re.compile(r"^(INSERT INTO|UPDATE|DELETE FROM|SELECT.*?FROM) (\w+)", re.DOTALL)


class Moments:
    """Where processes died so far, and where this one dies."""

    def __init__(self, report: Path, spared: int, ways: str) -> None:
        """`spared`: how many transactions this process lives through whatever happens."""
        self._report, self._ways = report, ways
        self._spared = spared
        self._died, self._seen = read_report(report)
        self._last = BEGIN

    def watch(self, engine: Engine) -> None:
        """Be at every statement and commit of the transactions that write."""
        event.listen(engine, "begin", self._on_begin, insert=True)  # before it says BEGIN
        event.listen(engine, "before_cursor_execute", self._on_statement)
        event.listen(engine, "after_cursor_execute", self._on_done)
        commit = engine.dialect.do_commit

        def committing(connection: Any) -> None:
            self.between(self._last, COMMIT)
            commit(connection)
            self.between(COMMIT, "anything else")
            self._spared -= 1

        engine.dialect.do_commit = committing  # type: ignore[method-assign,assignment]

    def _on_begin(self, connection: Any) -> None:
        if not connection.get_execution_options().get(READ_ONLY):
            self._last = BEGIN

    def _on_statement(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not connection.get_execution_options().get(READ_ONLY):
            self.between(self._last, label(statement))

    def _on_done(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not connection.get_execution_options().get(READ_ONLY):
            self._last = label(statement)

    def between(self, one: str, other: str) -> None:
        """Die here, unless somebody did already."""
        moment = f"between {one} and {other}" if self._ways == "every" else f"before {other}"
        if moment not in self._seen:
            self._note("seen", moment)
            self._seen.add(moment)
        if self._spared <= 0 and moment not in self._died:
            self._note("died", moment)
            os.kill(os.getpid(), signal.SIGKILL)

    def _note(self, what: str, moment: str) -> None:
        with self._report.open("a") as report:
            report.write(f"{what} {moment}\n")

    def answering(self, app: ASGIApp) -> ASGIApp:
        """The application, which may die before, within or after an answer."""

        async def mortal(scope: Scope, receive: Receive, send: Send) -> None:
            async def say(message: Message) -> None:
                started = message["type"] == "http.response.start"
                self.between(COMMIT, ANSWER) if started else self.between(ANSWER, "its body")
                await send(message)
                if not started:
                    self.between(ANSWER, "the next")

            await app(scope, receive, say if scope["type"] == "http" else send)

        return mortal


def label(statement: str) -> str:
    """A statement's name: what it does to which table, whatever the number of values."""
    found = _TABLE.match(statement)
    what = f"{found[1][:6].strip()} {found[2]}" if found else statement
    return f"{what} {crc32(_VALUES.sub('?', statement).encode()):08x}" if found else what


def read_report(report: Path) -> tuple[set[str], set[str]]:
    """Where processes died, and every moment that they saw."""
    lines = report.read_text().splitlines() if report.exists() else []
    died, seen = ({line[5:] for line in lines if line.startswith(what)} for what in ("died", "seen"))
    return died, seen


def settings_for(database_url: str, data_dir: Path) -> Settings:
    """Two sources, and nothing else that is not the default."""
    signed = SourceSettings(secrets=[SecretStr(SECRET)])
    sources = {"standard": signed, "form": SourceSettings(secrets=[SecretStr(FORM_TOKEN)])}
    return Settings(_env_file=None, data_dir=data_dir, database_url=database_url, sources=sources)


async def serve(settings: Settings, policy: Policy, listening: socket.socket, moments: Moments) -> None:
    """The API as a process of it runs, until it dies."""
    async with Store.open(settings.database) as store:
        writer = store.database._sqlite_writer
        moments.watch(writer.engine if writer else store.database.engine.sync_engine)
        client = await bootstrap.connect_temporal(settings, lazy=True)
        app = create_app(bootstrap.build_api(settings, store, client, policy, None))
        async with serving(moments.answering(app), listening):  # type: ignore[arg-type]
            await asyncio.get_running_loop().create_future()


async def rehearse(policy: Policy, folder: Path) -> None:
    """Once through everything, so that the forks find it ready and a restart is short."""
    url = f"sqlite:///{folder / 'rehearsal.db'}"
    migrate.upgrade(url)
    settings = settings_for(url, folder)
    async with Store.open(url) as store:
        temporal = await bootstrap.connect_temporal(settings, lazy=True)
        app = create_app(bootstrap.build_api(settings, store, temporal, policy, None))
        sent = (ask(app, each.path, each.body, each.headers()) for each in deliveries(range(3)))
        assert {status for status, _ in await asyncio.gather(*sent)} == {202}


def main(database_url: str, descriptor: str, report: str, data_dir: str, ways: str) -> None:
    settings, policy, lives = settings_for(database_url, Path(data_dir)), load_policy(), 0
    asyncio.run(rehearse(policy, Path(data_dir)))
    gc.freeze()
    while True:
        child = os.fork()
        if child == 0:
            listening = socket.socket(fileno=int(descriptor))
            # Every third process does some work first, so that it dies over what others left.
            moments = Moments(Path(report), spared=lives % 3 == 2, ways=ways)
            asyncio.run(serve(settings, policy, listening, moments))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        lives += 1
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            sys.exit(f"the API ended by itself: {status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
