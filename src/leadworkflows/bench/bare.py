"""What Temporal does by itself with the same calls: bare workflows, in a worker process of their own.

Nothing is stored, nothing decided, nothing guarded against happening twice. The requests to the vendors
are of the same size as ours, over connections that are kept.

    python -m leadworkflows.bench.bare ADDRESS VENDORS
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker, WorkerDeploymentConfig

with workflow.unsafe.imports_passed_through():  # the sandbox, which is on as with ours, cannot load httpx
    import httpx

    from leadworkflows.bench.vendors import SENDGRID, SLACK

QUEUE = "bare"
_TIMEOUT = timedelta(seconds=30)
_TEXT = "A new request for a demo: answer within one business hour. " * 6


@workflow.defn(name="BareAlert")
class BareAlert:
    """One activity: a message to Slack."""

    @workflow.run
    async def run(self, key: str) -> None:
        """Post it."""
        await workflow.execute_activity("post", key, start_to_close_timeout=_TIMEOUT)


@workflow.defn(name="BareHandoff")
class BareHandoff:
    """Two activities beside each other: a mail and a message."""

    @workflow.run
    async def run(self, key: str) -> None:
        """Send and post."""
        await asyncio.gather(
            workflow.execute_activity("send", key, start_to_close_timeout=_TIMEOUT),
            workflow.execute_activity("post", key, start_to_close_timeout=_TIMEOUT),
        )


class Calls:
    """The two calls, to the stand-ins at an address."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @activity.defn(name="post")
    async def post(self, key: str) -> None:
        """One message to Slack."""
        section = {"type": "section", "text": {"type": "mrkdwn", "text": _TEXT}}
        metadata = {"event_type": "bare", "event_payload": {"key": key}}
        message = {"channel": "#sales", "text": _TEXT, "blocks": [section] * 5, "metadata": metadata}
        (await self._client.post(SLACK, json=message)).raise_for_status()

    @activity.defn(name="send")
    async def send(self, key: str) -> None:
        """One mail by SendGrid."""
        to = [{"email": f"{key}@example.com", "name": "Ada"}]
        content = [
            {"type": "text/plain", "value": _TEXT * 4},
            {"type": "text/html", "value": f"<p>{_TEXT * 8}</p>"},
        ]
        mail = {"personalizations": [{"to": to}], "subject": "Your demo", "content": content}
        (await self._client.post(SENDGRID, json=mail)).raise_for_status()


async def main(address: str, vendors: str) -> None:
    """Work until the process is ended."""
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    async with httpx.AsyncClient(base_url=vendors) as http:
        calls = Calls(http)
        workflows, activities = [BareAlert, BareHandoff], [calls.post, calls.send]
        config = WorkerDeploymentConfig(
            version=WorkerDeploymentVersion("bare", "1"), use_worker_versioning=False
        )
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=workflows,
            activities=activities,
            deployment_config=config,
        )
        await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
