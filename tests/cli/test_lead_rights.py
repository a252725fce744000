"""`lead export`, `lead erase` and `db vacuum`, with Temporal away."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.cli.conftest import Cli
from tests.store.given import ADA, accept, form

AWAY = {"TEMPORAL_ADDRESS": "127.0.0.1:1"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A database with one lead."""
    folder = tmp_path / "data"
    folder.mkdir()
    url = f"sqlite:///{folder / 'leadworkflows.db'}"
    upgrade(url)

    async def fill() -> None:
        async with Store.open(url) as store:
            await accept(store, form("f-1", person={"first_name": "Adelheid"}), raw=b'{"name": "Adelheid"}')

    asyncio.run(fill())
    return folder


def test_everything_that_is_held_is_printed(cli: Cli, data_dir: Path) -> None:
    held = json.loads(cli("lead", "export", ADA, "--data-dir", data_dir).stdout)
    assert held["people"][0]["first_name"] == "Adelheid"
    assert held["requests"][0]["body"] == '{"name": "Adelheid"}'


def test_a_copy_is_written_to_a_new_file_for_the_user_alone(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "ada.json"
    assert cli("lead", "export", ADA, "--out", out, "--data-dir", data_dir).exit_code == 0
    assert json.loads(out.read_text())["people"]
    assert out.stat().st_mode & 0o077 == 0
    again = cli("lead", "export", ADA, "--out", out, "--data-dir", data_dir)
    assert (again.exit_code, "name another" in again.stderr) == (2, True)


def test_of_nobody_there_is_no_copy(cli: Cli, data_dir: Path) -> None:
    assert cli("lead", "export", "nobody@example.com", "--data-dir", data_dir).exit_code == 1


def test_while_temporal_is_away_the_store_is_emptied_and_the_rest_is_said(cli: Cli, data_dir: Path) -> None:
    done = cli("lead", "erase", ADA, "--yes", "--data-dir", data_dir, **AWAY)
    assert done.exit_code == 0, done.output
    assert "Not done yet: Temporal" in done.stdout
    assert b"Adelheid" not in b"".join(path.read_bytes() for path in data_dir.iterdir())


def test_who_was_erased_is_not_erased_again(cli: Cli, data_dir: Path) -> None:
    told = json.loads(cli("lead", "erase", ADA, "--yes", "--json", "--data-dir", data_dir, **AWAY).stdout)
    assert told["rows"]["people"] == 1
    again = cli("lead", "erase", ADA, "--yes", "--data-dir", data_dir, **AWAY)
    assert (again.exit_code, f"was erased at {told['at']}" in again.stderr) == (1, True)


def test_nobody_is_erased_who_was_not_meant(cli: Cli, data_dir: Path) -> None:
    assert cli("lead", "erase", ADA, "--data-dir", data_dir, **AWAY).exit_code == 1
    assert cli("lead", "erase", "nobody@example.com", "--yes", "--data-dir", data_dir, **AWAY).exit_code == 1
    assert cli("lead", "export", ADA, "--data-dir", data_dir).exit_code == 0


def test_receipts_are_listed_by_which_a_restored_backup_is_erased_again(cli: Cli, data_dir: Path) -> None:
    told = json.loads(cli("lead", "erase", ADA, "--yes", "--json", "--data-dir", data_dir, **AWAY).stdout)
    [kept] = json.loads(cli("lead", "erasures", "--json", "--data-dir", data_dir).stdout)["erasures"]
    assert {**kept, "vacuumed": True} == told
    assert told["leads"][0] in cli("lead", "erasures", "--data-dir", data_dir).stdout


def test_the_space_of_what_was_deleted_is_freed(cli: Cli, data_dir: Path) -> None:
    assert cli("db", "vacuum", "--data-dir", data_dir).stdout == "Done.\n"


def test_an_erasure_is_not_given_up_while_something_may_still_be_under_way(cli: Cli, data_dir: Path) -> None:
    told = json.loads(cli("lead", "erase", ADA, "--yes", "--json", "--data-dir", data_dir, **AWAY).stdout)
    early = cli("lead", "erasures", "--give-up", told["erasure_id"], "--data-dir", data_dir, **AWAY)
    assert (early.exit_code, "try again after" in early.stderr) == (1, True)


def test_what_was_not_erased_is_said_when_an_erasure_is_closed(cli: Cli, data_dir: Path) -> None:
    told = json.loads(cli("lead", "erase", ADA, "--yes", "--json", "--data-dir", data_dir, **AWAY).stdout)
    with closing(sqlite3.connect(data_dir / "leadworkflows.db")) as file, file:
        file.execute("UPDATE erasures SET at = strftime('%Y-%m-%d %H:%M:%f000', at, '-1 hour')")
    assert "not finished: Temporal" in cli("lead", "erasures", "--open", "--data-dir", data_dir).stdout
    closed = cli("lead", "erasures", "--give-up", told["erasure_id"], "--data-dir", data_dir, **AWAY)
    assert closed.exit_code == 0, closed.output
    assert f"Not erased: Runs in Temporal of lead {told['leads'][0]}: " in closed.stdout
    assert cli("lead", "erasures", "--open", "--data-dir", data_dir).stdout == ""
    assert "closed, not all was erased" in cli("lead", "erasures", "--data-dir", data_dir).stdout
