"""Our own OpenAPI is the truth: whatever is sent, the answer is one that it documents, and no 5xx."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.serving import bind, serving
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.api.edge import KEY

CHECKS = [
    not_a_server_error, content_type_conformance, response_headers_conformance,
    response_schema_conformance, status_code_conformance, unsupported_method,
]  # fmt: skip
EXAMPLES = 50


def application(store: Store) -> FastAPI:
    given = {
        "api_keys": [KEY],
        "rate_limit_per_source": None, "rate_limit_per_key": None, "rate_limit_failures": None,
    }  # fmt: skip
    return create_app(
        ApiDeps(
            store=store,
            settings=Settings.model_validate(given),
            classify=lambda title: {},
            policy_id="default-1",
            on_accepted=lambda: None,
            temporal_ready=_yes,
            command=_carried_out,
        )
    )


@asynccontextmanager
async def running(file: Path) -> AsyncIterator[str]:
    """The application on a port of its own, over a real store."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(Store.open(f"sqlite:///{file}"))
        listening = bind("127.0.0.1", 0)
        stack.callback(listening.close)
        await stack.enter_async_context(serving(application(store), listening))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


async def _yes():
    return True


async def _carried_out(lead_id, event):
    return {"lead_id": lead_id, "stage": "sal"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The store belongs to one event loop, so the server has a thread of its own."""
    file = tmp_path_factory.mktemp("schemathesis") / "leads.db"
    upgrade(f"sqlite:///{file}")
    loop, ready, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[str] = []

    async def serve():
        async with running(file) as at:
            found.append(at)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    assert ready.wait(20)
    yield found[0]
    loop.call_soon_threadsafe(done.set)
    thread.join()
    loop.close()


schema = schemathesis.openapi.from_dict(application(Store.open("sqlite:///nowhere.db")).openapi())


@schema.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_a_documented_one(case, url):
    if "source" in case.path_parameters:
        case.path_parameters["source"] = "form"  # a stranger's word would only ever be a 404
    case.call_and_validate(base_url=url, headers={"authorization": f"Bearer {KEY}"}, checks=CHECKS)
