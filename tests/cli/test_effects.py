from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.cli.conftest import Cli

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
REMEDY = "Slack refused the message: not_in_channel; invite the app to the channel with /invite"


@pytest.fixture
def given(data_dir: Path) -> None:
    """A mail that left, and an alert that waits for a person."""
    data_dir.mkdir()
    url = f"sqlite:///{data_dir / 'leadworkflows.db'}"
    upgrade(url)

    async def work() -> None:
        async with Store.open(url) as store:
            await store.effects.reserve("mail", "lead-1", "email.send", NOON)
            await store.effects.settle("mail", "confirmed", NOON, detail="SendGrid accepted it (202)")
            await store.effects.reserve("alert", "lead-2", "slack.alert", NOON + timedelta(minutes=1))
            await store.effects.release("alert", REMEDY, "stuck")

    asyncio.run(work())


async def lose(data_dir: Path) -> None:
    """A mail of which nobody knows whether it left."""
    async with Store.open(f"sqlite:///{data_dir / 'leadworkflows.db'}") as store:
        await store.effects.reserve("lost", "lead-3", "email.send", NOON)
        await store.effects.settle("lost", "unknown", NOON, detail="the vendor did not answer")


def listed(cli: Cli, data_dir: Path, *options: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(
        cli("effects", "list", "--data-dir", data_dir, "--json", *options).output
    )
    return found


@pytest.mark.usefixtures("given")
def test_effects_are_listed_newest_first(cli: Cli, data_dir: Path):
    assert [each["key"] for each in listed(cli, data_dir)] == ["alert", "mail"]
    assert [each["key"] for each in listed(cli, data_dir, "--limit", "1")] == ["alert"]
    assert [each["key"] for each in listed(cli, data_dir, "--lead", "lead-1")] == ["mail"]


@pytest.mark.usefixtures("given")
def test_what_is_stuck_is_listed_with_its_remedy(cli: Cli, data_dir: Path):
    assert listed(cli, data_dir, "--stuck") == [
        {
            "key": "alert", "lead_id": "lead-2", "action": "slack.alert", "status": "stuck", "attempts": 1,
            "since": "2026-03-02T12:01:00Z", "settled_at": None, "detail": REMEDY,
            "to_do": "mend what is said; it is tried again every 5 minutes",
        }
    ]  # fmt: skip


@pytest.mark.usefixtures("given")
def test_people_read_it_as_a_table(cli: Cli, data_dir: Path):
    shown = " ".join(cli("effects", "list", "--stuck", "--data-dir", data_dir).output.split())
    assert "slack.alert" in shown
    assert "stuck" in shown
    assert "not_in_channel" in shown


def test_where_nothing_is_stuck_it_says_so(cli: Cli, data_dir: Path):
    data_dir.mkdir()
    upgrade(f"sqlite:///{data_dir / 'leadworkflows.db'}")
    assert cli("effects", "list", "--stuck", "--data-dir", data_dir).output.strip() == "Nothing is stuck."


@pytest.mark.usefixtures("given")
def test_a_mail_of_which_nobody_knows_is_listed_with_what_settles_it(cli: Cli, data_dir: Path):
    asyncio.run(lose(data_dir))
    (lost, _alert) = listed(cli, data_dir, "--stuck")
    assert (lost["key"], lost["status"]) == ("lost", "unknown")
    assert "event webhook, which settles it" in str(lost["to_do"])
    shown = " ".join(cli("effects", "list", "--stuck", "--data-dir", data_dir).output.split())
    assert "unknown" in shown


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize(("said", "becomes"), [("--done", "confirmed"), ("--not-done", "failed")])
def test_a_person_says_what_became_of_a_mail_of_which_nobody_knows(cli: Cli, data_dir: Path, said, becomes):
    asyncio.run(lose(data_dir))
    assert cli("effects", "settle", "lost", said, "--data-dir", data_dir).exit_code == 0
    (lost,) = [each for each in listed(cli, data_dir) if each["key"] == "lost"]
    assert lost["status"] == becomes
    assert "a person" in str(lost["detail"])
    assert "lost" not in [each["key"] for each in listed(cli, data_dir, "--stuck")]


@pytest.mark.usefixtures("given")
def test_what_is_known_is_not_settled_by_a_person(cli: Cli, data_dir: Path):
    asyncio.run(lose(data_dir))
    told = cli("effects", "settle", "lost", "mail", "alert", "nobody", "--not-done", "--data-dir", data_dir)
    assert told.exit_code == 1
    assert "Settled 1 of 4." in told.output
    assert "alert: its outcome is not unknown" in told.output
    assert {each["key"]: each["status"] for each in listed(cli, data_dir)} == {
        "mail": "confirmed", "alert": "stuck", "lost": "failed",
    }  # fmt: skip


@pytest.mark.usefixtures("given")
def test_whoever_settles_says_what_they_saw(cli: Cli, data_dir: Path):
    told = cli("effects", "settle", "lost", "--data-dir", data_dir)
    assert told.exit_code == 2
    assert "--done" in told.output
