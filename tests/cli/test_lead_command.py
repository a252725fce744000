"""Commands from the command line, to a lead's own workflow on a running instance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import Cli, Dev, eventually

ADA = "ada@example.com"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    folder: Path = tmp_path_factory.mktemp("commanded")
    with Dev(folder, folder / "data") as dev:
        dev.http.tell("page_viewed", "evt-1", page="pricing")
        eventually(lambda: dev.http.lead().get("policy"))
        yield dev


@pytest.fixture
def command(cli: Cli, running: Dev):
    def send(*words: object) -> Result:
        address = running.at["temporal"].removeprefix("http://")
        return cli("lead", "command", ADA, *words, "--data-dir", running.data_dir, TEMPORAL_ADDRESS=address)

    return send


def test_sales_takes_a_lead_over_and_is_told_where_it_stands(command, running: Dev):
    done = command("claim", "--by", "rep-7", "--note", "I met Ada in Berlin")
    assert (done.exit_code, done.stdout) == (0, "Done. The lead is Lead now, owned by rep-7.\n")
    shown = json.loads(command("assign", "--to", "rep-9", "--json").stdout)
    assert shown["owner"] == "rep-9"
    assert "Claimed by rep-7" in eventually(lambda: [w for w in running.http.happened() if "Claimed" in w])


def test_what_the_lead_does_not_allow_is_a_no_with_its_sentence(command):
    refused = command("win", "--by", "rep-7")
    assert refused.exit_code == 1
    assert refused.stderr == "leadworkflows: Only an opportunity can be won; this one is Lead\n"


def test_facts_reach_the_lead(command):
    done = command("record_facts", "--fact", "budget=yes", "--fact", "need=partial", "--json")
    assert json.loads(done.stdout)["qualification"] == {"budget": "yes", "need": "partial"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["promote"], "promote"),
        (["claim"], "--by is missing"),
        (["return", "--by", "rep-7"], "--reason is missing"),
        (["assign"], "--to is missing"),
        (["record_facts", "--fact", "budget"], "--fact budget"),
        (["record_facts", "--fact", "budgt=yes"], "--fact budgt"),
        (["pause", "--until", "tomorrow"], "--until"),
        (["accept", "--by", ADA], "--by"),
    ],
)
def test_wrong_use_names_the_option_to_correct(command, words: list[str], named: str):
    refused = command(*words)
    assert refused.exit_code == 2
    assert named in refused.stderr
    assert ADA not in refused.stderr


def test_a_lead_that_nobody_knows_is_a_no(cli: Cli, running: Dev):
    for who in ("bob@example.com", "0" * 32):
        refused = cli("lead", "command", who, "accept", "--data-dir", running.data_dir)
        assert (refused.exit_code, refused.stderr) == (1, "leadworkflows: There is no such lead.\n")


def test_without_temporal_it_says_what_could_not_be_reached(cli: Cli, running: Dev):
    refused = cli(
        "lead", "command", ADA, "accept", "--data-dir", running.data_dir, TEMPORAL_ADDRESS="localhost:1"
    )
    assert refused.exit_code == 1
    assert "Temporal cannot be reached (localhost:1)" in refused.stderr
