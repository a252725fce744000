"""Temporal is away for the length of five thousand deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowHandle,
)

from leadworkflows import bootstrap
from leadworkflows.api.app import create_app
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.embedded import EmbeddedServer
from leadworkflows.policies.loader import load_policy
from leadworkflows.settings import Settings, SourceSettings
from leadworkflows.store import Store
from leadworkflows.store.models import EventRow, TimelineRow
from leadworkflows.worker import running
from tests.ingress.inside import ask, gauge
from tests.ingress.lives import EACH, PEOPLE, email, life, signed
from tests.sources.inbound import SECRET
from tests.workflows.server import story

pytestmark = [pytest.mark.temporal, pytest.mark.timeout(240)]

AT_A_TIME = 8
OLDEST, BACKLOG = "leadworkflows_inbox_oldest_seconds", "leadworkflows_inbox_backlog"


class InFlight(Interceptor):
    """Counts the calls that hand events on and are not answered yet."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 (the SDK's name)
        return _Counting(next, self)


class _Counting(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, count: InFlight) -> None:
        super().__init__(following)
        self._count = count

    async def start_workflow(self, given: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        self._count.now += 1
        self._count.most = max(self._count.most, self._count.now)
        try:
            return await super().start_workflow(given)
        finally:
            self._count.now -= 1


@asynccontextmanager
async def instance(settings: Settings, in_flight: InFlight) -> AsyncIterator[tuple[FastAPI, Store]]:
    """The API, the relay and the worker, as one process has them."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(await bootstrap.open_store(settings))
        policy = await bootstrap.activate_policy(settings, store)
        bootstrap.install_policies(settings, policy)
        client = await bootstrap.connect_temporal(settings)
        counted = Client(**{**client.config(), "interceptors": [in_flight]})  # type: ignore[arg-type]
        relay = bootstrap.build_relay(settings, store, counted)
        await stack.enter_async_context(running(bootstrap.build_worker(settings, store, client), [relay]))
        yield create_app(bootstrap.build_api(settings, store, client, policy, relay)), store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    sources = {"standard": SourceSettings(secrets=[SecretStr(SECRET)])}
    return Settings(_env_file=None, data_dir=tmp_path, relay_concurrency=AT_A_TIME, sources=sources)


async def test_temporal_may_be_away_for_five_thousand_deliveries(settings: Settings) -> None:
    folder, in_flight, now = settings.data_dir, InFlight(), datetime.now(UTC)
    lives = [life(n, now) for n in range(PEOPLE)]
    async with AsyncExitStack() as stack:
        async with EmbeddedServer(folder, 0, 0) as server:
            there = settings.model_copy(update={"temporal_address": server.address})
            app, store = await stack.enter_async_context(instance(there, in_flight))
            await deliver(app, [each[0] for each in lives[:40]])
            await handed_on(store)
        await deliver(app, [body for n, each in enumerate(lives) for body in each[n < 40 :]])
        await shows_what_waits(app, store)
        async with EmbeddedServer(folder, server.temporal_port, server.ui_port):
            await handed_on(store)
            await everything_recorded(store)
            await stack.aclose()
    async with Store.open(settings.database) as store:
        await check_every_lead(store, load_policy())
    assert in_flight.most == AT_A_TIME


async def deliver(app: FastAPI, bodies: Iterable[bytes]) -> None:
    """Every delivery is acknowledged, 64 at a time, those of one person in any order."""
    queue = iter(bodies)

    async def sender() -> None:
        for body in queue:
            status, said = await ask(app, "/webhooks/standard", body, signed(body))
            assert status == 202, said

    await asyncio.gather(*(sender() for _ in range(64)))


async def shows_what_waits(app: FastAPI, store: Store) -> None:
    waiting = await store.inbox.backlog()
    assert waiting >= PEOPLE * EACH - 40 - PEOPLE  # strangers who never said their name wait for nobody
    assert await gauge(app, BACKLOG) == waiting
    oldest = await store.inbox.oldest_waiting()
    assert oldest is not None
    assert await gauge(app, OLDEST) >= (datetime.now(UTC) - oldest).total_seconds() - 1 > 0


async def handed_on(store: Store) -> None:
    async with asyncio.timeout(90):
        while await store.inbox.backlog():
            await asyncio.sleep(0.05)
    assert await store.inbox.oldest_waiting() is None


async def everything_recorded(store: Store) -> None:
    """Every event of the inbox is on its lead's timeline."""
    on_timeline = select(func.count()).select_from(TimelineRow).where(TimelineRow.kind == "event")
    in_inbox = select(func.count()).select_from(EventRow).where(EventRow.lead_id.is_not(None))
    async with asyncio.timeout(90):
        while True:
            async with store.database.reading() as connection:
                counts = [(await connection.execute(one)).scalar() for one in (on_timeline, in_inbox)]
            if counts[0] == counts[1]:
                return
            await asyncio.sleep(0.05)


async def check_every_lead(store: Store, policy: Policy) -> None:
    """Taken in in the inbox's order, and what came of it is what the in-memory driver says."""
    stages = set()
    for n in range(PEOPLE):
        lead_id = await store.leads.lead_id_of(email(n))
        assert lead_id is not None
        events, told = await store.inbox.of(lead_id), await store.timeline.of(lead_id)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        taken = [entry.data["event_id"] for entry in told if entry.kind == "event"]
        assert taken == [event.id for event in events]
        simulated = Simulation(policy, lead_id)
        simulated.deliver(*events, at=datetime.now(UTC))
        view, record = simulated.journey.view(), await store.leads.get(lead_id)
        assert record is not None
        assert record.snapshot is not None
        for what in ("stage", "sub_status", "score", "priority", "persona", "segment", "contact"):
            assert record.snapshot[what] == view[what], (n, what)
        assert story(told) == story(simulated.timeline)
        stages.add(view["stage"])
    assert stages >= {"lead", "mql", "sql", "disqualified"}
