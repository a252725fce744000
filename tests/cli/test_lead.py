from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import Identity, InboundEvent, Person
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.cli.conftest import Cli

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POINT = {"rule": "P1", "group": "online", "points": 30, "event_id": "evt-1", "at": "2026-03-02T12:00:00Z"}
SCORE = {"total": 30, "fit": 0, "engagement": 30, "threshold": 100, "contributions": [POINT]}
CLOCK = {"clock": "review", "state": "running", "due_at": "2026-03-04T12:00:00Z"}

DUE = {
    "base": "2026-03-06T19:00:00Z", "zone": "Europe/Berlin", "zone_from": "country", "moved": ["quiet hours"],
}  # fmt: skip
STEP = {"sequence": "finance", "pass": 1, "step": 0, "next_at": "2026-03-09T07:10:00Z", "due": DUE}
AGREED = {"basis": "form", "at": "2026-03-01T12:00:00Z", "confirmed": False}
CONTACT = {"allowed": True, "reason": None, "topics_off": ["events"], "consent": AGREED}
NEXT = {"nurture": STEP, "contact": CONTACT}


def no_title(_: str) -> Mapping[str, Any]:
    return {}


async def fill(data_dir: Path) -> str:
    async with Store.open(f"sqlite:///{data_dir / 'leadworkflows.db'}") as store:
        ada = Person(first_name="Ada\x1b[31m", last_name="Lovelace", title="CFO", company="[bold]Example")
        event = InboundEvent(
            delivery_id="evt-1", type=EventType.FORM_SUBMITTED, occurred_at=NOON,
            identity=Identity(email="ada@example.com"), person=ada,
        )  # fmt: skip
        await store.inbox.accept("standard", [event], NOON, classify=no_title)
        lead_id = await store.leads.lead_id_of("ada@example.com")
        assert lead_id
        entry = TimelineEntry(n=1, at=NOON, kind=EntryKind.STAGE, what="Lead → MQL", why=["T1"], policy="p-1")
        shown = {"stage": "mql", "score": SCORE, "sla": [CLOCK], **NEXT}
        await store.timeline.record(lead_id, [entry], shown, 1)
        return lead_id


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """These tests only look."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def lead_id(data_dir: Path) -> str:
    upgrade(f"sqlite:///{data_dir / 'leadworkflows.db'}")
    return asyncio.run(fill(data_dir))


@pytest.mark.parametrize("who", ["{id}", "lead-{id}", "Ada@Example.com"])
def test_a_lead_is_found_by_id_by_workflow_and_by_any_spelling_of_its_address(
    cli: Cli, data_dir: Path, lead_id: str, who: str
):
    shown = cli("lead", "show", who.format(id=lead_id), "--data-dir", data_dir, "--json")
    lead = json.loads(shown.output)
    assert (lead["lead_id"], lead["workflow_id"], lead["stage"]) == (lead_id, f"lead-{lead_id}", "mql")
    assert lead["entries"] == [
        {"at": "2026-03-02T12:00:00Z", "kind": "stage", "what": "Lead → MQL", "why": ["T1"], "policy": "p-1"}
    ]


def test_it_shows_who_where_it_stands_and_why(cli: Cli, data_dir: Path, lead_id: str):
    shown = cli("lead", "show", lead_id, "--data-dir", data_dir)
    assert shown.exit_code == 0
    for part in (
        "Lovelace",
        "ada@example.com",
        "CFO",
        "30 of 100",
        "P1",
        "review: running, due 2026-03-04",
        "T1",
    ):
        assert part in shown.output


def test_it_says_when_the_next_mail_leaves_and_why_then(cli: Cli, data_dir: Path, lead_id: str):
    shown = " ".join(cli("lead", "show", lead_id, "--data-dir", data_dir).output.split())
    assert "finance, 0 sent, next 2026-03-09T07:10:00Z" in shown
    assert "wants no events consent form, 2026-03-01T12:00:00Z, not confirmed" in shown
    assert "in Europe/Berlin (by its country); moved from 2026-03-06T19:00:00Z by: quiet hours" in shown


def test_what_a_stranger_typed_steers_no_terminal(cli: Cli, data_dir: Path, lead_id: str):
    shown = cli("lead", "show", lead_id, "--data-dir", data_dir).output
    assert "\x1b" not in shown
    assert "[bold]Example" in shown


@pytest.mark.parametrize(("who", "status"), [("bob@example.com", 1), ("0" * 32, 1), ("bob@", 2)])
def test_an_unknown_lead_is_a_no_and_no_address_is_wrong_use(
    cli: Cli, data_dir: Path, lead_id: str, who: str, status: int
):
    shown = cli("lead", "show", who, "--data-dir", data_dir)
    assert shown.exit_code == status
    assert len(shown.stderr.splitlines()) == 1
    assert "bob" not in shown.stderr


def test_looking_into_a_folder_without_a_database_makes_none(cli: Cli, tmp_path: Path):
    shown = cli("lead", "show", "ada@example.com", "--data-dir", tmp_path)
    assert shown.exit_code == 2
    assert list(tmp_path.iterdir()) == []
