"""What Temporal does by itself with the same calls: bare workflows, in a worker process of their own.

Nothing is stored, nothing decided, nothing guarded against happening twice. The calls to the vendors are
made by the same clients with messages of the same size.

    python -m leadworkflows.bench.bare ADDRESS VENDORS
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from leadworkflows.activities.mail import OutgoingEmail
    from leadworkflows.activities.sendgrid import SendGridSender
    from leadworkflows.slack.message import SlackMessage
    from leadworkflows.slack.web import SlackWebPoster

QUEUE = "bare"
_TIMEOUT = timedelta(seconds=30)
_TEXT = "A new request for a demo: answer within one business hour. " * 6


@workflow.defn(name="BareAlert")
class BareAlert:
    """One activity: a message to Slack."""

    @workflow.run
    async def run(self, key: str) -> None:
        """Post it."""
        await workflow.execute_activity(post, key, start_to_close_timeout=_TIMEOUT)


@workflow.defn(name="BareHandoff")
class BareHandoff:
    """Two activities beside each other: a mail and a message."""

    @workflow.run
    async def run(self, key: str) -> None:
        """Send and post."""
        await asyncio.gather(
            workflow.execute_activity(send, key, start_to_close_timeout=_TIMEOUT),
            workflow.execute_activity(post, key, start_to_close_timeout=_TIMEOUT),
        )


_clients: dict[str, Any] = {}


@activity.defn(name="post")
async def post(key: str) -> None:
    """One message to Slack."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": _TEXT}}
    poster: SlackWebPoster = _clients["slack"]
    await poster.post(SlackMessage(key, key, "#sales", "bare", _TEXT, [section] * 5))


@activity.defn(name="send")
async def send(key: str) -> None:
    """One mail by SendGrid."""
    sender: SendGridSender = _clients["sendgrid"]
    to = f"{key}@example.com"
    mail = OutgoingEmail(key, key, to, "Ada", "Your demo", _TEXT * 4, f"<p>{_TEXT * 8}</p>", "bare")
    await sender.send(mail, _always)


async def _always() -> None:
    return None


async def main(address: str, vendors: str) -> None:
    """Work until the process is ended."""
    _clients["slack"] = SlackWebPoster("xoxb-bench", f"{vendors}/api")
    _clients["sendgrid"] = SendGridSender("SG.bench", base_url=vendors, from_email="bench@example.com")
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    worker = Worker(
        client, task_queue=QUEUE, workflows=[BareAlert, BareHandoff], activities=[post, send], build_id="bare"
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
