from __future__ import annotations

import json
from pathlib import Path

from leadworkflows.store.migrate import head
from tests.cli.conftest import Cli


def test_the_first_upgrade_makes_the_tables_and_the_second_changes_nothing(cli: Cli, data_dir: Path):
    first = cli("db", "upgrade", "--data-dir", data_dir, "--json")
    again = cli("db", "upgrade", "--data-dir", data_dir)
    assert json.loads(first.output) == {"before": None, "after": head()}
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert again.output.strip() == f"The database is at revision {head()} already."
