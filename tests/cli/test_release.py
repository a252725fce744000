"""`leadworkflows release` and `leadworkflows replay check`, against the real server."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap, releases, replaying, tally
from leadworkflows.domain.events import EventType
from leadworkflows.settings import Settings
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.worker import WORKFLOWS
from tests.cli.conftest import PATIENCE_S, Cli, Process
from tests.replay.reordered import ReorderedLeadWorkflow
from tests.replay.scenarios import Stage
from tests.workflows.events import Script
from tests.workflows.server import start_server

pytestmark = pytest.mark.temporal


@asynccontextmanager
async def asleep(
    folder: Path, **changes: object
) -> AsyncIterator[tuple[dict[str, str], WorkflowEnvironment]]:
    """A server with one lead that sleeps; the environment of commands that ask it."""
    queue = f"own-{uuid4().hex[:8]}"
    settings = Settings(_env_file=None, data_dir=folder, task_queue=queue).model_copy(update=changes)
    async with await start_server() as env, await bootstrap.open_store(settings) as store:
        bootstrap.install_policies(settings, await bootstrap.activate_policy(settings, store))
        address = env.client.service_client.config.target_host
        told = {"DATA_DIR": str(folder), "TASK_QUEUE": queue, "TEMPORAL_ADDRESS": address}
        async with bootstrap.build_worker(settings, store, env.client):
            with env.with_time_skipping_disabled():
                if settings.worker_deployment:
                    [first] = bootstrap.first_release(settings, env.client)
                    await first.run()
                    told["WORKER_DEPLOYMENT"] = settings.worker_deployment
                lead = await Stage(env, settings, store).lead()
                await lead.signal(Script(datetime.now(UTC)).event("form_submitted", form="contact"))
                await lead.settled()
            yield told, env


async def test_replay_check_goes_through_all_runs_and_names_the_one_that_this_code_breaks(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asleep(tmp_path) as (told, env):
        await _listed(env, 1)
        good = await asyncio.to_thread(cli, "replay", "check", "--since", "1h", **told)
        assert (good.exit_code, good.output) == (0, "All 1 runs go on with this code.\n")

        changed = [ReorderedLeadWorkflow, *WORKFLOWS[1:]]
        monkeypatch.setattr(replaying, "WORKFLOWS", changed)
        kept = tmp_path / "failing"
        bad = await asyncio.to_thread(cli, "replay", "check", "--json", "--keep", kept, **told)
        assert bad.exit_code == 1
        said = json.loads(bad.stdout)
        [failed] = said["failed"]
        assert (said["replayed"], failed["workflow_id"][:5]) == (1, "lead-")
        assert "Nondeterminism" in failed["problem"]
        assert "workflow.patched" in said["advice"]
        [file] = kept.iterdir()
        assert json.loads(gzip.decompress(file.read_bytes()))["runs"][0][0] == failed["workflow_id"]

        spoken = await asyncio.to_thread(cli, "replay", "check", **told)
        assert spoken.exit_code == 1
        assert f"{failed['workflow_id']} (run {failed['run_id']})" in spoken.output
        assert "1 of 1 runs cannot go on with this code." in spoken.output


async def test_release_status_activate_and_nudge(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asleep(tmp_path, worker_deployment="leads", build_id="1") as (told, env):
        await _listed(env, 1)
        shown = await asyncio.to_thread(cli, "release", "status", "--json", **told)
        assert json.loads(shown.stdout)["releases"] == [
            {"build_id": "1", "is_current": True, "is_worked": True, "leads": 1}
        ]
        unknown = await asyncio.to_thread(cli, "release", "activate", "2", **told)
        assert unknown.exit_code == 1
        assert "no worker of release 2 was seen; seen: 1" in unknown.output
        again = await asyncio.to_thread(cli, "release", "activate", **told, BUILD_ID="1")
        assert (again.exit_code, again.output.split(".")[0]) == (0, "1 is current")
        nudged = await asyncio.to_thread(cli, "release", "nudge", "--rate", "50", **told)
        assert (nudged.exit_code, nudged.output) == (0, "0 leads were told.\n")
        monkeypatch.setattr(releases, "at_work", lambda *_: set())  # no test waits until a worker is unlisted
        refused = await asyncio.to_thread(cli, "release", "nudge", **told)
        assert refused.exit_code == 1
        assert "no worker of release 1, the current one, asks for work" in " ".join(refused.output.split())


async def test_a_worker_of_another_release_than_the_current_one_is_seen_in_metrics_and_by_the_doctor(
    cli: Cli, tmp_path: Path
) -> None:
    async with asleep(tmp_path, worker_deployment="leads", build_id="1") as (told, env):
        for build, is_current in (("1", 1.0), ("2", 0.0)):
            settings = Settings(_env_file=None, worker_deployment="leads", build_id=build)
            [watch] = bootstrap.release_watch(
                settings.model_copy(update={"task_queue": told["TASK_QUEUE"]}), env.client
            )
            await watch.look()
            shown = tally.REGISTRY.get_sample_value("leadworkflows_release_current", {"build_id": build})
            assert shown == is_current
            done = await asyncio.to_thread(cli, "doctor", "--json", **told, BUILD_ID=build)
            [said] = [each for each in json.loads(done.stdout)["checks"] if each["name"] == "Release"]
            assert said["status"] == ("ok" if is_current else "note"), said


async def test_a_worker_process_of_the_first_release_makes_it_current_and_works_its_leads(
    cli: Cli, tmp_path: Path
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    async with await start_server() as env, await bootstrap.open_store(settings) as store:
        address = env.client.service_client.config.target_host
        told = {"DATA_DIR": str(tmp_path), "TEMPORAL_ADDRESS": address, "WORKER_DEPLOYMENT": "leads"}
        asked = InboundEvent(
            delivery_id="demo-1", type=EventType.DEMO_REQUESTED, identity=Identity(email="ada@example.com")
        )
        await store.inbox.accept("test", [asked], datetime.now(UTC), classify=lambda _: {})
        lead_id = await store.leads.lead_id_of("ada@example.com")
        assert lead_id is not None
        with Process(tmp_path, "worker", **told, BUILD_ID="2026-11"):
            async with asyncio.timeout(PATIENCE_S):
                while (lead := await store.leads.get(lead_id)) is None or lead.snapshot is None:
                    await asyncio.sleep(0.05)
            assert lead.snapshot["stage"] == "sql"
            await _listed(env, 1)
            # Its task queues learn of it first, and the deployment itself says so a moment later.
            async with asyncio.timeout(PATIENCE_S):
                while await _said(cli, told) != ["2026-11", "current", "yes", "1"]:
                    await asyncio.sleep(0.05)


async def _said(cli: Cli, told: dict[str, str]) -> list[str]:
    shown = await asyncio.to_thread(cli, "release", "status", **told)
    return shown.output.splitlines()[1].split()


@pytest.mark.parametrize("command", ["status", "activate", "nudge"])
def test_without_a_deployment_the_setting_is_named(cli: Cli, command: str, tmp_path: Path) -> None:
    """Before anything is asked, so that it is said while Temporal is away too."""
    refused = cli("release", command, TEMPORAL_ADDRESS="127.0.0.1:1", DATA_DIR=str(tmp_path))
    assert refused.exit_code == 2
    assert "set LEADWORKFLOWS_WORKER_DEPLOYMENT" in refused.output


def test_a_server_that_is_away_is_named(cli: Cli) -> None:
    refused = cli("release", "status", TEMPORAL_ADDRESS="127.0.0.1:1", WORKER_DEPLOYMENT="leads")
    assert refused.exit_code == 2
    assert "Temporal at 127.0.0.1:1 cannot be asked (no connection)" in refused.output


@pytest.mark.parametrize("since", ["30", "d", "0d", "1w", "-1d", "30 days"])
def test_a_span_that_cannot_be_read_is_named(cli: Cli, since: str) -> None:
    refused = cli("replay", "check", f"--since={since}")
    assert refused.exit_code == 2
    assert "expected a number and d or h, such as 30d" in refused.output


@pytest.mark.parametrize(("name", "value"), [("WORKER_DEPLOYMENT", "a.b"), ("BUILD_ID", "a b")])
def test_a_name_that_temporal_would_not_take_is_refused(cli: Cli, name: str, value: str) -> None:
    refused = cli("release", "status", **{name: value})
    assert refused.exit_code == 2
    assert f"LEADWORKFLOWS_{name}" in refused.output


async def _listed(env: WorkflowEnvironment, count: int) -> None:
    """Temporal lists a run a moment after its start, and has no event to wait for."""
    async with asyncio.timeout(20):
        while (await env.client.count_workflows("WorkflowType = 'LeadWorkflow'")).count < count:
            await asyncio.sleep(0.05)
