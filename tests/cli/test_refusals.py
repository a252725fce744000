"""What cannot run says why in one line on standard error and exits with 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadworkflows.policies.loader import DEFAULT_POLICY
from tests.cli.conftest import Cli

RUNNING = ["dev", "api", "worker"]


@pytest.mark.parametrize("command", RUNNING)
@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("TEMPORAL_ADDRESS", "localhost", "LEADWORKFLOWS_TEMPORAL_ADDRESS: expected host and port"),
        ("DATABASE_URL", "mysql://ann:hush@db/leads", "LEADWORKFLOWS_DATABASE_URL: mysql is not supported"),
        ("DATABASE_URL", "nonsense", "LEADWORKFLOWS_DATABASE_URL: not a database address"),
        ("POLICY", "nowhere.yaml", "The policy nowhere.yaml cannot be used: line 1: cannot be read"),
    ],
    ids=["setting", "database", "address", "policy"],
)
def test_an_unusable_setting_is_one_line(cli: Cli, command: str, setting: str, value: str, says: str):
    refused = cli(command, **{setting: value})
    assert refused.exit_code == 2
    [line] = refused.stderr.splitlines()
    assert says in line
    assert "hush" not in line


@pytest.mark.parametrize("command", ["api", "worker", "db upgrade", "lead show x"])
def test_an_unreachable_database_is_one_line(cli: Cli, command: str):
    refused = cli(*command.split(), DATABASE_URL="postgresql://ann:hush@127.0.0.1:1/leads")
    assert refused.exit_code == 2
    [line] = refused.stderr.splitlines()
    assert "The database cannot be used" in line
    assert "hush" not in line


def test_several_unusable_settings_are_one_line_that_says_how_many(cli: Cli):
    refused = cli("api", TEMPORAL_ADDRESS="x", PUBLIC_URL="y", SLACK_BASE_URL="z")
    [line] = refused.stderr.splitlines()
    assert "(and 2 more: leadworkflows doctor)" in line


def test_several_problems_of_a_policy_are_one_line_that_says_where_to_see_all(cli: Cli, tmp_path: Path):
    broken = DEFAULT_POLICY.read_text().replace("content: roi-study", "content: roi")
    (tmp_path / "p.yaml").write_text(broken.replace("content: sales-guide", "content: sales"))
    refused = cli("worker", POLICY="p.yaml")
    [line] = refused.stderr.splitlines()
    assert refused.exit_code == 2
    assert "nurture.finance.steps.0.content: no content is called roi" in line
    assert "(and 1 more: leadworkflows policy check p.yaml)" in line


def test_a_data_folder_that_is_a_file_is_one_line(cli: Cli, tmp_path: Path):
    (tmp_path / "file").write_text("")
    refused = cli("db", "upgrade", "--data-dir", tmp_path / "file")
    assert refused.exit_code == 2
    [line] = refused.stderr.splitlines()
    assert str(tmp_path / "file") in line


def test_a_worker_that_waits_no_longer_says_where_temporal_should_be(cli: Cli, tmp_path: Path):
    refused = cli("worker", "--connect-within", 0.2, DATA_DIR=str(tmp_path), TEMPORAL_ADDRESS="127.0.0.1:1")
    assert refused.exit_code == 2
    last = refused.stderr.splitlines()[-1]
    assert last.startswith("leadworkflows: Temporal at 127.0.0.1:1 did not answer within 0.2 s")
