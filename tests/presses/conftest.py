"""Presses over a real store, beside Slack's stand-in."""

from __future__ import annotations

import shutil

import pytest

from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.vendors.slack import Member, SlackStandIn
from tests.workflows.conftest import env, new_lead, policy, settings, store, worker

__all__ = ["env", "new_lead", "policy", "settings", "store", "worker"]

PEOPLE = [Member(f"U0PERSON{number:02d}") for number in range(50)]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    file = tmp_path_factory.mktemp("presses") / "leads.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
async def own_store(migrated, tmp_path):
    file = shutil.copy(migrated, tmp_path / "leads.db")
    async with Store.open(f"sqlite:///{file}") as opened:
        yield opened


@pytest.fixture
def slack():
    with SlackStandIn(people=PEOPLE) as standing_in:
        yield standing_in


@pytest.fixture
def poster(slack):
    return SlackWebPoster(slack.token, f"{slack.url}/api")
