"""`leadworkflows import` on a real database."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import pty
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.journey import Journey
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.sources.identity import normalise_email
from leadworkflows.store import Store
from tests.architecture.tree import ROOT
from tests.cli.conftest import Cli, Process, eventually
from tests.domain.variants import DEFAULT

_STOPPED = r"leadworkflows: Stopped after [\d,]+ rows, [\d,]+ of them new; run it again to go on\."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fair.csv"


def rows(*texts: str) -> str:
    return "\n".join(["email,name,company,title", *texts]) + "\n"


def summary(cli: Cli, *arguments: object, exits: int = 0) -> dict[str, Any]:
    done = cli("import", *arguments, "--json", "--data-dir", "data")
    assert done.exit_code == exits, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def counts(said: dict[str, Any]) -> tuple[int, int, int, int]:
    return said["read"], said["new"], said["duplicates"], said["refused"]


async def events_of(email: str) -> list[LeadEvent]:
    async with Store.open("sqlite:///data/leadworkflows.db") as store:
        lead_id = await store.leads.lead_id_of(normalise_email(email))
        assert lead_id
        return await store.inbox.of(lead_id)


def test_a_row_becomes_a_lead_that_is_nurtured(cli: Cli, file: Path):
    file.write_text(rows("Ada@example.com,Ada Lovelace,Example,CFO"))
    assert counts(summary(cli, file, "--yes", "--channel", "trade_show", "--campaign", "Hannover")) == (
        1,
        1,
        0,
        0,
    )
    events = asyncio.run(events_of("ada@example.com"))
    journey = Journey.begin("lead-1", DEFAULT)
    journey.advance(events, events[-1].occurred_at)
    assert journey.state.stage is Stage.LEAD
    assert journey.state.enrolment
    assert journey.state.enrolment.sequence == "finance"
    assert {"channel": "trade_show", "campaign": "hannover"}.items() <= journey.state.profile.items()


def test_importing_again_is_all_duplicates_and_a_changed_row_is_news(cli: Cli, file: Path, tmp_path: Path):
    file.write_text(
        rows("a@example.com,Ada,Example,CFO", "b@example.com,Bob,,", "a@example.com,Ada,Example,CFO")
    )
    assert counts(summary(cli, file, "--yes")) == (3, 2, 1, 0)
    assert counts(summary(cli, file, "--yes")) == (3, 0, 3, 0)
    other = tmp_path / "other.csv"
    other.write_text("Company;E-Mail;Name;Title\n;B@Example.com;Bob;\nExample;a@example.com;Ada;CTO\n")
    assert counts(summary(cli, other, "--yes")) == (2, 1, 1, 0)


def test_refused_rows_are_corrected_in_the_file_of_errors_and_imported_from_there(cli: Cli, file: Path):
    file.write_text(rows("a@example.com,Ada,,", "nobody,Bob,Example,CFO", ",,x,", "c@example.com,C,Inc.,x,y"))
    said = summary(cli, file, "--yes", exits=1)
    assert counts(said) == (4, 1, 0, 3)
    errors = file.with_name("fair.errors.csv")
    assert said["errors"] == str(errors)
    with errors.open(encoding="utf-8-sig", newline="") as text:
        header, *wrong = csv.reader(text)
    assert header == ["row", "field", "problem", "email", "name", "company", "title"]
    assert [(row[0], row[1], row[3:]) for row in wrong] == [
        ("3", "email", ["nobody", "Bob", "Example", "CFO"]),
        ("4", "email", ["", "", "x", ""]),
        ("5", "row", ["c@example.com", "C", "Inc.", "x", "y"]),
    ]
    corrected = errors.read_text("utf-8-sig").replace("nobody,", "bob@example.com,")
    errors.write_text(corrected.replace("Inc.,x,y", '"Inc., x",y'))
    assert counts(summary(cli, errors, "--yes", exits=1)) == (3, 2, 0, 1)
    again = file.with_name("fair.errors.errors.csv").read_text("utf-8-sig").splitlines()
    assert again[0] == "row,field,problem,email,name,company,title"
    assert len(again) == 2


def test_a_file_of_errors_that_somebody_worked_on_is_not_lost(cli: Cli, file: Path):
    file.write_text(rows("nobody,Bob,,"))
    summary(cli, file, "--yes", exits=1)
    errors = file.with_name("fair.errors.csv")
    summary(cli, file, "--yes", exits=1)
    assert not file.with_name("fair.errors.previous.csv").exists()
    errors.write_text("corrected by hand")
    assert "fair.errors.previous.csv" in cli("import", file, "--yes", "--data-dir", "data").output
    assert file.with_name("fair.errors.previous.csv").read_text() == "corrected by hand"


def test_a_dry_run_checks_every_row_and_takes_none(cli: Cli, file: Path):
    file.write_text(rows("a@example.com,Ada,,", "nobody,Bob,,"))
    assert summary(cli, file, "--dry-run", exits=1) | {"errors": ""} == {
        "read": 2, "importable": 1, "refused": 1, "dry_run": True, "errors": "",
    }  # fmt: skip
    assert not Path("data").exists()


def test_the_preview_shows_columns_and_rows_and_nothing_that_steers_the_terminal(cli: Cli, file: Path):
    file.write_text("E-Mail,Haus,Fax\nada@example.com,[bold]Example\x1b[31m,1\nnobody,x,2\n")
    shown = cli(
        "import", file, "--dry-run", "--map", "Haus=company", "--map", "Fax=ignore", "--data-dir", "data"
    )
    assert "[bold]Example" in shown.output
    assert "\x1b[31m" not in shown.output
    plain = " ".join(shown.output.split())
    for said in ("company", "ignore", "facts_updated", "E-Mail: expected an e-mail address"):
        assert said in plain
    assert "2 rows checked: 1 can be imported, 1 cannot." in shown.output


def test_without_anybody_to_confirm_nothing_is_imported(cli: Cli, file: Path):
    file.write_text(rows("a@example.com,Ada,,"))
    refused = cli("import", file, "--data-dir", "data")
    assert refused.exit_code == 2
    assert "Nobody is there to confirm: add --yes" in refused.output
    assert not Path("data").exists()


@pytest.mark.parametrize(("answer", "exits", "kept"), [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0)])
def test_somebody_at_a_terminal_is_asked(tmp_path: Path, file: Path, answer: str, exits: int, kept: int):
    file.write_text(rows("a@example.com,Ada,,"))
    ours, theirs = pty.openpty()
    with Terminal(theirs, tmp_path, "import", file, "--data-dir", "data") as run:
        os.write(ours, answer.encode())
        assert run.ended() == exits
    assert taken(tmp_path / "data") == kept
    os.close(ours)
    os.close(theirs)


class Terminal(Process):
    """A command whose standard input is a terminal."""

    def __init__(self, terminal: int, folder: Path, *arguments: object) -> None:
        saved = os.dup(0)
        os.dup2(terminal, 0)
        try:
            super().__init__(folder, *arguments)
        finally:
            os.dup2(saved, 0)
            os.close(saved)


def test_a_run_that_is_stopped_says_how_far_it_came(tmp_path: Path, file: Path):
    file.write_text(rows(*(f"lead-{n}@example.com,Lead {n},Example,CFO" for n in range(40_000))))
    with Process(tmp_path, "import", file, "--yes", "--json", "--data-dir", "data") as run:
        eventually(lambda: taken(tmp_path / "data") > 0)
        assert run.ask(signal.SIGINT) == 1
        assert [line for line in run.said if re.fullmatch(_STOPPED, line)], run.said


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", [], "is empty"),
        ("Kontakt,Firma\na@example.com,x\n", [], '--map "Kontakt=email"'),
        ("email\na@example.com\n", ["--event", "deal_won"], "--event: a row cannot be 'deal_won'"),
        ("email\na@example.com\n", ["--channel", "+49 30 1234567"], "--channel: six digits in a row"),
        ("email\na@example.com\n", ["--map", "Firma=company"], "the file has no column"),
    ],
)
def test_wrong_use_is_one_line_and_2(cli: Cli, file: Path, text: str, options: list[str], said: str):
    file.write_text(text)
    refused = cli("import", file, *options, "--yes", "--data-dir", "data")
    assert (refused.exit_code, len(refused.output.splitlines())) == (2, 1)
    assert said in refused.output


def test_a_file_that_is_not_there_is_one_line_and_2(cli: Cli):
    missing = cli("import", "nowhere.csv", "--yes")
    assert (missing.exit_code, missing.output) == (
        2,
        "leadworkflows: nowhere.csv: No such file or directory\n",
    )


def test_a_header_alone_imports_nothing(cli: Cli, file: Path):
    file.write_text(rows())
    assert counts(summary(cli, file, "--yes")) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "example", sorted((ROOT / "examples/import").glob("*.csv")), ids=lambda path: path.name
)
def test_the_examples_can_be_imported(cli: Cli, example: Path):
    said = summary(cli, example, "--yes")
    assert said["new"] == said["read"] > 1


def test_a_run_that_is_killed_is_begun_anew_and_completes(cli: Cli, tmp_path: Path, file: Path):
    total = 4_000
    file.write_text(rows(*(f"lead-{n}@example.com,Lead {n},Example,CFO" for n in range(total))))
    with Process(tmp_path, "import", file, "--yes", "--json", "--data-dir", "data") as run:
        eventually(lambda: taken(tmp_path / "data") > 0)
        assert run.ask(signal.SIGKILL) != 0
    before = taken(tmp_path / "data")
    assert before % 500 == 0
    assert 0 < before < total
    assert counts(summary(cli, file, "--yes")) == (total, total - before, before, 0)


def taken(data_dir: Path) -> int:
    if not (data_dir / "leadworkflows.db").exists():
        return 0

    async def backlog() -> int:
        async with Store.open(f"sqlite:///{data_dir / 'leadworkflows.db'}") as store:
            return await store.inbox.backlog()

    try:
        return asyncio.run(backlog())
    except Exception as error:
        if "no tables yet" in str(error):
            return 0
        raise
