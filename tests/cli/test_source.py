"""`leadworkflows source`: samples that are posted to a real installation over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from leadworkflows import bootstrap, playground, sources
from leadworkflows.api.app import create_app
from leadworkflows.policies.loader import load_policy
from leadworkflows.serving import bind, serving
from leadworkflows.settings import Settings
from leadworkflows.sources import samples
from leadworkflows.sources.base import InboundRequest, SignatureRejected
from leadworkflows.sources.samples.fresh import fresh
from leadworkflows.store import Store
from tests.architecture.tree import ROOT
from tests.cli.conftest import Cli, Dev

KEY = "lw_key-of-a-data-folder"
URL = "https://leads.example.com/webhooks/"
every_sample = pytest.mark.parametrize("name", samples.names())


def test_every_built_in_source_has_a_sample():
    assert set(sources.names()) == set(samples.names())


def signed(name: str, body: bytes) -> InboundRequest:
    now = datetime.now(UTC)
    source: Any = sources.get(name)
    headers = source.sign(body, playground.signing_secret(name, name, KEY), now, URL + name)
    return InboundRequest("POST", URL + name, headers, body)


@every_sample
@pytest.mark.parametrize("made", [samples.sample, lambda name: fresh(name, datetime.now(UTC))])
def test_a_sample_verifies_as_its_vendor_signs_it_and_is_understood(name: str, made: Any):
    request, source = signed(name, made(name)), sources.get(name)
    source.verify(request, playground.accepted_secret(name, name, KEY), datetime.now(UTC))
    assert source.translate(request)


@every_sample
def test_the_secret_of_another_data_folder_verifies_nothing(name: str):
    with pytest.raises(SignatureRejected):
        sources.get(name).verify(
            signed(name, samples.sample(name)),
            playground.accepted_secret(name, name, "lw_another-key"),
            datetime.now(UTC),
        )


@every_sample
def test_a_fresh_sample_says_the_same_of_the_lead_with_another_delivery(name: str):
    said, again = (
        sources.get(name).translate(signed(name, body))
        for body in (samples.sample(name), fresh(name, datetime.now(UTC)))
    )
    # A plain form has no id: the same within ten minutes is the same submission.
    assert ({event.delivery_id for event in said} != {event.delivery_id for event in again}) == (
        name != "form"
    )
    for before, after in zip(said, again, strict=True):
        assert (before.type, before.identity.email, before.person) == (
            after.type,
            after.identity.email,
            after.person,
        )


def test_a_source_with_a_secret_of_its_own_keeps_it():
    given = {"typeform": {"secrets": ["mine"]}, "acme": {"kind": "standard", "header_prefix": "svix"}}
    settings = Settings.model_validate({"sources": given})
    made = playground.with_playground_secrets(settings, KEY)
    assert [each.get_secret_value() for each in made.source("typeform").secrets] == ["mine"]
    assert made.source("acme").secrets[0].get_secret_value().startswith("whsec_")
    assert made.source("acme").header_prefix == "svix"
    assert all(made.source(name).secrets for name in sources.names())
    assert not settings.source("tally").secrets


# Over HTTP


class Posted:
    """What a command said."""

    def __init__(self, result: Result) -> None:
        self.exit_code = result.exit_code
        said: dict[str, Any] = json.loads(result.stdout)
        self.status, answer = said["status"], said["answer"]
        self.accepted, self.duplicates = answer.get("accepted"), answer.get("duplicates")


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """An installation as `dev` makes it, without Temporal: the edge needs the database alone."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / playground.KEY_FILE).write_text(KEY)
    listening = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    given = Settings.model_validate({"data_dir": data_dir, "public_url": url, "api_keys": [KEY]})
    settings = playground.with_playground_secrets(given, KEY)
    async with await bootstrap.open_store(settings) as store:
        policy = load_policy()
        client = await bootstrap.connect_temporal(settings, lazy=True)
        app = create_app(bootstrap.build_api(settings, store, client, policy, relay=None))
        async with serving(app, listening):
            yield url


async def post(cli: Cli, url: str, name: str, *more: str, **settings: str) -> Posted:
    words = ("source", "sample", name, "--post", "--url", url, "--data-dir", "data", "--json", *more)
    return Posted(await asyncio.to_thread(cli, *words, **settings))


@every_sample
async def test_a_sample_is_accepted_and_a_fresh_one_is_another_delivery(cli: Cli, url: str, name: str):
    first, second = await post(cli, url, name), await post(cli, url, name)
    assert (first.exit_code, first.status, second.exit_code) == (0, 202, 0)
    assert first.accepted >= 1
    if name == "form":
        assert (second.accepted, second.duplicates) == (0, 1)
    else:
        assert (second.accepted, second.duplicates) == (first.accepted, 0)
    async with Store.open(f"sqlite:///{Path('data/leadworkflows.db').absolute()}") as store:
        assert await store.leads.lead_id_of("ada@example.com")


@every_sample
async def test_the_identical_sample_again_is_a_duplicate(cli: Cli, url: str, name: str):
    first, second = await post(cli, url, name, "--again"), await post(cli, url, name, "--again")
    assert (second.exit_code, second.accepted, second.duplicates) == (0, 0, first.accepted)


async def test_a_sample_with_another_secret_is_refused_with_the_reason(cli: Cli, url: str):
    words = ("source", "sample", "typeform", "--post", "--url", url, "--data-dir", "data")
    refused = await asyncio.to_thread(cli, *words, SOURCES__TYPEFORM__SECRETS="of-somebody-else")
    assert refused.exit_code == 1
    assert refused.output.startswith("Refused with 401: Not accepted: the signature does not fit")


async def test_the_answer_is_told_in_words(cli: Cli, url: str):
    words = ("source", "sample", "tally", "--post", "--again", "--url", url, "--data-dir", "data")
    first, second = [await asyncio.to_thread(cli, *words) for _ in range(2)]
    assert first.output.startswith("Accepted: 1 event is in the inbox (")
    assert second.output == "Duplicate: 1 event is known already, and not counted again.\n"


@pytest.mark.e2e
@pytest.mark.temporal
def test_dev_takes_a_sample_of_every_source_without_any_secret_set(cli: Cli, dev: Dev):
    for name in sources.names():
        words = ("source", "sample", name, "--post", "--url", dev.at["api"], "--data-dir", dev.data_dir)
        done = cli(*words)
        assert (done.exit_code, done.output[:9]) == (0, "Accepted:"), done.output


# Wrong use


def test_a_sample_is_printed_as_it_is(cli: Cli):
    for name in samples.names():
        assert cli("source", "sample", name).stdout_bytes == samples.sample(name)


@pytest.mark.parametrize(
    ("words", "settings", "exits", "said"),
    [
        ("typefrom", {}, 2, "There is no source 'typefrom'; did you mean typeform?"),
        ("typeform --post", {}, 2, "set LEADWORKFLOWS_SOURCES__TYPEFORM__SECRETS"),
        ("sendgrid --post", {"SOURCES__SENDGRID__SECRETS": "MFkw"}, 2, "only SendGrid can sign"),
        ("standard --post", {"SOURCES__STANDARD__SECRETS": "whsec_!"}, 2, "cannot sign"),
        (
            "tally --post --url http://127.0.0.1:9",
            {"API_KEYS": KEY},
            1,
            "Nothing answers at http://127.0.0.1:9",
        ),
        ("tally --post --url nonsense", {"API_KEYS": KEY}, 1, "Nothing answers at nonsense"),
    ],
)
def test_what_cannot_be_posted_says_what_to_do(
    cli: Cli, words: str, settings: dict[str, str], exits: int, said: str
):
    done = cli("source", "sample", *words.split(), "--data-dir", "nowhere", **settings)
    assert (done.exit_code, len(done.output.splitlines())) == (exits, 1)
    assert said in done.output


def test_the_list_tells_what_is_set_up_and_where_to_read_on(cli: Cli):
    given = {
        "SOURCES__TALLY__SECRETS": "x",
        "SOURCES__ACME__KIND": "standard",
        "PUBLIC_URL": "https://l.example.com",
    }
    found = {
        each["name"]: each for each in json.loads(cli("source", "list", "--json", **given).stdout)["sources"]
    }
    assert found.keys() == {*sources.names(), "acme"}
    assert {name for name, each in found.items() if each["secret_set"]} == {"tally"}
    assert found["acme"]["url"] == "https://l.example.com/webhooks/acme"
    assert (found["acme"]["kind"], found["acme"]["docs"]) == ("standard", "docs/sources/standard.md")
    assert [each["docs"] for each in found.values() if not (ROOT / each["docs"]).is_file()] == []
    assert "https://l.example.com/webhooks/acme" in " ".join(cli("source", "list", **given).output.split())
