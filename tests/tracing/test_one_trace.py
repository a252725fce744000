"""From the webhook to Slack and SendGrid: one trace, on the real Temporal server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from leadworkflows import bootstrap
from leadworkflows.api.app import create_app
from leadworkflows.embedded import EmbeddedServer
from leadworkflows.settings import Settings
from leadworkflows.worker import running
from tests.vendors.sendgrid import SendGridStandIn
from tests.vendors.server import Answer
from tests.vendors.slack import SlackStandIn

pytestmark = pytest.mark.temporal
KEY = "key-of-the-tests"
PATIENCE_S = 30
PERSON = {"first_name": "Ada", "last_name": "Lovelace", "title": "CFO", "company": "Example GmbH"}


class Installation:
    """All of it in one process, and what it sent to the collector."""

    def __init__(self, http: httpx.AsyncClient, slack: SlackStandIn, collected: InMemorySpanExporter) -> None:
        self.http, self.slack, self.collected = http, slack, collected

    async def told(self, kind: str, delivery: str, **facts: object) -> None:
        event = {"id": delivery, "type": kind, "identity": {"email": "ada@example.com"}, "person": PERSON}
        headers = {"authorization": f"Bearer {KEY}"}
        answer = await self.http.post("/api/v1/events", json={**event, "facts": facts}, headers=headers)
        assert answer.status_code == 202, answer.text

    def spans(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.collected.get_finished_spans() if span.name == name]

    async def until(self, name: str, count: int = 1) -> list[ReadableSpan]:
        async with asyncio.timeout(PATIENCE_S):
            while len(found := self.spans(name)) < count:
                await asyncio.sleep(0.02)
        return found


@pytest.fixture
async def installation(collected: InMemorySpanExporter, tmp_path: Path) -> AsyncIterator[Installation]:
    async with AsyncExitStack() as stack:
        slack = stack.enter_context(SlackStandIn("xoxb-token"))
        sendgrid = stack.enter_context(SendGridStandIn("SG.key"))
        server = await stack.enter_async_context(EmbeddedServer(tmp_path / "temporal", 0, 0))
        settings = Settings(
            _env_file=None, data_dir=tmp_path, temporal_address=server.address, api_keys=[SecretStr(KEY)],
            gather_window=timedelta(0), from_email="hello@ours.example",
            slack_bot_token=SecretStr("xoxb-token"), slack_base_url=f"{slack.url}/api",
            sendgrid_api_key=SecretStr("SG.key"), sendgrid_base_url=sendgrid.url,
        )  # fmt: skip
        store = await stack.enter_async_context(await bootstrap.open_store(settings))
        policy = await bootstrap.activate_policy(settings, store)
        bootstrap.install_policies(settings, policy)
        client = await bootstrap.connect_temporal(settings)
        relay = bootstrap.build_relay(settings, store, client)
        worker = bootstrap.build_worker(settings, store, client)
        await stack.enter_async_context(running(worker, [relay]))
        app = create_app(bootstrap.build_api(settings, store, client, policy, relay))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside")
        yield Installation(await stack.enter_async_context(http), slack, collected)


def trace_of(span: ReadableSpan) -> int:
    return int(span.context.trace_id)


def lineage(span: ReadableSpan, spans: Sequence[ReadableSpan]) -> list[str]:
    """The names from a span up to the beginning of its trace."""
    by_id = {each.context.span_id: each for each in spans}
    names = [span.name]
    while span.parent is not None:
        span = by_id[span.parent.span_id]
        names.append(span.name)
    return names


async def test_a_demo_request_is_one_trace_from_the_webhook_to_slack_and_sendgrid(installation):
    await installation.told("demo_requested", "evt-1")
    (slack,) = await installation.until("Slack chat.postMessage")
    (sendgrid,) = await installation.until("SendGrid mail/send")
    await installation.until("RunActivity:slack.alert")
    await installation.until("RunActivity:email.send")
    spans = installation.collected.get_finished_spans()
    through = ["StartWorkflow:LeadWorkflow", "POST /api/v1/events"]
    assert lineage(slack, spans) == ["Slack chat.postMessage", "RunActivity:slack.alert", *through]
    assert lineage(sendgrid, spans) == ["SendGrid mail/send", "RunActivity:email.send", *through]
    assert {trace_of(span) for span in spans} == {trace_of(slack)}


async def test_what_a_later_event_causes_is_in_its_own_trace_and_not_in_that_of_the_first(installation):
    await installation.told("page_viewed", "evt-1", page="blog")
    await installation.until("RunActivity:record")
    await installation.told("demo_requested", "evt-2")
    (slack,) = await installation.until("Slack chat.postMessage")
    first, second = await installation.until("POST /api/v1/events", 2)
    assert trace_of(first) != trace_of(second)
    assert trace_of(slack) == trace_of(second)


async def test_a_span_holds_ids_and_nothing_about_the_person(installation):
    installation.slack.faults.append(Answer(503, {}, b"ada@example.com is not here"))
    await installation.told("demo_requested", "evt-1")
    await installation.until("Slack chat.postMessage", 2)
    await installation.until("RunActivity:email.send")
    told = [span.to_json() for span in installation.collected.get_finished_spans()]
    assert any('"status_code": "ERROR"' in line for line in told)
    for said in ("ada@", "Ada", "Lovelace", "Example GmbH", "is not here"):
        assert not [line for line in told if said in line]
