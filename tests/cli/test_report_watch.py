"""`leadworkflows report watch`: what would be found now."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from leadworkflows.store import Store
from leadworkflows.store.models import ClockRow
from tests.cli.conftest import Cli


def missed_clock(data_dir: Path) -> None:
    now = datetime.now(UTC)
    row = {"lead_id": "one", "pass": 1, "clock": "review", "code": "L2", "state": "missed", "paused": False}
    times = {"started_at": now - timedelta(days=3), "due_at": now, "missed_at": now - timedelta(days=1)}

    async def put() -> None:
        url = f"sqlite:///{data_dir / 'leadworkflows.db'}"
        async with Store.open(url) as store, store.database.writing() as connection:
            await connection.execute(insert(ClockRow), [{**row, **times}])

    asyncio.run(put())


def test_what_would_be_found_is_said_and_nothing_is_opened(cli: Cli, data_dir: Path):
    cli("db", "upgrade", "--data-dir", data_dir)
    missed_clock(data_dir)
    told = cli("report", "watch", "--data-dir", data_dir)
    assert "A2" in told.stdout
    assert "1 lead waits beyond L2 (review)" in told.stdout
    [found] = json.loads(cli("report", "watch", "--data-dir", data_dir, "--json").stdout)
    assert found["subject"] == "A2 review"

    async def opened() -> int:
        async with Store.open(f"sqlite:///{data_dir / 'leadworkflows.db'}") as store:
            return len(await store.findings.opened())

    assert asyncio.run(opened()) == 0


def test_where_all_is_well_that_is_said(cli: Cli, data_dir: Path):
    cli("db", "upgrade", "--data-dir", data_dir)
    assert "Nothing is found." in cli("report", "watch", "--data-dir", data_dir).stdout
