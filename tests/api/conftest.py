from __future__ import annotations

import shutil
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from pydantic import SecretStr

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.slack_side import SlackSide
from leadworkflows.domain.teams import Rep, Roster
from leadworkflows.settings import Settings, SourceSettings
from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.sources.samples.keys import accepted_secret
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.api.edge import KEY, Edge
from tests.api.slacked import SECRET as SLACK_SECRET
from tests.api.slacked import USER, Slacked
from tests.domain.variants import DEFAULT
from tests.sources.inbound import SECRET
from tests.vendors.slack import Member, SlackStandIn

BUILT_IN = ("standard", "form", "hubspot", "typeform", "calendly", "sendgrid", "segment", "webflow", "tally")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    file = tmp_path_factory.mktemp("migrated") / "leads.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
async def store(migrated, tmp_path):
    file = shutil.copy(migrated, tmp_path / "leads.db")
    async with Store.open(f"sqlite:///{file}") as opened:
        yield opened


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where no `.env` lies
    return Settings.model_validate(
        {
            "data_dir": tmp_path,
            "public_url": "https://leads.example.com",
            "api_keys": [KEY, "another-key"],
            "sources": {
                "standard": {"secrets": ["whsec_b2xkIGtleSBvbGQga2V5IG9sZCBrZXk=", SECRET]},
                "typeform": {"secrets": ["typeform-secret"], "forms": {"dEmO42": "demo"}},
                "form": {"secrets": ["token-1"]},
                "partner": {"kind": "standard", "header_prefix": "svix", "secrets": [SECRET]},
            },
        }
    )


@pytest.fixture
async def opened():
    """Open an edge over a store with these settings, for the length of the test."""
    async with AsyncExitStack() as stack:

        async def open_edge(store, settings, **changes):
            edge = Edge(store)
            app = create_app(replace(surroundings(edge, settings), **changes))
            await stack.enter_async_context(edge.open(app))
            return edge

        yield open_edge


@pytest.fixture
async def edge(opened, store, settings):
    """The application over a real store, at 2026-03-02 09:31 UTC, with a client that holds a key."""
    return await opened(store, settings)


def surroundings(edge, settings):
    return ApiDeps(
        store=edge.store,
        settings=settings,
        classify=lambda title: {"persona": "finance", "seniority": "c_level"} if title == "CFO" else {},
        policy_id="default-1",
        on_accepted=edge.wake,
        temporal_ready=edge.temporal_ready,
        command=edge.command,
        clock=lambda: edge.now,
    )


@pytest.fixture
async def vendors(opened, store, settings):
    """An edge where every built-in source has an old and a new secret, and nobody is locked out."""
    old, new = b"\x01" * 32, b"\x02" * 32
    secrets = {name: [accepted_secret(name, old), accepted_secret(name, new)] for name in BUILT_IN}
    known = {name: SourceSettings.model_validate({"secrets": each}) for name, each in secrets.items()}
    return await opened(store, settings.model_copy(update={"sources": known, "rate_limit_failures": None}))


@pytest.fixture
def slack():
    with SlackStandIn(people=[Member(USER), Member("U0BOB0002")]) as standing_in:
        yield standing_in


@pytest.fixture(scope="session")
def policy():
    return DEFAULT


@pytest.fixture
def slack_side(slack, policy):
    """Slack as the edge speaks to it, with one rep whom Slack knows."""

    async def policy_of(_policy_id):
        return policy

    async def roster():
        return Roster(reps={"rep-7": Rep(name="Ada", slack=USER)})

    poster = SlackWebPoster(slack.token, f"{slack.url}/api")
    return SlackSide(poster=poster, policy_of=policy_of, roster=roster)


@pytest.fixture
def slack_settings(settings):
    return settings.model_copy(update={"slack_signing_secret": SecretStr(SLACK_SECRET)})


@pytest.fixture
async def slacked(opened, store, slack_settings, slack, slack_side):
    """An edge beside a Slack workspace."""
    return Slacked(await opened(store, slack_settings, slack=slack_side), slack)
