"""What goes wrong is a problem document, whatever it is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import CommandUnavailable
from leadworkflows.api.requests import MAX_BODY
from leadworkflows.settings import Settings
from leadworkflows.store import IntakeRules, Store
from tests.api.edge import EVENT, KEY, Edge, problem

BEARER = {"authorization": f"Bearer {KEY}"}
PATHS = ["/webhooks/form?token=token-1", "/api/v1/events", "/api/v1/leads/x/commands"]


@pytest.fixture
def with_deps(edge):
    """The same application with some of its surroundings changed."""

    def build(**changes):
        app = create_app(replace(edge.client._transport.app.state.deps, **changes))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside", headers=BEARER)

    return build


async def test_a_path_that_is_nowhere_is_a_404(edge):
    problem(await edge.get("/api/v2/leads"), 404)


@pytest.mark.parametrize("path", ["/api/v1/events", "/webhooks/standard"])
async def test_another_method_is_a_405_that_names_the_right_one(edge, path):
    response = await edge.get(path)
    problem(response, 405)
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1]", b"NaN"])
async def test_a_body_that_is_no_json_object_is_a_400(edge, path, body):
    problem(await edge.post(path, body), 400)


@pytest.mark.parametrize("path", PATHS)
async def test_another_content_type_is_a_415(edge, path):
    problem(await edge.post(path, b"a,b", **{"content-type": "text/csv"}), 415)


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_over_one_mebibyte_is_refused_by_its_length(edge, path):
    problem(await edge.post(path, b" " * (MAX_BODY + 1)), 413)


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_without_end_is_refused_while_it_streams(edge, path):
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 50:
            sent += 1
            yield b" " * 100_000

    headers = {**BEARER, "content-type": "application/json"}
    problem(await edge.client.post(path, content=endless(), headers=headers), 413)
    assert sent < 50


async def test_a_body_of_exactly_one_mebibyte_is_read(edge):
    problem(await edge.post("/api/v1/events", b" " * MAX_BODY), 400)


async def test_a_store_that_is_gone_is_a_503_to_try_again(with_deps, tmp_path):
    async with (
        Store.open(f"sqlite:///{tmp_path}/no/such/folder/leads.db") as gone,
        with_deps(store=gone) as client,
    ):
        for response in (await client.post("/api/v1/events", json=EVENT), await client.get("/api/v1/leads")):
            problem(response, 503)
            assert response.headers["retry-after"]


async def test_a_database_without_tables_is_a_503_whose_log_says_what_to_run(with_deps, tmp_path, capfd):
    async with Store.open(f"sqlite:///{tmp_path}/empty.db") as empty, with_deps(store=empty) as client:
        document = problem(await client.post("/api/v1/events", json=EVENT), 503)
    shown = capfd.readouterr()
    assert "db upgrade" in shown.out + shown.err
    assert "table" not in document["detail"]


async def test_a_defect_of_ours_is_a_500_without_a_trace(with_deps, capfd):
    def broken(title):
        raise RuntimeError(f"secret of {title}")

    async with with_deps(classify=broken) as client:
        response = await client.post("/api/v1/events", json=EVENT)
    problem(response, 500)
    shown = capfd.readouterr()
    assert "RuntimeError" in shown.out + shown.err
    assert "secret of" not in response.text + shown.out + shown.err
    assert "Traceback" not in response.text


async def test_a_process_without_temporal_takes_no_commands(with_deps, edge):
    await edge.events(EVENT)
    async with with_deps(command=None) as client:
        path = f"/api/v1/leads/{await edge.lead_id()}/commands"
        problem(await client.post(path, json={"command": "accept"}), 503)


async def test_a_command_that_did_not_arrive_is_a_503(with_deps, edge):
    async def unreachable(lead_id, event):
        raise CommandUnavailable("Temporal does not answer")

    await edge.events(EVENT)
    async with with_deps(command=unreachable) as client:
        path = f"/api/v1/leads/{await edge.lead_id()}/commands"
        assert "Temporal" in problem(await client.post(path, json={"command": "accept"}), 503)["detail"]


async def test_without_any_key_set_the_answer_says_what_to_set(with_deps):
    async with with_deps(settings=Settings(_env_file=None)) as client:
        document = problem(await client.post("/api/v1/events", json=EVENT), 401)
        assert "LEADWORKFLOWS_API_KEYS" in document["detail"]
        document = problem(await client.post("/webhooks/typeform", json={}), 401)
        assert "LEADWORKFLOWS_SOURCES__TYPEFORM__SECRETS" in document["detail"]


async def test_the_process_is_healthy_whatever_else_is_not(with_deps, tmp_path):
    async with Store.open(f"sqlite:///{tmp_path}/empty.db") as empty, with_deps(store=empty) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        problem(await client.get("/readyz"), 503)


async def test_it_is_ready_while_temporal_is_away(edge: Edge):
    await edge.events(EVENT)
    assert (await edge.get("/readyz", key=None)).json() == {
        "status": "ready",
        "down": [],
        "store": "ok",
        "temporal": "ok",
        "policy": "default-1",
        "backlog": 1,
        "oldest_waiting": "2026-03-02T09:31:00Z",
    }
    edge.temporal = False
    assert (await edge.get("/readyz", key=None)).json()["temporal"] == "away"


async def test_what_may_still_go_along_with_something_else_does_not_wait(opened, store, settings):
    rules = IntakeRules(ride_along=timedelta(days=1))
    edge = await opened(Store(store.database, rules), settings)
    await edge.events({**EVENT, "type": "email_delivered", "facts": {}})
    ready = (await edge.get("/readyz", key=None)).json()
    assert (ready["backlog"], ready["oldest_waiting"]) == (1, None)


async def test_a_temporal_that_hangs_is_away(with_deps, monkeypatch):
    from leadworkflows.api import health

    monkeypatch.setattr(health, "TEMPORAL_TIMEOUT_S", 0.01)

    async def hangs():
        await asyncio.Event().wait()
        return True

    async with with_deps(temporal_ready=hangs) as client:
        assert (await client.get("/readyz")).json()["temporal"] == "away"


async def test_a_sender_that_hangs_up_midway_is_no_error_of_ours(edge, capfd):
    sent = []
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/events",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {KEY}".encode())],
    }

    async def receive():
        return next(messages)

    async def send(message):
        sent.append(message)

    await edge.client._transport.app(scope, receive, send)
    assert sent == []
    assert "request_failed" not in capfd.readouterr().out
    assert await edge.store.inbox.backlog() == 0
