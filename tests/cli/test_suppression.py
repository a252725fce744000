from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadworkflows.store import Store
from tests.cli.conftest import Cli

ADA = "ada@example.com"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def suppressed(cli: Cli, data_dir: Path):
    """Ada wants nothing about events, and a mail to her came back."""
    assert (
        cli("suppression", "add", "Ada@Example.com", "--topic", "Events", "--data-dir", data_dir).exit_code
        == 0
    )

    async def told() -> None:
        async with Store.open(f"sqlite:///{data_dir / 'leadworkflows.db'}") as store:
            await store.suppressions.add(ADA, "email_bounced", NOON)
            await store.suppressions.add(ADA, "unsubscribed", NOON)

    asyncio.run(told())


def listed(cli: Cli, data_dir: Path, *email: str):
    shown = cli("suppression", "list", *email, "--json", "--data-dir", data_dir)
    return {(each["topic"], each["reason"]) for each in json.loads(shown.output)["suppressions"]}


def test_the_list_says_who_about_what_and_why(cli: Cli, data_dir: Path, suppressed):
    everything = {("events", "manual"), (None, "email_bounced"), (None, "unsubscribed")}
    assert listed(cli, data_dir) == listed(cli, data_dir, "ADA@example.com") == everything
    assert listed(cli, data_dir, "bob@example.com") == set()
    table = cli("suppression", "list", "--data-dir", data_dir).output
    assert "all mail" in table
    assert "2026-03-02 12:00" in table


def test_a_bounce_is_taken_back_by_force_alone(cli: Cli, data_dir: Path, suppressed):
    refused = cli("suppression", "remove", ADA, "--data-dir", data_dir)
    assert refused.exit_code == 1
    assert "email_bounced" in refused.stderr
    assert ADA not in refused.stderr
    assert listed(cli, data_dir) == {("events", "manual"), (None, "email_bounced")}
    forced = cli("suppression", "remove", ADA, "--force", "--data-dir", data_dir)
    assert (forced.exit_code, forced.output.strip()) == (0, "Removed. Still off: events.")
    assert cli("suppression", "remove", ADA, "--topic", "events", "--data-dir", data_dir).exit_code == 0
    assert listed(cli, data_dir) == set()


def test_adding_says_about_what_no_mail_leaves_any_more(cli: Cli, data_dir: Path):
    named = cli("suppression", "add", ADA, "--topic", "Case Studies", "--data-dir", data_dir)
    assert "No mail about case_studies leaves to this address" in named.output
    everything = cli("suppression", "add", ADA, "--data-dir", data_dir)
    assert everything.output.strip() == "Suppressed. No mail leaves to this address from now on."


@pytest.mark.parametrize("wrong", [["ada"], [ADA, "--topic", "<b>"]])
def test_what_is_no_address_or_no_topic_is_said_so_in_one_line(cli: Cli, data_dir: Path, wrong):
    shown = cli("suppression", "add", *wrong, "--data-dir", data_dir)
    assert shown.exit_code == 2
    assert len(shown.stderr.splitlines()) == 1
