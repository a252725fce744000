from __future__ import annotations

import shutil
from contextlib import AsyncExitStack

import pytest

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from leadworkflows.web import pages
from tests.safety.house import NOTE, SECRETS, House, move_in
from tests.store.given import classify
from tests.web.conftest import NOW, POLICY


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    file = tmp_path_factory.mktemp("migrated") / "leads.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
async def open_house(migrated, tmp_path, monkeypatch):
    """Opens the application over a real store that knows one person; settings are given by name."""
    monkeypatch.chdir(tmp_path)  # where no `.env` lies
    async with AsyncExitStack() as stack:

        async def opened(**given):
            settings = Settings.model_validate(
                {**SECRETS, "data_dir": tmp_path, "public_url": "https://leads.example.com", **given}
            )
            shutil.copy(migrated, tmp_path / "leads.db")
            store = await stack.enter_async_context(Store.open(f"sqlite:///{tmp_path / 'leads.db'}"))
            await store.policies.save(POLICY.id, POLICY.name, POLICY.model_dump_json(), NOW)
            lead_id = await move_in(store, classify)
            await store.notes.add(lead_id, "evt-2", "rep-7", NOTE, NOW)
            return _house(store, settings, lead_id, await store.links.token(lead_id))

        yield opened


@pytest.fixture
async def house(open_house):
    return await open_house(rate_limit_failures=None)


def _house(store, settings, lead_id, link):
    commands = []

    async def command(lead_id, event):
        commands.append((lead_id, event.type))
        return {"lead_id": lead_id, "stage": "sal"}

    async def ready():
        return True

    deps = ApiDeps(
        store=store, settings=settings, classify=lambda title: {**classify(title)}, policy_id=POLICY.id,
        on_accepted=lambda: None, temporal_ready=ready, command=command, clock=lambda: NOW,
    )  # fmt: skip
    app = create_app(deps)
    pages.install(app, lambda lead_id: None)
    return House(app, store, settings, lead_id, link, commands)
