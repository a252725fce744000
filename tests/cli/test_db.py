from __future__ import annotations

import asyncio
import json
from pathlib import Path

from sqlalchemy import update

from leadworkflows.store import Store
from leadworkflows.store.migrate import head
from leadworkflows.store.models import LeadRow
from tests.cli.conftest import Cli
from tests.domain.story import Story
from tests.store.given import lead_of


def test_the_first_upgrade_makes_the_tables_and_the_second_changes_nothing(cli: Cli, data_dir: Path):
    first = cli("db", "upgrade", "--data-dir", data_dir, "--json")
    again = cli("db", "upgrade", "--data-dir", data_dir)
    assert json.loads(first.output) == {"before": None, "after": head(), "counted": 0}
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert again.output.strip() == f"The database is at revision {head()} already."


def test_an_upgrade_counts_for_the_reports_what_an_older_version_recorded(cli: Cli, data_dir: Path):
    cli("db", "upgrade", "--data-dir", data_dir)
    asyncio.run(_recorded_by_an_older_version(f"sqlite:///{data_dir / 'leadworkflows.db'}"))
    upgraded, again = (cli("db", "upgrade", "--data-dir", data_dir) for _ in range(2))
    assert "counted for the reports: 1." in upgraded.output
    assert "counted" not in again.output


async def _recorded_by_an_older_version(url: str) -> None:
    story = Story().as_mql()
    async with Store.open(url) as store:
        lead_id, entries = await lead_of(store), story.simulation.timeline
        await store.timeline.record(lead_id, entries, story.simulation.journey.view(), len(entries))
        async with store.database.writing() as connection:
            await connection.execute(update(LeadRow).values(last_at=None))
