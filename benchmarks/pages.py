#!/usr/bin/env python3
"""Whether the pages stay quick on a long record: every page and report, by HTTP, on a full database.

Plays a small year through the core, copies its leads with other ids until there are enough, and asks the
API for each page five times. On PostgreSQL (a private server in a temporary folder) 200,000 leads
with 4 million entries of their timelines; on SQLite 20,000. What takes longer than its bound is printed
with the plans of its statements. Raw requests and the inbox, which no page reads, are not copied.

    python benchmarks/pages.py [--database sqlite|postgresql] [--leads 200000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, event, func, select, text

from leadworkflows import bootstrap
from leadworkflows.api.app import create_app
from leadworkflows.demo.year.fill import YearOf, fill
from leadworkflows.policies.loader import load_policy
from leadworkflows.serving import bind, serving
from leadworkflows.settings import Settings
from leadworkflows.store.engine import make_sync_engine
from leadworkflows.store.migrate import upgrade
from leadworkflows.store.models import Base
from leadworkflows.store.store import Store
from leadworkflows.web.pages import install

sys.path.insert(0, str(Path(__file__).parents[1]))  # the private PostgreSQL is the tests' own
from tests.postgres import running_cluster

PLAYED = 500
"""Leads that are played; the others are copies of them."""
ENTRIES_A_LEAD = 20
"""Of the copies, on average: quiet leads are copied more often than lively ones."""
ALL_EVERY = 6
"""Of so many rounds of copies one copies lively leads too."""
TIMES = 5
BOUND_MS, FUNNEL_MS = 300, 800
KEY = "lw_benchmark"
COPIED = (
    "leads",
    "people",
    "timeline",
    "passes",
    "clocks",
    "earned",
    "desk",
    "effects",
    "assignments",
    "notes",
)
ONCE = ("outbox", "cards")
"""Copied for every twentieth round alone: their bodies would fill the disk and slow nothing."""


@dataclass(frozen=True)
class Page:
    """An address, and within how many milliseconds it is to answer."""

    path: str
    bound: int = BOUND_MS


def pages(lead_id: str, longest: str, word: str) -> Iterator[Page]:
    """Everything that is measured; `word` is how names begin that are looked for.

    `longest` is the lead to whom most happened.
    """
    for path in ("/", "/reasons", "/reasons?channel=linkedin", "/policy"):
        yield Page(path)
    for path in ("/outbox", "/outbox?kind=email", "/outbox?kind=slack", f"/outbox?lead={lead_id}"):
        yield Page(path)
    for path in (f"/leads/{lead_id}", f"/leads/{longest}", f"/leads/{longest}?entries=all"):
        yield Page(path)
    for query in (
        "",
        "?by=channel",
        "?by=segment",
        "?by=persona",
        "?by=industry",
        "?by=owner",
        "?channel=linkedin",
    ):
        yield Page(f"/funnel{query}", FUNNEL_MS)
    for query in (
        "", "?stage=mql", "?owner=anna", "?persona=cfo", "?segment=everyone-else", "?channel=webinar",
        "?industry=fintech", "?min_score=60", "?clock=ticking", "?clock=missed", f"?q={word}",
        "?sort=score", "?sort=last", "?sort=clock", "?stage=sql&channel=linkedin&sort=score", "?q=a",
        "?stage=customer&persona=cfo&industry=biotech&min_score=150", "?owner=nobody&sort=last",
    ):  # fmt: skip
        yield Page(f"/leads{query}")
    for name in (
        "funnel", "benchmarks", "channels", "times", "reasons", "reps", "rules", "levels", "contacted",
        "returned", "costs",
    ):  # fmt: skip
        yield Page(f"/api/v1/reports/{name}", FUNNEL_MS if name == "funnel" else BOUND_MS)


async def main(database: str, leads: int, keep: Path | None) -> int:
    """Fill, measure, print; how many pages took too long."""
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(TemporaryDirectory(prefix="leadworkflows-pages-")))
        folder.mkdir(parents=True, exist_ok=True)
        if database == "postgresql":
            url = stack.enter_context(running_cluster()).url()
        else:
            url = f"sqlite:///{folder / 'leadworkflows.db'}"
        await filled(url, leads)
        async with serving_pages(folder, url) as http:
            return await measure(http, url)


async def filled(url: str, leads: int) -> None:
    """The database with so many leads; one that has them already is left as it is."""
    began = time.perf_counter()
    await asyncio.to_thread(upgrade, url)
    engine = make_sync_engine(url)
    with engine.connect() as connection:
        there = connection.execute(text("SELECT count(*) FROM leads")).scalar_one()
    if not there:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        async with Store.open(url) as store:
            await fill(store, YearOf(now, seed=1, leads=PLAYED), load_policy())
        copy(engine, leads)
    with engine.connect() as connection:
        counts = {
            name: connection.execute(
                select(func.count()).select_from(Base.metadata.tables[name])
            ).scalar_one()
            for name in COPIED
        }
    engine.dispose()
    say(f"{', '.join(f'{count:,} {name}' for name, count in counts.items())}")
    say(f"filled in {time.perf_counter() - began:.0f} s\n")


def copy(engine: Engine, leads: int) -> None:
    """Copies with ids of their own, until there are so many leads."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE chosen (lead_id VARCHAR(32) PRIMARY KEY, quiet INTEGER)"))
        connection.execute(
            text(
                "INSERT INTO chosen SELECT lead_id, CASE WHEN count(*) <= :least THEN 1 ELSE 0 END"
                " FROM timeline GROUP BY lead_id"
            ),
            {"least": ENTRIES_A_LEAD},
        )
    there, number = PLAYED, 0
    while there < leads:
        number += 1
        with engine.begin() as connection:
            there += copy_once(connection, number, quiet=number % ALL_EVERY != 0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP TABLE chosen"))
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))


def copy_once(connection: Connection, number: int, *, quiet: bool) -> int:
    """One round of copies; how many leads it made."""
    tables, made = COPIED + (ONCE if number % 20 == 0 else ()), 0
    for name in tables:
        columns = {column.name: own(name, column.name) for column in Base.metadata.tables[name].columns}
        wanted = {column: value for column, value in columns.items() if value}
        said = ", ".join(f'"{column}"' for column in wanted)
        chosen = "c.quiet = 1" if quiet else "1 = 1"
        done = connection.execute(
            text(  # names of our own tables and columns
                f"INSERT INTO {name} ({said}) SELECT {', '.join(wanted.values())}"  # noqa: S608
                f" FROM {name} t JOIN chosen c ON c.lead_id = t.lead_id WHERE {chosen}"
            ),
            {"number": f"{number:08x}", "people": f"{number}."},
        )
        made = done.rowcount if name == "leads" else made
    return made


def own(table: str, column: str) -> str:
    """What stands in a column of a copy; empty where the database gives it."""
    new = "(substr(t.lead_id, 1, 24) || CAST(:number AS VARCHAR(8)))"
    if column == "lead_id":
        return new
    if column == "key" or (table == "cards" and column == "ts"):
        return f'replace(t."{column}", t.lead_id, {new})'
    if (table, column) == ("people", "email"):
        return "(CAST(:people AS VARCHAR(9)) || t.email)"
    if (table, column) == ("notes", "event_id"):
        return "(t.event_id || CAST(:number AS VARCHAR(8)))"
    return "" if column == "id" else f't."{column}"'


@asynccontextmanager
async def serving_pages(folder: Path, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API with its pages, and a client that may read. Temporal is away."""
    settings = Settings(data_dir=folder, database_url=url, api_keys=[SecretStr(KEY)])
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(await bootstrap.open_store(settings))
        policy = await bootstrap.activate_policy(settings, store)
        client = await bootstrap.connect_temporal(settings, lazy=True)
        app = create_app(bootstrap.build_api(settings, store, client, policy, relay=None))
        install(app, partial(bootstrap.run_url, settings))
        listening = bind("127.0.0.1", 0)
        await stack.enter_async_context(serving(app, listening))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        headers = {"Authorization": f"Bearer {KEY}", "Accept": "text/html, application/json"}
        yield await stack.enter_async_context(
            httpx.AsyncClient(base_url=address, headers=headers, timeout=120)
        )


async def measure(http: httpx.AsyncClient, url: str) -> int:
    """Ask for every page and print how long it took; how many took too long."""
    engine = make_sync_engine(url)
    with engine.connect() as connection:
        lead_id, longest = (
            connection.execute(text(f"SELECT lead_id FROM leads {which} LIMIT 1")).scalar_one()  # noqa: S608
            for which in ("WHERE stage = 'sql'", "ORDER BY revision DESC")
        )
    say(f"{'':60} {'p50':>8} {'max':>8}   ms")
    statements, late = watched(), 0
    for page in pages(lead_id, longest, "ada"):
        statements.clear()
        took, status = await asked(http, page.path)
        slow = statistics.median(took) > page.bound
        late += slow or status != 200
        marks = f"{f'  over {page.bound}' if slow else ''}{f'  status {status}' if status != 200 else ''}"
        name = page.path.replace(lead_id, "…").replace(longest, "(the longest)")
        say(f"{name:60} {statistics.median(took):8.0f} {max(took):8.0f}{marks}")
        if slow:
            explain(engine, statements)
    engine.dispose()
    return late


Statements = dict[str, tuple[float, Any]]


def watched() -> Statements:
    """How long each statement takes from now on at most, in seconds, with its parameters."""
    found: Statements = {}

    @event.listens_for(Engine, "before_cursor_execute")
    def begin(_connection: Any, _cursor: Any, _sql: str, _given: Any, context: Any, *_: Any) -> None:
        context.began = time.perf_counter()

    @event.listens_for(Engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, sql: str, given: Any, context: Any, *_: Any) -> None:
        took = time.perf_counter() - context.began
        found[sql] = max(found.get(sql, (0.0, None)), (took, given), key=lambda each: each[0])

    return found


def explain(engine: Engine, statements: Statements) -> None:
    """The plan of the statement that took longest."""
    sql, (took, given) = max(statements.items(), key=lambda each: each[1][0])
    prefix = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS) "
    say(f"    {took * 1_000:.0f} ms: {' '.join(sql.split())[:600]}")
    with engine.connect() as connection:
        for row in connection.exec_driver_sql(prefix + sql, given).fetchmany(25):
            say(f"    | {row[-1]}")


async def asked(http: httpx.AsyncClient, path: str) -> tuple[list[float], int]:
    """How long a page took each time, in milliseconds, and its last status."""
    took, status = [], 0
    for _ in range(TIMES):
        began = time.perf_counter()
        status = (await http.get(path)).status_code
        took.append((time.perf_counter() - began) * 1_000)
    return took, status


def say(what: str) -> None:
    """A line."""
    sys.stdout.write(what + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--leads", type=int, help="20,000 on SQLite and 200,000 on PostgreSQL")
    parser.add_argument("--keep", type=Path, help="keep the SQLite file here, and use it again")
    given = parser.parse_args()
    usual = 20_000 if given.database == "sqlite" else 200_000
    raise SystemExit(bool(asyncio.run(main(given.database, given.leads or usual, given.keep))))
