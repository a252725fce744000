"""Whatever is sent to the documented API, with a key or without: nobody is told what is not theirs."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.keyring import new_key
from leadworkflows.serving import bind, serving
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.api_keys import Scope
from tests.safety.house import NOTE, SECRETS, move_in, secret, secrets_in, told
from tests.store.given import classify
from tests.web.conftest import NOW

EXAMPLES = 8
INSIDE = ("Traceback", "site-packages", ".py:", "sqlalchemy", "sqlite3", "leads.db")
"""What an answer would show of our inside."""
UNLIMITED: dict[str, None] = dict.fromkeys(
    ("rate_limit_per_source", "rate_limit_per_key", "rate_limit_failures")
)


@dataclass
class Running:
    """The API on a port of its own, the lead that it knows, and a key for each scope."""

    url: str
    lead_id: str
    keys: dict[str, str]


def deps(store: Store, given: Settings) -> ApiDeps:
    async def ready() -> bool:
        return True

    async def command(lead_id: str, _event: Any) -> dict[str, Any]:
        return {"lead_id": lead_id, "stage": "sal"}

    return ApiDeps(
        store=store, settings=given, classify=lambda title: {**classify(title)}, policy_id="p-1",
        on_accepted=lambda: None, temporal_ready=ready, command=command,
    )  # fmt: skip


def configured(data_dir: Any = ".") -> Settings:
    return Settings.model_validate({**SECRETS, **UNLIMITED, "data_dir": data_dir})


@pytest.fixture(scope="module")
def running(migrated, tmp_path_factory) -> Iterator[Running]:
    """The store belongs to one event loop, so the server has a thread of its own."""
    folder = tmp_path_factory.mktemp("leaks")
    shutil.copy(migrated, folder / "leads.db")
    loop, ready, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[Running] = []

    async def serve() -> None:
        async with Store.open(f"sqlite:///{folder / 'leads.db'}") as store:
            lead_id, keys = await move_in(store, classify), {"all": secret("key")}
            await store.notes.add(lead_id, "evt-2", "rep-7", NOTE, NOW)
            for scope in Scope:
                kept, keys[scope] = new_key("tests", [scope], NOW)
                await store.api_keys.add(kept)
            listening = bind("127.0.0.1", 0)
            async with serving(create_app(deps(store, configured(folder))), listening):
                found.append(Running(f"http://127.0.0.1:{listening.getsockname()[1]}", lead_id, keys))
                ready.set()
                await done.wait()
            listening.close()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    assert ready.wait(20)
    yield found[0]
    loop.call_soon_threadsafe(done.set)
    thread.join()
    loop.close()


schema = schemathesis.openapi.from_dict(
    create_app(deps(Store.open("sqlite:///nowhere.db"), configured())).openapi()
)

# Hundreds of cases at the borders of each field: tests/api/test_schemathesis.py tries those.
schema.config.phases.coverage.enabled = False


@schema.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(HealthCheck))
def test_nobody_is_told_what_is_not_theirs(case, running: Running):
    if "source" in case.path_parameters:
        case.path_parameters["source"] = "form"
    if "lead_id" in case.path_parameters and case.method != "DELETE":
        case.path_parameters["lead_id"] = running.lead_id
    for holder in ("nobody", "guess", Scope.INGEST, "all"):
        key = running.keys.get(holder, "lw_00000000_guess")
        headers = {} if holder == "nobody" else {"authorization": f"Bearer {key}"}
        answer = case.call_and_validate(base_url=running.url, headers=headers, checks=[not_a_server_error])
        assert secrets_in(answer.text) == []
        assert [word for word in INSIDE if word in answer.text] == []
        if holder != "all":
            assert told(answer.text) == []
            assert is_open_to(holder, case) or not 200 <= answer.status_code < 300


def is_open_to(holder: str, case: Any) -> bool:
    """Health is told to everybody; Slack asks unsigned whether our certificate is good, and gets no word."""
    everybody = ("/healthz", "/readyz", "/metrics", "/slack/interactions", "/slack/commands")
    taken = ("/api/v1/events", "/webhooks/{source}")
    return case.path in everybody or (holder == Scope.INGEST and case.path in taken)


def test_who_may_read_all_of_it_is_told_of_the_person(running: Running):
    """Else the test above would find nothing whatever was answered."""
    answer = schema["/api/v1/leads/{lead_id}/export"]["GET"].Case(
        path_parameters={"lead_id": running.lead_id}
    )
    said = answer.call(base_url=running.url, headers={"authorization": f"Bearer {running.keys['all']}"})
    assert "Kingsbury" in told(said.text)
