from __future__ import annotations

import base64
import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.parts import Parts
from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from leadworkflows.web import pages
from tests.domain.variants import DEFAULT
from tests.store.given import classify, form

NOW = datetime(2026, 3, 6, 16, 32, tzinfo=UTC)
KEY = "key-of-the-tests"
ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "title": "CFO",
    "company": "Engines GmbH",
    "phone": "+49 30 1234",
}
POLICY = DEFAULT


def snapshot(lead_id: str, **changes: Any) -> dict[str, Any]:
    """An SQL whose first-contact clock runs, in Berlin."""
    point = {"group": "online", "event_id": "evt-7", "at": "2026-03-05T09:30:00Z"}
    clock = {"clock": "first_contact", "id": "L3", "state": "running", "stopped_at": None, "round": 1}
    times = {"started_at": "2026-03-06T15:50:00Z", "due_at": "2026-03-06T16:50:00Z"}
    return {
        "lead_id": lead_id, "stage": "sql", "sub_status": "attempting_contact",
        "since": "2026-03-06T15:50:00Z",
        "score": {"total": 87, "fit": 2, "engagement": 85, "threshold": 100,
                  "contributions": [{"rule": "P1", "points": 30, **point}]},
        "persona": "cfo", "segment": "everyone-else", "priority": True, "channel": "linkedin",
        "owner": "rep-7", "owner_zone": "Europe/Berlin", "sla": [{**clock, **times}],
        "nurture": {"sequence": "finance", "pass": 1, "step": 2, "next_at": "2026-03-09T08:00:00Z"},
        "contact": {"allowed": True, "reason": None}, "policy": POLICY.id,
        "next_wakeup": None, "pending_actions": [], **changes,
    }  # fmt: skip


def entry(n: int, what: str, *why: str, kind: EntryKind = EntryKind.EVENT) -> TimelineEntry:
    at = NOW - timedelta(minutes=300 - n)
    return TimelineEntry(n=n, at=at, kind=kind, what=what, why=list(why), policy=POLICY.id)


class Site:
    """The pages as a browser asks for them."""

    def __init__(self, store: Store, client: httpx.AsyncClient, app: FastAPI) -> None:
        self.store, self.client, self.app = store, client, app

    def set(self, **changes: Any) -> None:
        """Start again with other settings."""
        deps: ApiDeps = self.app.state.deps
        told = {**deps.settings.model_dump(exclude_unset=True), **changes}
        self.app.state.deps = replace(deps, settings=Settings.model_validate(told))
        self.app.state.parts = Parts(self.app.state.deps)

    async def lead(self, email: str = "ada@example.com", person: dict[str, str] | None = None) -> str:
        """A lead that a form named."""
        told = form(email, email=email, person=ADA if person is None else person)
        await self.store.inbox.accept("form", [told], NOW, classify=classify)
        found = await self.store.leads.lead_id_of(email)
        assert found is not None
        return found

    async def record(self, lead_id: str, *entries: TimelineEntry, **changes: Any) -> None:
        """What the lead's workflow recorded last."""
        revision = entries[-1].n if entries else 1
        await self.store.timeline.record(lead_id, entries, snapshot(lead_id, **changes), revision)

    async def get(self, lead_id: str, password: str | None = KEY, user: str = "anybody") -> httpx.Response:
        return await self.client.get(f"/leads/{lead_id}", headers=basic(user, password))


def basic(user: str, password: str | None) -> dict[str, str]:
    if password is None:
        return {}
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    file = tmp_path_factory.mktemp("migrated") / "leads.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
async def site(migrated, tmp_path, monkeypatch):
    """The application over a real store, at 2026-03-06 16:32 UTC."""
    monkeypatch.chdir(tmp_path)  # where no `.env` lies
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "api_keys": [KEY], "rate_limit_failures": "3/minute"}
    )

    async def ready() -> bool:
        return True

    async with AsyncExitStack() as stack:
        file = shutil.copy(migrated, tmp_path / "leads.db")
        store = await stack.enter_async_context(Store.open(f"sqlite:///{file}"))
        await store.policies.save(POLICY.id, POLICY.name, POLICY.model_dump_json(), NOW)
        deps = ApiDeps(
            store=store, settings=settings, classify=lambda title: {**classify(title)}, policy_id=POLICY.id,
            on_accepted=lambda: None, temporal_ready=ready, clock=lambda: NOW,
        )  # fmt: skip
        app = create_app(deps)
        pages.install(app, lambda lead_id: f"https://temporal.example.com/lead-{lead_id}")
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside")
        yield Site(store, await stack.enter_async_context(client), app)
