from __future__ import annotations

import shutil

import pytest

from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    file = tmp_path_factory.mktemp("commands") / "leads.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
async def store(migrated, tmp_path):
    file = shutil.copy(migrated, tmp_path / "leads.db")
    async with Store.open(f"sqlite:///{file}") as opened:
        yield opened
