"""One server, one store and one worker for all tests of the workflow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap
from leadworkflows.domain.events import EventType
from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import load_policy
from leadworkflows.settings import Settings
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store.store import Store
from tests.workflows.server import TASK_QUEUE, ServerLead, start_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    async with await start_server() as server:
        yield server


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("workflows")
    return Settings(_env_file=None, data_dir=folder, task_queue=TASK_QUEUE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store(settings: Settings, policy: Policy) -> AsyncIterator[Store]:
    async with await bootstrap.open_store(settings) as opened:
        await bootstrap.activate_policy(settings, opened)
        bootstrap.install_policies(settings, policy)
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker(env: WorkflowEnvironment, settings: Settings, store: Store) -> AsyncIterator[None]:
    async with bootstrap.build_worker(settings, store, env.client):
        yield


class LeadMaker:
    """Makes people in the store, each with a lead to drive."""

    def __init__(self, env: WorkflowEnvironment, store: Store, policy: Policy) -> None:
        self._env, self._store, self._policy = env, store, policy

    async def __call__(self, task_queue: str = TASK_QUEUE) -> ServerLead:
        email = f"{uuid4().hex}@example.com"
        known = InboundEvent(
            delivery_id=uuid4().hex, type=EventType.FACTS_UPDATED, identity=Identity(email=email)
        )
        await self._store.inbox.accept("test", [known], datetime.now(UTC), classify=lambda _: {})
        lead_id = await self._store.leads.lead_id_of(email)
        assert lead_id is not None
        return ServerLead(self._env, self._store, self._policy, lead_id, task_queue)


@pytest.fixture(scope="session")
def new_lead(env: WorkflowEnvironment, store: Store, policy: Policy, worker: None) -> LeadMaker:
    return LeadMaker(env, store, policy)
