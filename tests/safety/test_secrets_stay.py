"""Secrets are planted in every setting, everything is asked, and none may come out."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from typer.main import get_command
from typer.testing import CliRunner

from leadworkflows.cli.main import app
from leadworkflows.settings import PREFIX, Settings
from tests.cli.conftest import Process, eventually
from tests.safety.house import in_base64, secret, secrets_in

ENDLESS = {"dev", "demo", "api", "worker", "bench"}
"""What runs on, or measures: `api` and `worker` are tried as processes below."""
SAMPLES = ("form", "standard", "typeform", "calendly", "sendgrid", "hubspot")
DONE = (
    *(f"source sample {name}" for name in SAMPLES),
    "key create website --scope read", "lead command ada@example.com accept", "inbox show 1", "inbox retry 1",
)  # fmt: skip
"""What does something where it is given what there is."""


def environment(data_dir: Path, closed: int, **other: str) -> dict[str, str]:
    """Every setting that is a secret, with vendors that do not answer."""
    nowhere = f"http://127.0.0.1:{closed}"
    given = {
        "DATA_DIR": str(data_dir),
        "API_KEYS": secret("key"),
        "DASHBOARD_PASSWORD": secret("password"),
        "SENDGRID_API_KEY": secret("sendgrid"), "SENDGRID_BASE_URL": nowhere,
        "SENDGRID_WEBHOOK_KEY": secret("webhook"), "FROM_EMAIL": "sales@example.com",
        "SLACK_BOT_TOKEN": secret("slack"), "SLACK_SIGNING_SECRET": secret("signing"),
        "SLACK_BASE_URL": nowhere,
        "HUBSPOT_TOKEN": secret("hubspot"), "HUBSPOT_BASE_URL": nowhere,
        "SALESFORCE_INSTANCE_URL": nowhere, "SALESFORCE_CLIENT_ID": secret("client"),
        "SALESFORCE_CLIENT_SECRET": secret("salesforce"),
        "HTTP_SECRETS__ERP": in_base64("outgoing"),
        "SOURCES__STANDARD__SECRETS": in_base64("standard"),
        "SOURCES__FORM__SECRETS": secret("form"),
        "SOURCES__TYPEFORM__SECRETS": secret("typeform"),
        "SOURCES__CALENDLY__SECRETS": secret("calendly"),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{closed}",
        **other,
    }  # fmt: skip
    return {f"{PREFIX}{name}": value for name, value in given.items()}


@pytest.fixture
def closed() -> Iterator[int]:
    """A port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def commands() -> Iterator[list[str]]:
    """Every command but those that run on, with whatever it must be given."""

    def below(command: Any, words: list[str]) -> Iterator[list[str]]:
        if not hasattr(command, "list_commands"):
            needed = [each for each in command.params if each.required]
            yield words + [word for each in needed for word in filled(each)]
            return
        for name in command.list_commands(None):
            if words or name not in ENDLESS:
                yield from below(command.get_command(None, name), [*words, name])

    yield from below(get_command(app), [])
    yield from (words.split() for words in DONE)


def filled(parameter: Any) -> list[str]:
    """Something for a parameter that must be given."""
    kind: Any = getattr(parameter, "bare_type", str)
    known = isinstance(kind, type) and issubclass(kind, Enum)
    word = str(next(iter(kind)).value) if known else "1" if kind is int else "somebody@example.com"
    return [parameter.opts[0], word] if parameter.opts[0].startswith("--") else [word]


def test_no_command_prints_one_whatever_it_is_asked(tmp_path: Path, closed: int):
    env = environment(tmp_path / "data", closed)
    walked = list(commands())
    assert len(walked) > 30
    for words in walked:
        for more in ([], ["--json"]):
            done = CliRunner(env=env).invoke(app, [*words, *more], input="n\n")
            said = done.output + done.stderr + repr(done.exception)
            assert secrets_in(said) == [], (words, said)


@pytest.mark.parametrize("url", ["postgresql://leads:{}@127.0.0.1:{}/leads", "mysql://leads:{}@127.0.0.1:{}/x",
                                 "postgresql://leads:{}@127.0.0.1:{}x/leads", "://{}:{}"])  # fmt: skip
def test_no_database_that_does_not_answer_has_its_password_printed(tmp_path: Path, closed: int, url: str):
    env = environment(tmp_path / "data", closed, DATABASE_URL=url.format(secret("database"), closed))
    for words in (
        ["doctor"],
        ["db", "upgrade"],
        ["key", "list"],
        ["lead", "show", "ada@example.com"],
        ["api"],
    ):
        done = CliRunner(env=env).invoke(app, words)
        assert done.exit_code in (1, 2), words
        assert secrets_in(done.output + done.stderr + repr(done.exception)) == [], words


WRONG = [
    "API_KEYS", "DASHBOARD_PASSWORD", "HTTP_SECRETS__ERP", "SOURCES__STANDARD__SECRETS", "DATABASE_URL",
    "RATE_LIMIT_PER_KEY", "PUBLIC_URL", "TEMPORAL_ADDRESS", "REPORT_TO", "RAW_RETENTION_DAYS",
]  # fmt: skip


@pytest.mark.parametrize("setting", WRONG)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(tmp_path: Path, closed: int, setting: str):
    env = environment(tmp_path / "data", closed, **{setting: f'["{secret("wrong")}'})
    done = CliRunner(env=env).invoke(app, ["doctor", "--json"])
    assert secrets_in(done.output + done.stderr) == []
    assert done.exit_code == 1


def test_settings_print_none_of_them(tmp_path: Path, closed: int, monkeypatch: pytest.MonkeyPatch):
    url = f"postgresql://leads:{secret('database')}@db/leads"
    for name, value in environment(tmp_path, closed, DATABASE_URL=url).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    shown = f"{settings!r} {settings}"
    public = {secret("webhook"), secret("client")}  # a public key, and the name of an app
    for each in public:
        shown = shown.replace(each, "")
    assert secrets_in(shown) == []
    assert settings.api_keys == [SecretStr(secret("key"))]


def processes() -> Iterator[tuple[str, str]]:
    """The arguments of every process of this machine that can be seen, by its number."""
    shown = subprocess.run(["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    for line in shown.stdout.splitlines():
        number, _, words = line.strip().partition(" ")
        yield number, words


@pytest.mark.e2e
async def test_no_process_shows_one_in_its_log_its_answers_or_the_list_of_processes(
    tmp_path: Path, closed: int
):
    env = environment(tmp_path / "data", closed)
    given = {name.removeprefix(PREFIX): value for name, value in env.items()}
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = int(held.getsockname()[1])
    with (
        Process(tmp_path, "api", "--port", port, **given) as api,
        Process(tmp_path, "worker", "--health-port", 0, **given) as worker,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        await asyncio.to_thread(eventually, lambda: [x for x in api.said if "api.started" in x])
        await asyncio.to_thread(eventually, lambda: [x for x in worker.said if "waits_for_temporal" in x])
        answers = [answer.text for answer in asked(http)]
        listed = [words for _, words in processes()]
    for name, said in (("api", api.said), ("worker", worker.said), ("answers", answers), ("ps", listed)):
        assert secrets_in("\n".join(said)) == [], name
    assert [words for words in listed if "leadworkflows" in words]


def asked(http: httpx.Client) -> Iterator[httpx.Response]:
    """Answers to what is right, wrong and broken."""
    key = {"authorization": f"Bearer {secret('key')}"}
    document: dict[str, Any] = http.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method in methods:
            address = path.replace("{source}", "form").replace("{lead_id}", "0" * 32)
            for headers in ({}, key):
                yield http.request(method.upper(), address, headers=headers)
                if method != "get":
                    yield http.request(method.upper(), address, headers=headers, content=b'{"id": \xff')
    yield http.post(f"/webhooks/form?token={secret('form')}", json={"email": "no address"})
    yield http.post(f"/webhooks/form?token={secret('form')}x", json={"email": "ada@example.com"})
    yield http.post("/webhooks/form", json={}, headers=key)
    yield http.post("/sign-in", data={"password": secret("password")})
    yield http.get("/leads", auth=("x", secret("key")))
    yield http.get(f"/leads?key={secret('key')}", headers={"accept": "text/html"})
