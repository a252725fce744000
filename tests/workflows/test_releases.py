"""Two builds of the worker on the real server: a lead that sleeps since the release before goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.api.deployment.v1 import WorkerDeploymentOptions
from temporalio.api.taskqueue.v1 import PollerInfo
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap, worker
from leadworkflows.policies.loader import load_policy
from leadworkflows.releases import FirstRelease, NobodyWorksIt, NoSuchRelease, Releases, at_work
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store
from leadworkflows.workflows import options
from leadworkflows.workflows.lead import LeadWorkflow
from tests.replay.reordered import ReorderedLeadWorkflow
from tests.store.given import ADA, accept, event, lead_of
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]
_PATIENCE_S = 40
MANY = 1000


async def eventually(asked: Callable[[], Awaitable[object]]) -> None:
    """The server tells its parts of a release a moment later, and has no event to wait for."""
    async with asyncio.timeout(_PATIENCE_S):
        while not await asked():
            await asyncio.sleep(0.05)


@dataclass
class Installation:
    """A deployment of its own, whose workers of any release can be started and stopped."""

    settings: Settings
    store: Store
    client: Client
    releases: Releases

    @asynccontextmanager
    async def worker(self, build_id: str, lead: type = LeadWorkflow) -> AsyncIterator[None]:
        """A worker of a release; `lead` is the workflow as that release wrote it."""
        settings = self.settings.model_copy(update={"build_id": build_id})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(worker, "WORKFLOWS", [lead])
            started = bootstrap.build_worker(settings, self.store, self.client)
        async with started:
            yield

    async def activate(self, build_id: str) -> None:
        """Once a worker of it is known."""

        async def done() -> bool:
            try:
                await self.releases.make_current(build_id)
            except NoSuchRelease:
                return False
            return True

        await eventually(done)

    async def counts(self, **expected: int) -> None:
        """Wait until so many open leads are listed with each release."""

        async def listed() -> bool:
            return {f"r{each.build_id}": each.leads for each in await self.releases.states()} == expected

        await eventually(listed)


@pytest.fixture
def installed(settings: Settings, store: Store, env: WorkflowEnvironment) -> Installation:
    name = f"leads-{uuid4().hex[:8]}"
    own = settings.model_copy(update={"worker_deployment": name, "task_queue": name})
    releases = bootstrap.build_releases(own, env.client)
    assert releases is not None
    return Installation(own, store, env.client, releases)


async def ran_by(lead: ServerLead) -> str:
    """The release that the lead's run stays with."""
    info = (await lead.handle.describe()).raw_description.workflow_execution_info
    return info.versioning_info.deployment_version.build_id


async def asleep(new_lead: LeadMaker, installed: Installation) -> tuple[ServerLead, Script]:
    """A lead that did something once and waits for its next nurture step."""
    lead, script = await new_lead(installed.settings.task_queue), Script(datetime.now(UTC))
    await lead.signal(script.event("form_submitted", form="contact", industry="fintech", persona="cfo"))
    await lead.settled()
    return lead, script


async def test_a_lead_asleep_since_the_release_before_wakes_moves_over_and_goes_on(
    installed: Installation, new_lead: LeadMaker, env: WorkflowEnvironment
) -> None:
    """Release 2 gives Temporal its commands in another order: it could not replay a run of release 1."""
    with env.with_time_skipping_disabled():
        async with installed.worker("1"):
            await FirstRelease(installed.releases, "1").run()
            lead, script = await asleep(new_lead, installed)
            before, first_run = await lead.view(), (await lead.handle.describe()).run_id
            assert await ran_by(lead) == "1"
            async with installed.worker("2", ReorderedLeadWorkflow):
                await installed.activate("2")
                await installed.counts(r2=0, r1=1)
                assert await ran_by(lead) == "1"

                async def moved() -> bool:
                    await installed.releases.nudge(MANY)
                    return await ran_by(lead) == "2"

                await eventually(moved)
                await installed.counts(r2=1, r1=0)
        async with installed.worker("2", ReorderedLeadWorkflow):
            assert (await lead.handle.describe()).run_id != first_run
            assert await lead.settled_view() == before
            await lead.signal(script.event("demo_requested"))

            async def is_sql() -> bool:
                return bool((await lead.view())["stage"] == "sql")

            await eventually(is_sql)


async def test_a_lead_whose_release_has_no_worker_any_more_is_moved_to_the_current_one(
    installed: Installation, new_lead: LeadMaker, env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with env.with_time_skipping_disabled():
        async with installed.worker("1"):
            await FirstRelease(installed.releases, "1").run()
            lead, script = await asleep(new_lead, installed)
            await installed.counts(r1=1)
        async with installed.worker("2"):
            await installed.activate("2")
            await installed.counts(r2=0, r1=1)
            # A worker that is gone is listed for another while, and no test waits for that.
            monkeypatch.setattr(Releases, "_worked", only("2"))
            done = await installed.releases.nudge(MANY)
            assert (done.told, done.moved, done.gone) == (1, 1, 0)
            await lead.signal(script.event("demo_requested"))
            assert (await lead.settled_view())["stage"] == "sql"
            assert await ran_by(lead) == "2"


async def test_a_lead_from_before_there_was_a_deployment_comes_over_when_it_is_nudged(
    installed: Installation, new_lead: LeadMaker, env: WorkflowEnvironment
) -> None:
    outside = installed.settings.model_copy(update={"worker_deployment": None})
    with env.with_time_skipping_disabled():
        async with bootstrap.build_worker(outside, installed.store, env.client):
            lead, script = await asleep(new_lead, installed)
            assert await ran_by(lead) == ""
        async with installed.worker("1"):
            await FirstRelease(installed.releases, "1").run()
            await installed.counts(r1=0, rNone=1)
            assert (await installed.releases.nudge(MANY)).moved == 0
            await installed.counts(r1=1)
            await lead.signal(script.event("demo_requested"))
            assert (await lead.settled_view())["stage"] == "sql"


async def test_a_nudge_without_a_newer_release_leaves_a_lead_where_it_is(
    installed: Installation, new_lead: LeadMaker, env: WorkflowEnvironment
) -> None:
    with env.with_time_skipping_disabled():
        async with installed.worker("1"):
            await FirstRelease(installed.releases, "1").run()
            lead, _ = await asleep(new_lead, installed)
            before, timeline = await lead.handle.describe(), await lead.timeline()
            assert (await installed.releases.nudge(MANY)).told == 0
            await lead.handle.signal(options.NUDGE_SIGNAL)
            await lead.view()  # answered after the signal
            assert (await lead.handle.describe()).run_id == before.run_id
            assert await lead.timeline() == timeline


async def test_leads_are_nudged_no_faster_than_asked_and_no_more_than_asked(
    installed: Installation, new_lead: LeadMaker, env: WorkflowEnvironment
) -> None:
    with env.with_time_skipping_disabled():
        async with installed.worker("1"):
            await FirstRelease(installed.releases, "1").run()
            for _ in range(4):
                await asleep(new_lead, installed)
            async with installed.worker("2"):
                await installed.activate("2")
                await installed.counts(r2=0, r1=4)
                began = time.monotonic()
                done = await installed.releases.nudge(5, limit=3)
                assert (done.told, time.monotonic() - began >= 0.4) == (3, True)


async def test_no_lead_is_woken_for_a_current_release_without_workers(
    installed: Installation, new_lead: LeadMaker, env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would leave the release that works it, and wait. It does so for an event, but for nothing else."""
    with env.with_time_skipping_disabled():
        async with installed.worker("1"):
            await FirstRelease(installed.releases, "1").run()
            lead, _ = await asleep(new_lead, installed)
            before = (await lead.handle.describe()).run_id
            async with installed.worker("2"):
                await installed.activate("2")
                await installed.counts(r2=0, r1=1)
            monkeypatch.setattr(Releases, "_worked", only("1"))
            with pytest.raises(NobodyWorksIt, match=r"release 2, .* start its workers, or go back: .*: 1\)$"):
                await installed.releases.nudge(MANY)
            [history] = await lead.histories()
            assert history.run_id == before
            told = [each.workflow_execution_signaled_event_attributes.signal_name for each in history.events]
            assert options.NUDGE_SIGNAL not in told


NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked_before_s", "found"),
    [
        ({"1": 5, "2": 80}, {"1", "2"}),
        ({"1": 5, "2": 110}, {"1"}),
        ({"1": 140, "2": 145}, {"1", "2"}),  # the clock here may be ahead
        ({"1": 200, "2": 160}, set()),  # all of them are gone: the last one to go is no worker either
        ({"1": -300, "2": -290}, {"1", "2"}),  # the clock here is behind
        ({}, set()),
    ],
)
async def test_a_worker_that_did_not_ask_for_work_lately_is_taken_for_gone(
    asked_before_s: dict[str, int], found: set[str]
) -> None:
    listed = [poller("leads", build, ago) for build, ago in asked_before_s.items()]
    assert at_work([*listed, poller("others", "3", 1000)], "leads", NOW) == found


def poller(deployment: str, build_id: str, ago_s: int) -> PollerInfo:
    told = WorkerDeploymentOptions(deployment_name=deployment, build_id=build_id)
    found = PollerInfo(deployment_options=told)
    found.last_access_time.FromDatetime(NOW - timedelta(seconds=ago_s))
    return found


async def test_a_release_that_no_worker_was_seen_of_does_not_become_current(
    installed: Installation, env: WorkflowEnvironment
) -> None:
    with pytest.raises(NoSuchRelease, match="release 7 was seen; seen: none yet"):
        await installed.releases.make_current("7")
    with pytest.raises(NoSuchRelease, match="no current release yet"):
        await installed.releases.nudge(MANY)
    async with installed.worker("1"):
        await FirstRelease(installed.releases, "1").run()
        with pytest.raises(NoSuchRelease, match="release 7 was seen; seen: 1"):
            await installed.releases.make_current("7")
        assert await installed.releases.current() == "1"


async def test_a_second_release_does_not_make_itself_current(installed: Installation) -> None:
    async with installed.worker("1"):
        await FirstRelease(installed.releases, "1").run()
        async with installed.worker("2"):
            await FirstRelease(installed.releases, "2").run()
            assert await installed.releases.current() == "1"


async def test_a_new_lead_begins_on_the_current_release_whichever_worker_hands_it_on(
    installed: Installation, tmp_path: Path, env: WorkflowEnvironment
) -> None:
    """An old worker still hands events on; it may not keep the leads that it starts for itself."""
    own = installed.settings.model_copy(update={"data_dir": tmp_path})
    other = await Client.connect(
        env.client.service_client.config.target_host, data_converter=pydantic_data_converter
    )
    async with await bootstrap.open_store(own) as store:
        await bootstrap.activate_policy(own, store)
        old, new = replace(installed, store=store), replace(installed, store=store, client=other)
        async with old.worker("1"), new.worker("2"):
            await old.activate("1")
            await old.activate("2")
            await accept(store, event("demo_requested", "ada-1", email=ADA), at=datetime.now(UTC))
            lead = ServerLead(env, store, load_policy(), await lead_of(store, ADA), own.task_queue)
            with env.with_time_skipping_disabled():
                assert await bootstrap.build_relay(own, store, old.client).hand_on() == 1
                await lead.settled()
                assert await ran_by(lead) == "2"


def only(*builds: str) -> Callable[[Releases], Awaitable[set[str]]]:
    async def worked(_: Releases) -> set[str]:
        return set(builds)

    return worked
