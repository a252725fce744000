"""What an earlier version wrote is read by this one: every payload in Temporal, every row in the store."""

from __future__ import annotations

import gzip
import sqlite3
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from leadworkflows import bootstrap
from leadworkflows.domain.decisions import Action, TimelineEntry
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import ClockState, EnrolmentState, JourneyState
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store
from tests.replay.payloads import OTHER_ACTIVITIES, RESULTS, STARTS, lost, payloads, written_again
from tests.replay.stored import STORED, stored

STORES = sorted((Path(__file__).parent / "stores").glob("*.sql.gz"))


@cache
def read(path: Path) -> list[tuple[str, Any, Any]]:
    """What each payload in a file is, its model and its JSON."""
    return list(payloads(stored(path)))


def of_all() -> list[tuple[str, Any, Any]]:
    return [each for path in STORED for each in read(path)]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name)
def test_every_payload_of_an_earlier_version_is_read_and_nothing_of_it_is_lost(path: Path) -> None:
    for what, model, said in read(path):
        assert not (gone := lost(said, written_again(model, said))), f"{what} lost {gone}"


def test_of_every_format_there_is_a_payload_that_was_stored() -> None:
    kinds = {what for what, _, _ in of_all()}
    starts = {f"start of {kind}" for kind in STARTS}
    results = {f"result of {kind}" for kind in RESULTS}
    # `record` is a local activity: its input stands in no history, but in the store (below).
    others = {f"{part} of {name}" for name, models in OTHER_ACTIVITIES.items() if name != "record"
              for part, model in zip(("input", "result"), models, strict=True) if model}  # fmt: skip
    actions = {
        f"{part} of {name}"
        for name in (
            "email.send",
            "slack.alert",
            "slack.remind",
            "slack.escalate",
            "route.assign",
            "route.reassign",
        )
        for part in ("input", "result")
    }
    assert starts | results | others | actions | {"signal", "command"} <= kinds


def test_the_stored_states_know_all_that_a_state_can_hold() -> None:
    """A field that no stored state fills could change its format unseen."""
    states = [said["state"] for what, _, said in of_all()
              if what == "start of LeadWorkflow" and said["state"]]  # fmt: skip
    filled = {
        name for state in states for name, value in state.items() if value not in (None, [], {}, False, 0)
    }
    clocks = {name for state in states for clock in state["clocks"] for name in clock}
    enrolled = {name for state in states if state["enrolment"] for name in state["enrolment"]}
    assert JourneyState.model_fields.keys() - filled == SELDOM.keys()
    assert clocks >= ClockState.model_fields.keys()
    assert enrolled >= EnrolmentState.model_fields.keys()
    assert any(Action.model_validate(each) for state in states for each in state["pending"].values())


SELDOM: dict[str, tuple[str, Any]] = {
    "paused": ("the stored lives let no clock stand still", True),
    "paused_until": ("the same", "2026-03-02T09:00:00Z"),
    "exclusion_waived": ("the life that is disqualified and reopened is too short to continue as new", True),
    "left_at": ("the life that loses permission within a sequence is too short", {"nurture": [2, 1]}),
    "reentry": (
        "the life that goes through a sequence again is too short",
        {"sequence": "nurture", "visit": 2, "at": "2026-03-02T09:00:00Z"},
    ),
    "heard": ("the life with commands is too short", ["command-1"]),
    "delivered": ("no vendor reported that a mail arrived", {"lead:1.email.send": "2026-03-02T09:00:00Z"}),
    "last_outcome": ("it is forgotten with the next move, before a run continues as new", "no_answer"),
    "contacted_by": ("the same", "rep-1"),
    "merged_into": ("a lead that is merged ends, and does not continue as new", "lead-2"),
}
"""Why no stored life held the field when it continued as new, and how 0.1 writes it."""


@pytest.mark.parametrize("name", SELDOM)
def test_what_no_stored_state_holds_is_read_as_0_1_writes_it(name: str) -> None:
    _, value = SELDOM[name]
    said = {"lead_id": "one", "policy_id": "p", name: value}
    assert getattr(JourneyState.model_validate(said), name)
    assert not (gone := lost(said, written_again(JourneyState, said))), gone


def test_a_state_that_0_1_wrote_before_clocks_could_pause_is_read() -> None:
    clock = {
        "name": "first_contact", "id": "L3", "pass_": 1, "started_at": "2026-03-02T09:00:00Z",
        "due_at": "2026-03-02T10:00:00Z", "rungs": ["2026-03-02T09:30:00Z"], "shares": [50],
    }  # fmt: skip
    state = JourneyState.model_validate({"lead_id": "one", "policy_id": "p", "clocks": [clock]})
    assert state.clocks[0].since == state.clocks[0].started_at
    assert not state.clocks[0].paused


@pytest.fixture(params=STORES, ids=lambda path: path.name)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """An installation whose store an earlier version wrote."""
    with sqlite3.connect(tmp_path / "leadworkflows.db") as connection:
        connection.executescript(gzip.decompress(request.param.read_bytes()).decode())
    connection.close()
    return Settings(_env_file=None, data_dir=tmp_path)


def test_there_is_a_stored_store() -> None:
    assert STORES


async def test_a_store_of_an_earlier_version_is_upgraded_and_everything_in_it_is_read(
    settings: Settings,
) -> None:
    async with await bootstrap.open_store(settings) as store:
        [lead_id] = await leads_of(store)
        record = await store.leads.get(lead_id)
        assert record is not None
        assert record.snapshot
        assert record.snapshot["stage"] == "customer"
        timeline = await store.timeline.of(lead_id)
        assert [entry.n for entry in timeline] == list(range(1, len(timeline) + 1))
        assert all(isinstance(entry, TimelineEntry) for entry in timeline)
        effects, outbox = await store.effects.of(lead_id), await store.outbox.of(lead_id)
        assert {effect.status for effect in effects} == {"confirmed"}
        assert len(outbox) > 10
        held = await store.holdings.of(lead_id)
        assert held
        assert {"people", "leads", "timeline", "outbox", "effects"} <= held.keys()
        active = await store.policies.active()
        assert active
        body = await store.policies.get(active)
        assert body
        assert Policy.model_validate_json(body).known_as(active).name


async def test_events_that_an_earlier_version_took_in_are_handed_on_by_this_one(settings: Settings) -> None:
    async with await bootstrap.open_store(settings) as store:
        now = datetime.now(UTC) + timedelta(minutes=1)
        [claimed] = await store.claims.take("new-version", 10, now, timedelta(seconds=10))
        assert [event.type.value for event in claimed.rows] == ["facts_updated"]
        assert [event.seq for event in claimed.rows] == [1]


async def leads_of(store: Store) -> list[str]:
    async with store.database.reading() as connection:
        rows = await connection.exec_driver_sql("SELECT lead_id FROM leads")
        return [row[0] for row in rows]
