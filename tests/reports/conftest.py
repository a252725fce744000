"""Reports are asked of SQLite and of a real PostgreSQL, as the store's tests are."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from tests.store.conftest import (
    backend,
    cluster,
    empty_url,
    engines,
    migrated_database,
    migrated_file,
    opened,
    store,
    url,
)

__all__ = [
    "backend",
    "cluster",
    "empty_url",
    "engines",
    "migrated_database",
    "migrated_file",
    "opened",
    "store",
    "url",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
