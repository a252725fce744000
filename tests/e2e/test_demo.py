"""`leadworkflows demo`, as a newcomer runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leadworkflows.demo import cast

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(180)]

# Every personal datum that the demo's people give away: addresses, names, phones, companies.
PEOPLE = (cast.CFO, cast.DIRECTOR, cast.INTERN, cast.OUTSIDER)
PERSONAL = [
    *PEOPLE,
    *(email.partition("@")[0] for email in PEOPLE),
    *("Carla", "Ferrari", "Weber", "Jung", "Headmistress", "Technical Director"),
    *("Alpenbank", "weber-maschinenbau", "Datenwerk", "datenwerk", "Lyceum", "lyceum"),
    *("668 18 00", "6681800", "711 2345678", "7112345678"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def shown(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "leadworkflows", "demo", "--json", "--data-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == 0, done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def test_a_demo_request_does_four_things_at_once(shown: dict[str, Any]) -> None:
    cfo = next(lead for lead in shown["leads"] if lead["persona"] == "cfo")
    sent = [
        (item["kind"], item.get("to") or item.get("channel"))
        for item in shown["outbox"]
        if item["lead_id"] == cfo["lead_id"]
    ]
    assert (cfo["stage"], cfo["priority"]) == ("sql", True)
    assert sorted(sent) == [("email", cast.CFO), ("slack", "#sales")]
    assert [(c["clock"], c["state"]) for c in cfo["sla"]] == [("first_contact", "running")]
    assert 0 < shown["handoff_ms"] < 60_000


def test_the_director_qualifies_by_score_and_then_by_the_pricing_pattern(shown: dict[str, Any]) -> None:
    director = next(lead for lead in shown["leads"] if lead["persona"] == "technical_director")
    points = {c["rule"]: c["points"] for c in director["score"]["contributions"]}
    assert {rule: points[rule] for rule in ("P1", "P2", "P4", "P5")} == {
        "P1": 30,
        "P2": 20,
        "P4": 25,
        "P5": 40,
    }
    assert (director["stage"], director["score"]["threshold"]) == ("sql", 80)


def test_an_intern_stays_a_lead_and_an_excluded_industry_is_out(shown: dict[str, Any]) -> None:
    stages = {lead["industry"]: (lead["stage"], lead["reason"]) for lead in shown["leads"]}
    assert stages["software"] == ("lead", None)
    assert stages["education"] == ("disqualified", "excluded_industry")


def test_nothing_personal_is_in_the_temporal_database(shown: dict[str, Any], folder: Path) -> None:
    assert shown["leads"], "the demo ran"
    files = sorted(folder.glob("temporal.db*"))
    assert files, "the embedded server kept its database in the data folder"
    content = b"".join(file.read_bytes() for file in files)
    assert shown["leads"][0]["lead_id"].encode() in content, "payloads can be searched as bytes"
    found = [word for word in PERSONAL if word.encode() in content]
    assert found == []
