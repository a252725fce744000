"""Other machines reach the API only where a key and a password stand before it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from leadworkflows.api.keyring import new_key
from leadworkflows.cli.errors import WrongUse
from leadworkflows.cli.exposed import SHORTEST_KEY, require_locks
from leadworkflows.cli.main import app
from leadworkflows.settings import Settings
from leadworkflows.store.api_keys import Scope
from tests.safety.house import House

KEY, PASSWORD = "k" * SHORTEST_KEY, "correct horse battery"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound: it is what is refused
ELSEWHERE = [EVERYWHERE, "::", "192.0.2.7", "leads.example.com", ""]
HERE = ["127.0.0.1", "127.0.0.9", "localhost", "::1"]


def settings(**given: Any) -> Settings:
    return Settings.model_validate({"api_keys": [], **given})


@pytest.mark.parametrize("host", HERE)
async def test_on_the_machine_itself_nothing_is_asked_for(house: House, host: str):
    await require_locks(host, settings(), house.store)


@pytest.mark.parametrize("host", ELSEWHERE)
async def test_elsewhere_both_are(house: House, host: str):
    for given in ({}, {"api_keys": [KEY]}, {"dashboard_password": PASSWORD}):
        with pytest.raises(WrongUse, match=r"or listen on 127\.0\.0\.1") as refused:
            await require_locks(host, settings(**given), house.store)
        said = str(refused.value)
        assert ("LEADWORKFLOWS_API_KEYS" in said) is ("api_keys" not in given)
        assert ("LEADWORKFLOWS_DASHBOARD_PASSWORD" in said) is ("dashboard_password" not in given)
        assert "\n" not in said
    await require_locks(host, settings(api_keys=[KEY], dashboard_password=PASSWORD), house.store)


async def test_a_key_of_the_store_is_one_until_it_is_revoked(house: House):
    now = datetime.now(UTC)
    kept, _ = new_key("website", [Scope.INGEST], now)
    await house.store.api_keys.add(kept)
    await require_locks(EVERYWHERE, settings(dashboard_password=PASSWORD), house.store)
    await house.store.api_keys.revoke(kept.key_id, now)
    with pytest.raises(WrongUse, match="LEADWORKFLOWS_API_KEYS"):
        await require_locks(EVERYWHERE, settings(dashboard_password=PASSWORD), house.store)


async def test_a_key_that_could_be_guessed_from_outside_is_none(house: House):
    weak = settings(api_keys=[KEY, "short"], dashboard_password=PASSWORD)
    with pytest.raises(WrongUse, match="a key is shorter than 16 characters") as refused:
        await require_locks(EVERYWHERE, weak, house.store)
    assert "short," not in str(refused.value)
    await require_locks("127.0.0.1", weak, house.store)


def test_the_command_says_so_in_one_line_and_ends(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    env = {"LEADWORKFLOWS_DATA_DIR": str(tmp_path), "LEADWORKFLOWS_API_KEYS": KEY}
    done = CliRunner(env=env).invoke(app, ["api", "--host", EVERYWHERE, "--port", "0"])
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert done.exit_code == 2
    said = "set LEADWORKFLOWS_DASHBOARD_PASSWORD, or listen on 127.0.0.1"
    assert lines == [f"leadworkflows: Others could reach the API on 0.0.0.0: {said}"]
