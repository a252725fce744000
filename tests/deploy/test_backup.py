"""Back up, lose everything, restore: leads go on. With the options that the page tells operators."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import shlex
import shutil
import signal
import subprocess
import tarfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from leadworkflows.embedded import EmbeddedServer
from leadworkflows.store import Store
from tests.architecture.tree import ROOT
from tests.cli.conftest import Client, eventually
from tests.cli.test_processes import free_port
from tests.deploy.by_hand import SECRETS, Machine, await_health, grace
from tests.postgres import Cluster, running_cluster

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.postgres, pytest.mark.timeout(300)]
PAGE = (ROOT / "docs/operations.md").read_text()


def told(program: str) -> list[str]:
    """The options that the page gives a program, without those that say where the server is."""
    line = re.search(rf"exec -T postgres {program} ((?:.*\\\n)*.*?) [|>]", PAGE)
    assert line
    words = shlex.split(line[1].replace("\\\n", " "))
    assert words.pop(0) == "--username=postgres"
    return words


def run(cluster: Cluster, program: str, *options: str, given: bytes | None = None) -> bytes:
    """A program of PostgreSQL's, as the administrator of the cluster; what it wrote."""
    where = ["--host=127.0.0.1", f"--port={cluster.port}", "--username=tester"]
    done = subprocess.run(
        [str(cluster.bin / program), *where, *options],
        input=given,
        capture_output=True,
        env={**os.environ, "PGPASSWORD": cluster.password},
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def physical(cluster: Cluster, kept: Path) -> None:
    """All databases at one moment, while they run."""
    kept.write_bytes(run(cluster, "pg_basebackup", *told("pg_basebackup")))


def physical_back(cluster: Cluster, kept: Path) -> None:
    """The files, into an empty folder of the server's own user."""
    data = cluster.folder / "data"
    data.mkdir(mode=0o700)
    with tarfile.open(kept) as archive:
        archive.extractall(data, filter="data")
    for path in (data, *data.rglob("*")):
        cluster.run_as.owns(path)
    data.chmod(0o700)
    cluster.start()


def logical(cluster: Cluster, kept: Path) -> None:
    """Statements that make roles and databases again."""
    kept.write_bytes(gzip.compress(run(cluster, "pg_dumpall", *told("pg_dumpall"))))


def logical_back(cluster: Cluster, kept: Path) -> None:
    """The statements, read by a new and empty server. That it cannot drop its own user is no failure."""
    cluster.init()
    cluster.start()
    run(cluster, "psql", "--dbname=postgres", "--quiet", given=gzip.decompress(kept.read_bytes()))


@asynccontextmanager
async def at_work(cluster: Cluster, folder: Path, *, first: bool) -> AsyncIterator[tuple[Machine, Client]]:
    """The whole installation while the block lasts: Temporal's server, a worker, and the API."""
    api_port, worker_port = free_port(), free_port()
    async with EmbeddedServer(folder / "temporal", 0, 0) as server:
        machine = Machine(cluster, server.address, folder)
        if first:
            await asyncio.to_thread(machine.make_databases)
            await asyncio.to_thread(machine.make_namespace)
        with (
            machine.process("api", api_port) as api,
            machine.process("worker", worker_port) as worker,
            Client(f"http://127.0.0.1:{api_port}", SECRETS["LEADWORKFLOWS_API_KEYS"]) as http,
        ):
            # Both: on a busy machine a worker takes longer to start than a lead may take below.
            await asyncio.to_thread(await_health, api, "api", api_port)
            await asyncio.to_thread(await_health, worker, "worker", worker_port)
            yield machine, http
            assert worker.ask(signal.SIGTERM, grace("worker")) == 0
            assert api.ask(signal.SIGTERM, grace("api")) == 0


async def done_in_the_world(machine: Machine) -> dict[str, str]:
    """Every effect by its key, with how it ended."""
    async with Store.open(machine.settings("api")["DATABASE_URL"]) as store:
        return {each.key: each.status for each in await store.effects.list(100)}


def all_done(machine: Machine) -> bool:
    """Whether the mail and the alert of a demo request are out, and nothing else is under way."""
    found = asyncio.run(done_in_the_world(machine))
    return len(found) >= 2 and set(found.values()) == {"confirmed"}


@pytest.mark.parametrize(("keep", "bring_back"), [(physical, physical_back), (logical, logical_back)])
async def test_after_a_restore_a_lead_goes_on_where_it_stood(tmp_path: Path, keep, bring_back):
    kept, temporal = tmp_path / "backup", tmp_path / "temporal"
    with running_cluster(os.environ.get("LEADWORKFLOWS_TEST_POSTGRES")) as cluster:
        async with at_work(cluster, tmp_path, first=True) as (machine, http):
            http.tell("demo_requested", "evt-1")
            await asyncio.to_thread(eventually, lambda: http.lead().get("stage") == "sql")
            await asyncio.to_thread(eventually, lambda: http.get("/readyz").json()["backlog"] == 0)
            lead = http.lead()["lead_id"]
            await asyncio.to_thread(eventually, partial(all_done, machine))
            before = Counter(http.happened())
        # Temporal's server lies in SQLite here, so the one moment is one at which nothing runs.
        done = await done_in_the_world(machine)
        await asyncio.to_thread(keep, cluster, kept)
        shutil.copytree(temporal, tmp_path / "temporal-backup")

        await asyncio.to_thread(cluster.stop)
        shutil.rmtree(cluster.folder / "data")
        shutil.rmtree(temporal)

        shutil.move(tmp_path / "temporal-backup", temporal)
        await asyncio.to_thread(bring_back, cluster, kept)
        async with at_work(cluster, tmp_path, first=False) as (machine, http):
            assert http.lead()["lead_id"] == lead
            assert Counter(http.happened()) >= before
            http.tell("meeting_booked", "evt-2")
            http.tell("demo_requested", "evt-1")  # a sender repeats what was here before
            await asyncio.to_thread(eventually, lambda: Counter(http.happened()) > before)
            await asyncio.to_thread(eventually, lambda: http.get("/readyz").json()["backlog"] == 0)
        after = await done_in_the_world(machine)
    assert {key: after[key] for key in done} == done
