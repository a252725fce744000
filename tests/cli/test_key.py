from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def made(cli: Cli, data_dir: Path):
    """A key that was made just now."""
    shown = cli(
        "key", "create", "crm", "--scope", "ingest", "--scope", "read", "--data-dir", data_dir, "--json"
    )
    assert shown.exit_code == 0, shown.stderr
    return json.loads(shown.output)


def keys(cli: Cli, data_dir: Path):
    return json.loads(cli("key", "list", "--data-dir", data_dir, "--json").output)["keys"]


def test_a_key_is_printed_once_and_listed_without_its_secret(cli: Cli, data_dir: Path, made):
    assert made["key"].startswith(f"lw_{made['id']}_")
    (listed,) = keys(cli, data_dir)
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert (listed["name"], listed["scopes"], listed["revoked_at"]) == ("crm", ["ingest", "read"], None)
    for shown in (
        cli("key", "list", "--data-dir", data_dir),
        cli("key", "list", "--data-dir", data_dir, "--json"),
    ):
        assert made["id"] in shown.output
        assert made["key"].split("_", 2)[2] not in shown.output


def test_the_key_alone_is_on_standard_output(cli: Cli, data_dir: Path):
    shown = cli("key", "create", "crm", "--scope", "read", "--data-dir", data_dir)
    assert len(shown.stdout.split()) == 1
    assert "shown once" in shown.stderr


def test_a_revoked_key_is_shown_as_such(cli: Cli, data_dir: Path, made):
    assert cli("key", "revoke", made["id"], "--data-dir", data_dir).exit_code == 0
    assert keys(cli, data_dir)[0]["revoked_at"]


def test_a_key_that_nobody_made_cannot_be_revoked(cli: Cli, data_dir: Path, made):
    shown = cli("key", "revoke", "00000000", "--data-dir", data_dir)
    assert shown.exit_code == 1
    assert len(shown.stderr.splitlines()) == 1
    assert keys(cli, data_dir)[0]["revoked_at"] is None


@pytest.mark.parametrize("wrong", [["crm"], ["crm", "--scope", "everything"], ["--scope", "read"]])
def test_a_key_needs_a_name_and_a_scope_that_exists(cli: Cli, data_dir: Path, wrong):
    assert cli("key", "create", *wrong, "--data-dir", data_dir).exit_code == 2
    assert not data_dir.exists()


def test_listing_where_nothing_is_makes_nothing(cli: Cli, tmp_path: Path):
    for words in (["list"], ["revoke", "00000000"]):
        assert cli("key", *words, "--data-dir", tmp_path).exit_code == 2
    assert list(tmp_path.iterdir()) == []
