"""Workers are killed at every point of a send: no mail leaves twice, and none is lost without a word."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from leadworkflows import bootstrap
from leadworkflows.activities.inputs import ActionInput
from leadworkflows.api.app import create_app
from leadworkflows.domain.events import EventType
from leadworkflows.policies.loader import load_policy
from leadworkflows.settings import Settings, SourceSettings
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store import Store, migrate
from tests.ingress.inside import ask
from tests.mailing.mortal_worker import ACCEPTED, BUILD, DURING, PASSES, POINTS, TASK_QUEUE
from tests.mailing.one_mail import OneMail
from tests.vendors.sendgrid import SendGridStandIn
from tests.vendors.sendgrid_events import EventWebhook, event_of
from tests.vendors.server import Answer, Call
from tests.workflows.server import temporal_binary

pytestmark = pytest.mark.temporal
LEADS = 300
PATIENCE_S = 120
ROOT = Path(__file__).parents[2]


class KillingSendGrid(SendGridStandIn):
    """Kills the worker that called, before or after it takes the mail."""

    def __init__(self, report: Path) -> None:
        super().__init__()
        self._report = report
        self._calls: Counter[int] = Counter()

    def answer(self, call: Call) -> Answer:
        pid = int(call.headers["authorization"].rpartition(".")[2])
        call = replace(call, headers={**call.headers, "authorization": "Bearer SG.test"})
        self._calls[pid] += 1
        point = self._point_of(pid) if self._calls[pid] == PASSES else ""
        if point == DURING:
            os.kill(pid, signal.SIGKILL)
            return Answer(503)
        answer = super().answer(call)
        if point == ACCEPTED:
            os.kill(pid, signal.SIGKILL)
        return answer

    def _point_of(self, pid: int) -> str:
        points = dict(line.split(" ", 1) for line in self._report.read_text().splitlines())
        return points.get(str(pid), "")


@contextmanager
def mortal_workers(*arguments: str) -> Iterator[None]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "tests.mailing.mortal_worker", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield
        assert process.poll() is None, "the workers ended by themselves"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def make_leads(store: Store) -> list[str]:
    emails = [f"lead-{n}@example.com" for n in range(LEADS)]
    known = [
        InboundEvent(delivery_id=email, type=EventType.FACTS_UPDATED, identity=Identity(email=email))
        for email in emails
    ]
    await store.inbox.accept("test", known, datetime.now(UTC), classify=lambda _: {})
    found = [await store.leads.lead_id_of(email) for email in emails]
    return [lead_id for lead_id in found if lead_id is not None]


async def send_all(client: Client, leads: list[str]) -> dict[str, str]:
    """How each mail ended, by its key."""
    mails = [
        ActionInput(
            lead_id=lead,
            key=f"lead:{lead}:nurture.finance.1:1",
            name="email.send",
            params={"content": "roi-study"},
            policy="default",
            decided_at=datetime.now(UTC),
            lead={"topic": "nurture", "one_off": False},
        )
        for lead in leads
    ]
    workflows = Worker(client, task_queue=TASK_QUEUE, workflows=[OneMail], build_id=BUILD)
    async with asyncio.timeout(PATIENCE_S), workflows:
        ended = await asyncio.gather(
            *(
                client.execute_workflow(OneMail.run, mail, id=mail.key, task_queue=TASK_QUEUE)
                for mail in mails
            )
        )
    return {mail.key: outcome for mail, outcome in zip(mails, ended, strict=True)}


async def report_all(url: str, folder: Path, sendgrid: SendGridStandIn) -> None:
    """SendGrid's event webhook tells our API of every mail it took, in batches."""
    webhook, now = EventWebhook(), datetime.now(UTC)
    source = SourceSettings(secrets=[SecretStr(webhook.public_key)])
    settings = Settings(_env_file=None, data_dir=folder, database_url=url, sources={"sendgrid": source})
    temporal = await bootstrap.connect_temporal(settings, lazy=True)
    async with Store.open(url) as store:
        app = create_app(bootstrap.build_api(settings, store, temporal, load_policy(), None))
        events = [event_of(mail, "delivered", now) for mail in sendgrid.accepted]
        for start in range(0, len(events), 50):
            body, headers = webhook.post(events[start : start + 50], now)
            status, answer = await ask(app, "/webhooks/sendgrid", body, headers)
            assert status == 202, answer


async def test_no_mail_leaves_twice_and_none_is_lost_unsaid_wherever_a_worker_was_killed(tmp_path: Path):
    url, report = f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "report"
    migrate.upgrade(url)
    async with Store.open(url) as store:
        leads = await make_leads(store)
        with KillingSendGrid(report) as sendgrid:
            local = await WorkflowEnvironment.start_local(
                dev_server_existing_path=temporal_binary(),
                dev_server_log_level="error",
                data_converter=pydantic_data_converter,
            )
            async with local as env:
                target = env.client.service_client.config.target_host
                with mortal_workers(url, target, sendgrid.url, str(report)):
                    ended = await send_all(env.client, leads)
        assert sorted(line.partition(" ")[2] for line in report.read_text().splitlines()) == sorted(POINTS)
        took = Counter(sendgrid.keys())
        assert max(took.values()) == 1
        assert len(ended) == LEADS
        assert set(ended.values()) == {"confirmed", "unknown"}
        unknown = {key for key, outcome in ended.items() if outcome == "unknown"}
        assert ended.keys() - took.keys() <= unknown, "a mail is lost, and nobody is told"
        assert {each.key for each in await store.effects.stuck()} == unknown
        assert unknown & took.keys(), "nothing was left for the event webhook to settle"
        await report_all(url, tmp_path, sendgrid)
        assert {each.key for each in await store.effects.stuck()} == unknown - took.keys()
        settled = await store.effects.among(list(took))
        assert {each.status for each in settled.values()} == {"confirmed"}
