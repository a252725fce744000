"""Reports on the command line: to read, as JSON, for a spreadsheet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leadworkflows.store.migrate import upgrade
from tests.cli.conftest import Cli


@pytest.fixture(autouse=True)
def migrated(data_dir: Path) -> None:
    data_dir.mkdir()
    upgrade(f"sqlite:///{data_dir / 'leadworkflows.db'}")


def test_costs_are_taken_from_a_file_and_told_again(cli: Cli, data_dir: Path, tmp_path: Path):
    file = tmp_path / "costs.csv"
    file.write_text("channel;month;amount;currency\n=linkedin;2026-03;1200.50;eur\n")
    asked = ("report", "costs", file, "--since", "2026-03", "--until", "2026-03", "--data-dir", data_dir)
    told = cli(*asked, "--json")
    assert [row["cost"] for row in json.loads(told.stdout)["rows"]] == ["1200.50"]
    assert "'=linkedin,EUR,1200.50" in cli(*asked, "--csv").stdout


def test_the_funnel_has_a_row_for_each_month(cli: Cli, data_dir: Path):
    asked = ("report", "funnel", "--since", "2026-01", "--until", "2026-03", "--data-dir", data_dir)
    assert [row["group"] for row in json.loads(cli(*asked, "--json").stdout)["rows"]] == [
        "2026-01", "2026-02", "2026-03",
    ]  # fmt: skip
    assert "from 2026-01-01 up to 2026-04-01" in cli(*asked).stdout


def test_a_month_that_is_none_is_refused_in_one_line(cli: Cli, data_dir: Path):
    refused = cli("report", "funnel", "--since", "2026-13", "--data-dir", data_dir)
    assert refused.exit_code == 2
    assert "--since is no month" in refused.stderr
