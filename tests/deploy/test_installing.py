"""The first steps as they are written down: the lines that fill in `.env`, and what is then told."""

from __future__ import annotations

import re
import subprocess

import pytest

from leadworkflows.settings import PREFIX, Settings
from tests.architecture.tree import ROOT
from tests.deploy.composed import COMPOSE, ENV_EXAMPLE, VARIABLE, example, filled, services

PAGE = (ROOT / "docs/operations.md").read_text()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder after the lines of *Install* that come before Docker."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / ENV_EXAMPLE.name).write_text(ENV_EXAMPLE.read_text())
    block = next(
        text for text in re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if "openssl" in text
    )
    lines = block.partition("docker compose")[0]
    subprocess.run(["bash", "-euo", "pipefail", "-c", lines], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def given(installed):
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", (installed / ".env").read_text(), re.MULTILINE))


def test_the_lines_of_the_page_fill_in_every_secret_differently(installed, given):
    secrets = [value for name, value in given.items() if name in example() and not example()[name]]
    assert len(secrets) == len(set(secrets)) == 6
    assert all(re.fullmatch("[0-9a-f]{48}", value) for value in secrets)
    assert (installed / ".env").stat().st_mode & 0o077 == 0


def test_with_them_compose_has_everything_it_asks_for(given):
    text = filled(COMPOSE.read_text(), given)
    assert not VARIABLE.search(text)


def test_without_one_of_them_compose_would_refuse(given):
    with pytest.raises(KeyError, match="STORE_PASSWORD"):
        filled(COMPOSE.read_text(), {**given, "STORE_PASSWORD": ""})


@pytest.mark.parametrize("name", ["api", "worker", "migrate"])
def test_our_processes_understand_what_they_are_told(installed, given, name, monkeypatch):
    environment = {key: filled(value, given) for key, value in services()[name]["environment"].items()}
    for key, value in {**given, **environment}.items():
        if key.startswith(PREFIX):
            monkeypatch.setenv(key, value)
    settings = Settings(_env_file=None)
    assert (
        settings.database
        == f"postgresql://leadworkflows:{given['STORE_PASSWORD']}@postgres:5432/leadworkflows"
    )
    assert (settings.temporal_address, settings.temporal_namespace) == ("temporal:7233", "leadworkflows")
    assert [key.get_secret_value() for key in settings.api_keys] == [given[f"{PREFIX}API_KEYS"]]


def test_the_hosts_that_are_named_are_services():
    text = COMPOSE.read_text() + (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    hosts = set(re.findall(r"@([a-z-]+):\d|: ([a-z-]+):7233|SEEDS: ([a-z-]+)", text))
    assert {name for names in hosts for name in names if name} == {"postgres", "temporal"}
    assert {"postgres", "temporal"} <= services().keys()
