from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.api.edge import KEY, Edge
from tests.sources.inbound import NOW, SECRET


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    file = tmp_path_factory.mktemp("migrated") / "leads.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
async def store(migrated, tmp_path):
    file = shutil.copy(migrated, tmp_path / "leads.db")
    async with Store.open(f"sqlite:///{file}") as opened:
        yield opened


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where no `.env` lies
    return Settings.model_validate(
        {
            "data_dir": tmp_path,
            "public_url": "https://leads.example.com",
            "api_keys": [KEY, "another-key"],
            "sources": {
                "standard": {"secrets": ["whsec_b2xkIGtleSBvbGQga2V5IG9sZCBrZXk=", SECRET]},
                "typeform": {"secrets": ["typeform-secret"], "forms": {"dEmO42": "demo"}},
                "form": {"secrets": ["token-1"]},
                "partner": {"kind": "standard", "header_prefix": "svix", "secrets": [SECRET]},
            },
        }
    )


@pytest.fixture
async def edge(store, settings):
    """The application over a real store, at 2026-03-02 09:31 UTC, with a client that holds a key."""
    edge = Edge(store)
    deps = ApiDeps(
        store=store,
        settings=settings,
        classify=lambda title: {"persona": "finance", "seniority": "c_level"} if title == "CFO" else {},
        policy_id="default-1",
        on_accepted=edge.wake,
        temporal_ready=edge.temporal_ready,
        command=edge.command,
        clock=lambda: NOW + timedelta(minutes=1),
    )
    async with edge.open(create_app(deps)):
        yield edge
