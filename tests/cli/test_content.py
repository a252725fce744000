from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadworkflows.domain.events import EventType
from leadworkflows.policies.loader import DEFAULT_POLICY
from leadworkflows.sources.base import Identity, InboundEvent, Person
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.cli.conftest import Cli, eventually

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def fill(data_dir: Path) -> None:
    """Grace, who speaks German and works in fintech."""
    async with Store.open(f"sqlite:///{data_dir / 'leadworkflows.db'}") as store:
        event = InboundEvent(
            delivery_id="evt-1", type=EventType.FORM_SUBMITTED, occurred_at=NOON,
            identity=Identity(email="grace@example.com"),
            person=Person(first_name="Grace", last_name="Hopper", company="Compilers AG"),
        )  # fmt: skip
        await store.inbox.accept("standard", [event], NOON, classify=lambda _: {})
        lead_id = await store.leads.lead_id_of("grace@example.com")
        assert lead_id
        facts = {"lead_id": lead_id, "stage": "mql", "language": "de", "industry": "fintech"}
        await store.timeline.record(lead_id, [], facts, 1)


@pytest.fixture
def grace(data_dir: Path) -> Path:
    data_dir.mkdir()
    upgrade(f"sqlite:///{data_dir / 'leadworkflows.db'}")
    asyncio.run(fill(data_dir))
    return data_dir


@pytest.fixture
def german(tmp_path: Path) -> Path:
    """A policy for English and German leads."""
    file = tmp_path / "policy.yaml"
    file.write_text(DEFAULT_POLICY.read_text())
    return file


def test_the_contents_are_listed_with_their_languages_and_variants(cli: Cli):
    rows = {row["content"]: row for row in json.loads(cli("content", "list", "--json").output)}
    case = rows["sector-case-study"]
    assert case["languages"] == ["de", "en"]
    assert [each["variant"] for each in case["variants"]] == ["fintech", "manufacturing", "software"]
    assert rows["demo-confirmation"]["category"] == "confirmation"
    shown = cli("content", "list").output
    assert all(name in shown for name in rows)


def test_a_preview_says_what_somebody_would_see_in_the_inbox(cli: Cli, tmp_path: Path):
    out = tmp_path / "mail.html"
    told = cli("content", "preview", "roi-study", "--out", out)
    assert told.exit_code == 0
    assert "What does it cost Example GmbH to change nothing?" in told.output
    assert "Three figures you have" in told.output
    assert "roi-study.md, in en" in told.output
    assert "Hello Ada," in out.read_text("utf-8")


def test_a_lead_is_shown_what_it_would_get_in_its_language_and_variant(cli: Cli, grace: Path, german: Path):
    asked = ("content", "preview", "sector-case-study", "--text", "--data-dir", grace)
    mine = cli(*asked, "--lead", "grace@example.com", POLICY=str(german))
    assert mine.exit_code == 0, mine.output
    assert "sector-case-study.fintech.de.md, in de" in mine.output
    assert "Guten Tag Grace Hopper," in mine.output
    other = cli(*asked, "--lead", "grace@example.com", "--language", "en", "--variant", "software")
    assert "sector-case-study.software.md, in en" in other.output


def test_a_preview_holds_no_link_that_would_unsubscribe_the_lead(cli: Cli, grace: Path):
    told = cli(
        "content",
        "preview",
        "welcome",
        "--text",
        "--data-dir",
        grace,
        "--lead",
        "grace@example.com",
        "--language",
        "en",
    )
    assert "Unsubscribe: https://example.com/unsubscribe\n" in told.output


def test_the_letter_of_the_subject_and_the_data_of_a_template_are_said(cli: Cli, tmp_path: Path):
    own = tmp_path / "own"
    own.mkdir()
    template = f"template_id: d-{'0' * 32}\ndata: [first_name]"
    (own / "offer.md").write_text(f"---\nsubject: [One, Two]\ncategory: nurture\n{template}\n---\n")
    told = cli("content", "preview", "offer", "--text", CONTENT_DIR=str(own))
    assert "One (subject a)" in told.output
    assert f"d-{'0' * 32}" in told.output
    assert '{"first_name": "Ada"}' in told.output


def test_the_browser_is_opened_on_a_file_that_only_this_user_can_read(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    browser, opened = tmp_path / "bin" / "xdg-open", tmp_path / "opened"
    browser.parent.mkdir()
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", f"{browser.parent}{os.pathsep}{os.environ['PATH']}")
    told = cli("content", "preview", "welcome")
    assert told.exit_code == 0
    file = Path(eventually(lambda: opened.exists() and opened.read_text().strip()).removeprefix("file://"))
    assert "Hello Ada," in file.read_text("utf-8")
    assert file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["roi-studdy"], "No content is called roi-studdy; did you mean roi-study?"),
        (["sector-case-study", "--variant", "fintec"], "has no variant fintec; did you mean fintech?"),
        (["welcome", "--lead", "ada@example.com"], "there is none in"),
        (["welcome", "--language", "tr", "--text"], "welcome is not written in tr; known: de, en"),
    ],
)
def test_what_cannot_be_previewed_is_said_on_one_line(cli: Cli, asked: list[str], says: str):
    told = cli("content", "preview", *asked)
    assert told.exit_code == 2
    assert says in told.stderr
    assert told.stderr.count("\n") == 1


def test_a_lead_that_is_not_there_is_said_to_be_none(cli: Cli, grace: Path):
    told = cli("content", "preview", "welcome", "--data-dir", grace, "--lead", "bob@example.com")
    assert told.exit_code == 1
    assert "There is no such lead" in told.stderr
