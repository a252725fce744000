"""Workers that send mails, side by side, each of which is killed at a point of its own.

    python -m tests.mailing.mortal_worker DATABASE_URL TEMPORAL SENDGRID_URL REPORT

A process says in the report who it is and where it is to die. It kills itself there, or SendGrid's
stand-in kills it, which tells it by its key. When all are dead, one more lives and does the rest.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from leadworkflows.activities.email import EmailSend
from leadworkflows.activities.registry import ActionRegistry
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.activities.sendgrid import SendGridSender
from leadworkflows.content import ContentLibrary
from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import CONTENT_FOLDER, load_policy
from leadworkflows.store.database import Database
from tests.mailing.points import AFTER_THE_CALL, BEFORE_THE_CALL, WatchedStore, services_of

DURING, ACCEPTED = "during the call", "after the vendor accepted"
POINTS = (*BEFORE_THE_CALL, DURING, ACCEPTED, *AFTER_THE_CALL)
TASK_QUEUE = "mortal"
AT_ONCE = 6
BUILD = "test"
"""Otherwise the SDK reads every module for one, which takes seconds."""
PASSES = 5
"""How often a point is passed before somebody dies there: others are at theirs by then."""


class Death:
    """Where this process dies."""

    def __init__(self, point: str) -> None:
        self._point, self._left = point, PASSES

    async def at(self, point: str) -> None:
        self._left -= point == self._point
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def work(
    url: str, temporal: str, sendgrid: str, ready: tuple[Policy, ContentLibrary], point: str
) -> None:
    """A worker as a process runs it."""
    death = Death(point)
    client = await Client.connect(temporal, data_converter=pydantic_data_converter)
    async with WatchedStore(Database.at(url), death.at) as store:
        sender = SendGridSender(f"SG.{os.getpid()}", sendgrid, "sales@example.com", left=store.effects.left)
        services = services_of(store, sender, *ready, death.at)
        actions = ActionRegistry.load(services, {"email.send": EmailSend})
        runner = ActionRunner(store, actions, lambda: datetime.now(UTC))
        activities = actions.temporal_activities(runner.run)
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            activities=activities,
            max_concurrent_activities=AT_ONCE,
            build_id=BUILD,
        )
        await worker.run()


def born(report: Path, point: str, work_at: Callable[[str], Coroutine[Any, Any, None]]) -> int:
    """A process that is to die at a point."""
    child = os.fork()
    if child == 0:
        with report.open("a") as lines:
            lines.write(f"{os.getpid()} {point}\n")
        asyncio.run(work_at(point))
        os._exit(0)
    return child


def main(url: str, temporal: str, sendgrid: str, report: str) -> None:
    ready = load_policy(), ContentLibrary.load(CONTENT_FOLDER)
    gc.freeze()
    work_at = partial(work, url, temporal, sendgrid, ready)
    for child in [born(Path(report), point, work_at) for point in POINTS]:
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            sys.exit(f"a worker ended by itself: {status}")
    asyncio.run(work_at("nowhere"))


if __name__ == "__main__":
    main(*sys.argv[1:])
