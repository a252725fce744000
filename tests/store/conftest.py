"""Every test here that asks for a store runs on SQLite and on a real PostgreSQL.

The tests share one event loop and, for each database, one store that is emptied before each of
them: opening a store takes longer than most of them do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import Engine, delete

from leadworkflows.store import Store, migrate
from leadworkflows.store.engine import make_sync_engine
from leadworkflows.store.models import Base
from tests.postgres import Cluster, running_cluster

SQLITE = "sqlite"
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgres)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """LEADWORKFLOWS_TEST_POSTGRES is `system`, `pypi` or a folder of binaries; else what is there."""
    with running_cluster(os.environ.get("LEADWORKFLOWS_TEST_POSTGRES")) as running:
        yield running


@pytest.fixture(scope="session")
def migrated_database(cluster: Cluster) -> str:
    url = cluster.create("store")
    migrate.upgrade(url)
    return url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    migrate.upgrade(url)
    return url


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if backend == SQLITE:
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"empty-{uuid4().hex}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def engines() -> Iterator[dict[str, Engine]]:
    """What empties the databases, by address."""
    made: dict[str, Engine] = {}
    yield made
    for engine in made.values():
        engine.dispose()


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest, engines: dict[str, Engine]) -> str:
    """A migrated database without rows: emptying one is faster than making one."""
    migrated = str(request.getfixturevalue("migrated_file" if backend == SQLITE else "migrated_database"))
    if migrated not in engines:
        engines[migrated] = make_sync_engine(migrated)
    with engines[migrated].begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))
    return migrated


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opened() -> AsyncIterator[dict[str, Store]]:
    """The stores that are open, by address."""
    stores: dict[str, Store] = {}
    yield stores
    await asyncio.gather(*(each.close() for each in stores.values()))


@pytest_asyncio.fixture(loop_scope="session")
async def store(url: str, opened: dict[str, Store]) -> Store:
    if url not in opened:
        opened[url] = Store.open(url)
    return opened[url]


@pytest_asyncio.fixture(loop_scope="session")
async def four_stores(url: str) -> AsyncIterator[list[Store]]:
    """As four processes would have it: each its own engine and queue of writers."""
    stores = [Store.open(url) for _ in range(4)]
    yield stores
    await asyncio.gather(*(each.close() for each in stores))
