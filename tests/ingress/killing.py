"""Sends deliveries to processes that die, and looks at what the inbox holds afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import select

from leadworkflows.store import Store
from leadworkflows.store.models import EventRow, LeadRow, PersonRow, RequestRow
from tests.ingress.deliveries import Somebody, ToSend, deliveries, send_until_acknowledged
from tests.ingress.mortal_api import read_report

CONNECTIONS = 16
ROOT = Path(__file__).parents[2]


@dataclass
class Campaign:
    """What was sent, what was acknowledged, and where processes died."""

    report: Path
    sent: list[ToSend] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    @property
    def died(self) -> set[str]:
        return read_report(self.report)[0]

    @property
    def open_moments(self) -> set[str]:
        died, seen = read_report(self.report)
        return seen - died


@contextmanager
def mortal_api(database_url: str, folder: Path, ways: str) -> Iterator[tuple[int, Path, Callable[[], bool]]]:
    """The port of an API that keeps dying and coming back, its report, and whether it came back no more."""
    report = folder / "report"
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        command = [sys.executable, "-m", "tests.ingress.mortal_api", database_url]
        command += [str(listening.fileno()), str(report), str(folder), ways]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        process = subprocess.Popen(
            command, cwd=folder, env=environment, pass_fds=[listening.fileno()], start_new_session=True
        )
        try:
            yield listening.getsockname()[1], report, lambda: process.poll() is not None
            assert process.poll() is None, "the API ended by itself"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def campaign(database_url: str, folder: Path, ways: str = "every") -> Campaign:
    """Five hundred deliveries, and more until a process died at every moment that any saw."""
    with mortal_api(database_url, folder, ways) as (port, report, is_over):
        run = Campaign(report)
        _send(port, run, deliveries(range(50)), is_over)
        for start in range(50, 150, 10):
            if run.open_moments:
                _send(port, run, deliveries(range(start, start + 10)), is_over)
    return run


def _send(port: int, run: Campaign, batch: Sequence[ToSend], is_over: Callable[[], bool]) -> None:
    mine = threading.local()

    def send(each: ToSend) -> list[str]:
        if not hasattr(mine, "connection"):
            mine.connection = HTTPConnection("127.0.0.1", port, timeout=20)
        return send_until_acknowledged(mine.connection, each, is_over)

    with ThreadPoolExecutor(CONNECTIONS) as senders:
        run.acknowledged += chain.from_iterable(senders.map(send, batch))
    run.sent += batch


async def check_the_inbox(store: Store, run: Campaign) -> None:
    """Everything acknowledged is there once, with whom it belongs to, numbered without a gap."""
    async with store.database.reading() as connection:
        columns = (EventRow.event_id, EventRow.source, EventRow.lead_id, EventRow.seq)
        rows = (await connection.execute(select(*columns))).all()
        requests = (await connection.execute(select(RequestRow.id))).all()
        merged = dict((await connection.execute(select(LeadRow.lead_id, LeadRow.merged_into))).all())
        people = (await connection.execute(select(PersonRow.email, PersonRow.lead_id))).all()
    ours = [row for row in rows if row.source != "leadworkflows"]
    assert Counter(row.event_id for row in ours) == Counter(run.acknowledged)
    assert len(ours) == sum(each.events for each in run.sent)
    assert len(requests) == len(run.sent)
    _check_numbers(rows, {lead for lead, into in merged.items() if into is None})
    assert len({row.lead_id for row in people}) == len(people) == len({each.of for each in run.sent})
    await _check_people(store, run)


def _check_numbers(rows: Sequence[Any], leads: set[str]) -> None:
    for lead_id in leads:
        numbers = sorted(row.seq for row in rows if row.lead_id == lead_id)
        assert numbers == list(range(1, len(numbers) + 1)), lead_id


async def _check_people(store: Store, run: Campaign) -> None:
    """Under both addresses of a person is one lead, with all that was sent about the person."""
    expected: Counter[Somebody] = Counter()
    for each in run.sent:
        expected[each.of] += each.events
    for who, count in expected.items():
        lead_ids = {await store.leads.lead_id_of(address) for address in who.addresses} - {None}
        assert len(lead_ids) == 1, who
        lead_id = lead_ids.pop()
        assert lead_id is not None, who
        told = [each for each in await store.inbox.of(lead_id) if each.type != "lead_merged"]
        assert len(told) == count, who
