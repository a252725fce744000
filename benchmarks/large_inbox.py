#!/usr/bin/env python3
"""Whether a long record slows the acknowledgement and the search for work.

Acknowledges signed webhooks on a database that is empty, and then on the same one with a million rows
of a hundred thousand leads in its inbox; times the relay's claim before and after, and prints the plans
of the queries that look for work.

    python benchmarks/large_inbox.py [--rows 1000000] [--rounds 3] [--database postgresql://… (empty)]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import uvloop
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from leadworkflows.bench.api_process import api_process
from leadworkflows.bench.deliveries import SECRET, signed_requests
from leadworkflows.bench.load import run_load
from leadworkflows.store.migrate import upgrade
from leadworkflows.store.models import EventRow, LeadRow, PersonRow
from leadworkflows.store.store import Store

CONNECTIONS = 64
DELIVERIES = 6_000
LEADS_AT_ONCE = 1_000
EVENTS_A_LEAD = 10
START = datetime(2026, 1, 5, tzinfo=UTC)


async def main(rows: int, rounds: int, url: str | None) -> None:
    """Measure empty, fill, measure full."""
    with TemporaryDirectory(prefix="leadworkflows-large-") as name:
        folder = Path(name)
        url = url or f"sqlite:///{folder / 'leadworkflows.db'}"
        await asyncio.to_thread(upgrade, url)
        before, claim_before = await acknowledged(folder, url, rounds), await claimed(url)
        began = time.perf_counter()
        await fill(url, rows)
        say(f"filled with {rows:,} rows in {time.perf_counter() - began:.0f} s")
        after, claim_after = await acknowledged(folder, url, rounds), await claimed(url)
        figures = {
            "ack_per_s_empty": round(before), "ack_per_s_full": round(after),
            "slower_by_percent": round(100 * (1 - after / before), 1),
            "claim_ms_empty": claim_before, "claim_ms_full": claim_after, "rows": rows,
        }  # fmt: skip
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
        for plan in await plans(url):
            say(plan)


async def acknowledged(folder: Path, url: str, rounds: int) -> float:
    """Webhooks acknowledged a second; the median of the rounds."""
    found = []
    for _ in range(rounds):
        async with api_process(folder, url, SECRET) as port:
            await run_load(port, signed_requests(DELIVERIES // 10), CONNECTIONS)
            found.append((await run_load(port, signed_requests(DELIVERIES), CONNECTIONS)).per_s)
        say(f"{found[-1]:,.0f} acknowledged a second")
    return statistics.median(found)


async def claimed(url: str) -> float:
    """Milliseconds to claim 64 leads that wait."""
    async with Store.open(url) as store:
        took = []
        for _ in range(20):
            began = time.perf_counter()
            claimed = await store.claims.take("bench", 64, datetime.now(UTC) + timedelta(seconds=5))
            took.append((time.perf_counter() - began) * 1000)
            await store.claims.told(claimed, datetime.now(UTC))
        return round(statistics.median(took), 2)


async def fill(url: str, rows: int) -> None:
    """Leads whose events were all handed on, as a year of work leaves them."""
    leads = rows // EVENTS_A_LEAD
    async with Store.open(url) as store:
        for start in range(0, leads, LEADS_AT_ONCE):
            ids = [uuid4().hex for _ in range(min(LEADS_AT_ONCE, leads - start))]
            async with store.database.writing() as transaction:
                await transaction.execute(insert(LeadRow), [lead_row(each) for each in ids])
                people = [{"lead_id": each, "email": f"{each}@example.com"} for each in ids]
                await transaction.execute(insert(PersonRow), people)
                await transaction.execute(insert(EventRow), list(event_rows(ids)))


def lead_row(lead_id: str) -> dict[str, Any]:
    """A lead that was told everything, with a snapshot of the usual length."""
    told = {"last_seq": EVENTS_A_LEAD, "handed_on_seq": EVENTS_A_LEAD, "stage": "lead", "revision": 20}
    snapshot = {"stage": "lead", "text": "x" * 1500}
    return {"lead_id": lead_id, "created_at": START, **told, "snapshot": snapshot}


def event_rows(ids: list[str]) -> Iterator[dict[str, Any]]:
    """Each lead's events, interleaved with the others' as they come."""
    for seq in range(1, EVENTS_A_LEAD + 1):
        for lead_id in ids:
            yield {
                "source": "standard", "event_id": f"evt-{uuid4().hex}", "type": "page_viewed",
                "occurred_at": START, "received_at": START, "anonymous": False,
                "lead_id": lead_id, "seq": seq, "facts": {"page": "pricing", "seconds": 40},
            }  # fmt: skip


QUERIES = (
    (
        "SELECT lead_id FROM leads WHERE due_at <= '2027-01-01 00:00:00'"
        " AND (claimed_until IS NULL OR claimed_until < '2027-01-01 00:00:00') ORDER BY due_at LIMIT 64"
    ),
    "SELECT due_at FROM leads WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1",
    (
        "SELECT inbox.seq FROM inbox JOIN leads ON inbox.lead_id = leads.lead_id"
        " AND inbox.seq > leads.handed_on_seq AND inbox.seq <= leads.handed_on_seq + 100"
        " WHERE leads.lead_id IN ('a', 'b')"
    ),
    "SELECT event_id FROM inbox WHERE source = 'standard' AND event_id IN ('a', 'b')",
)
"""What the relay asks, and what tells a duplicate."""


async def plans(url: str) -> list[str]:
    """How the database answers them."""
    async with Store.open(url) as store, store.database.reading() as connection:
        return [f"{query}\n    {await plan(connection, query)}" for query in QUERIES]


async def plan(connection: AsyncConnection, query: str) -> str:
    """One plan, a step a line."""
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    found = (await connection.execute(text(f"{explain} {query}"))).all()
    return "\n    ".join(str(row[-1]) for row in found)


def say(line: str) -> None:
    """To standard error, beside the figures."""
    sys.stderr.write(line + "\n")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database")
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    uvloop.run(main(given.rows, given.rounds, given.database))
