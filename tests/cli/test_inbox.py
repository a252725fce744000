from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from leadworkflows.store.quarantine import Refused
from tests.cli.conftest import Cli

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FIELDS = '{"Arbeitsadresse": "email"}'
FORM = b"Arbeitsadresse=ada%40example.com&message=Hello%1b%5B31m"
"""A form whose field for the address nobody knows, until the settings say it."""


def in_store(data_dir: Path, work):
    async def run():
        async with Store.open(f"sqlite:///{data_dir / 'leadworkflows.db'}") as store:
            return await work(store)

    return asyncio.run(run())


def form(body: bytes = FORM, source: str = "form") -> Refused:
    return Refused(
        source=source, method="POST", url="/webhooks/form", body=body, field="email", problem="is missing",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip


@pytest.fixture
def keep(data_dir: Path):
    """Put requests into the quarantine; their numbers."""
    data_dir.mkdir()
    upgrade(f"sqlite:///{data_dir / 'leadworkflows.db'}")

    def kept(*requests: Refused) -> list[int]:
        async def work(store):
            return [
                (await store.quarantine.keep(each, NOON + timedelta(minutes=n)))[0]
                for n, each in enumerate(requests)
            ]

        found: list[int] = in_store(data_dir, work)
        return found

    return kept


def test_what_waits_is_listed_newest_first_without_what_anybody_wrote(cli: Cli, data_dir: Path, keep):
    first, second = keep(form(), form(b"{}", source="typeform"))
    shown = json.loads(cli("inbox", "list", "--data-dir", data_dir, "--json").output)
    assert (shown["backlog"], shown["oldest_seconds"]) == (0, 0.0)
    assert [(each["id"], each["source"]) for each in shown["quarantine"]] == [
        (second, "typeform"), (first, "form"),
    ]  # fmt: skip
    table = cli("inbox", "list", "--data-dir", data_dir, "--source", "Form").output
    assert "email" in table
    assert "typeform" not in table
    assert "ada" not in table + json.dumps(shown)


def test_a_request_is_shown_in_full_and_steers_no_terminal(cli: Cli, data_dir: Path, keep):
    steering = '{"name": "Ada \\u001b[31m", "müsli": [1]}'.encode()
    (row_id,) = keep(form(steering))
    shown = cli("inbox", "show", row_id, "--data-dir", data_dir).output
    assert '  "müsli": [' in shown
    assert "x-www-form-urlencoded" in shown
    assert "\x1b" not in shown
    full = json.loads(cli("inbox", "show", row_id, "--data-dir", data_dir, "--json").output)
    assert full["body"].encode() == steering


def test_a_body_that_is_no_text_is_shown_as_base64(cli: Cli, data_dir: Path, keep):
    (row_id,) = keep(form(b"\xff\x00"))
    assert "2 bytes" in cli("inbox", "show", row_id, "--data-dir", data_dir).output
    full = json.loads(cli("inbox", "show", row_id, "--data-dir", data_dir, "--json").output)
    assert full["body_base64"] == "/wA="


def test_a_request_is_accepted_once_the_settings_explain_it(cli: Cli, data_dir: Path, keep):
    (row_id,) = keep(form())
    told = {"SOURCES__FORM__FIELDS": FIELDS}
    refused = cli("inbox", "retry", row_id, "--data-dir", data_dir)
    assert refused.exit_code == 1
    assert f"{row_id}: email" in refused.output
    accepted = cli("inbox", "retry", row_id, "--data-dir", data_dir, "--json", **told)
    assert accepted.exit_code == 0
    assert json.loads(accepted.output) == {"accepted": 1, "duplicates": 0, "refused": []}

    async def work(store):
        lead_id = await store.leads.lead_id_of("ada@example.com")
        return await store.inbox.of(lead_id), await store.quarantine.get(row_id)

    (event,), kept = in_store(data_dir, work)
    assert event.occurred_at == NOON  # when it came, not when it was understood
    assert kept.resolved_at is not None
    assert json.loads(cli("inbox", "list", "--data-dir", data_dir, "--json").output)["quarantine"] == []


def test_a_second_retry_makes_nothing_twice(cli: Cli, data_dir: Path, keep):
    event = b'{"id": "e-1", "type": "form_submitted", "identity": {"email": "ada@example.com"}}'
    (row_id,) = keep(form(event, source="standard"))
    for accepted, duplicates in ((1, 0), (0, 1)):
        shown = json.loads(cli("inbox", "retry", row_id, "--data-dir", data_dir, "--json").output)
        assert (shown["accepted"], shown["duplicates"]) == (accepted, duplicates)


def test_all_are_tried_and_those_that_still_cannot_be_understood_are_named(cli: Cli, data_dir: Path, keep):
    fine = b"email=bob%40example.com"
    ids = keep(form(fine), form(b"first_name=Ada"), form(b"x", source="gone"))
    shown = cli("inbox", "retry", "--all", "--data-dir", data_dir, "--json")
    assert shown.exit_code == 1
    done = json.loads(shown.output)
    assert done["accepted"] == 1
    assert [(each["id"], each["field"]) for each in done["refused"]] == [(ids[1], "email"), (ids[2], "")]


def test_a_request_that_is_not_there_is_a_no(cli: Cli, data_dir: Path, keep):
    keep()
    assert cli("inbox", "show", 1, "--data-dir", data_dir).exit_code == 1
    assert cli("inbox", "retry", 1, "--data-dir", data_dir).exit_code == 1
    assert cli("inbox", "retry", "--all", "--data-dir", data_dir).exit_code == 0


@pytest.mark.parametrize("wrong", [[], ["1", "--all"], ["x"]])
def test_a_retry_names_what_it_means(cli: Cli, data_dir: Path, wrong):
    assert cli("inbox", "retry", *wrong, "--data-dir", data_dir).exit_code == 2
