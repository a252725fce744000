"""A PostgreSQL for those tests that ask for one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from leadworkflows.store import migrate
from tests.postgres import Cluster, running_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster(os.environ.get("LEADWORKFLOWS_TEST_POSTGRES")) as running:
        yield running


@pytest.fixture
def postgresql_url(cluster: Cluster) -> str:
    """An empty database with our tables."""
    url = cluster.create(f"ingress-{uuid4().hex}")
    migrate.upgrade(url)
    return url
