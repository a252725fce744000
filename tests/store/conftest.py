"""Every test here that asks for a store runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from leadworkflows.store import Store, migrate
from leadworkflows.store.models import Base
from tests.postgres import Cluster, running_cluster

SQLITE = "sqlite"
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgres)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """LEADWORKFLOWS_TEST_POSTGRES is `system`, `pypi` or a folder of binaries; else what is there."""
    with running_cluster(os.environ.get("LEADWORKFLOWS_TEST_POSTGRES")) as running:
        yield running


@pytest.fixture(scope="session")
def migrated_database(cluster: Cluster) -> str:
    """Emptied before each test, which takes 5 ms; a database for each test takes 100."""
    url = cluster.create("store")
    migrate.upgrade(url)
    return url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


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


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database without rows."""
    if backend == SQLITE:
        path = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "store.db")
        return f"sqlite:///{path}"
    migrated: str = request.getfixturevalue("migrated_database")
    with psycopg.connect(migrated, autocommit=True) as connection:
        tables = [sql.Identifier(table.name) for table in reversed(Base.metadata.sorted_tables)]
        connection.execute(sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(table) for table in tables))
    return migrated


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with Store.open(url) as opened:
        yield opened


@pytest.fixture
async def four_stores(url: str) -> AsyncIterator[list[Store]]:
    """As four processes would have it: each its own engine and queue of writers."""
    stores = [Store.open(url) for _ in range(4)]
    yield stores
    await asyncio.gather(*(each.close() for each in stores))
