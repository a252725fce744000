"""Everything is killed once while webhooks come in, and the oracle that judges it can tell."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.policies.loader import load_policy
from leadworkflows.store import EffectRecord
from leadworkflows.store.effects import MISSED
from tests.chaos.oracle import (
    InTheWorld,
    Lead,
    effect_problems,
    lead_problems,
    replayed,
    state_problems,
    vendor_problems,
)
from tests.chaos.plan import full, short
from tests.chaos.population import population
from tests.chaos.processes import Process, Reaper, free_ports
from tests.chaos.run import run
from tests.cli.conftest import eventually
from tests.workflows.events import Script

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = START + timedelta(hours=1)


@pytest.mark.timeout(300)
@pytest.mark.e2e
@pytest.mark.temporal
@pytest.mark.postgres
def test_nothing_is_lost_or_doubled_though_every_process_is_killed(tmp_path: Path):
    report = run(short(7), tmp_path, say=lambda _: None)
    assert report.problems == []
    assert set(report.killed) == {"api", "worker-1", "worker-2", "temporal", "postgres"}
    assert report.leads == short(7).people
    assert report.mails
    assert report.alerts


def test_one_seed_is_one_population():
    first, again = (population(full(3), START) for _ in range(2))
    assert first == again
    assert len(first) > 3_000
    assert len({each.body for each in first}) < len(first), "nothing is sent twice"
    assert population(full(4), START) != first


_AWAY = "leadworkflows: The database cannot be used: the database cannot be reached (OperationalError)"
_NO_ROOM = "leadworkflows: The database cannot be used: TooManyConnections 53300"
_STARTED = '{"event": "worker.started"}'


@pytest.mark.parametrize(
    ("status", "says", "gave_up"),
    [
        (2, _AWAY, True),
        (2, f"{_AWAY.partition(': the')[0]}: AdminShutdown 57P01", True),
        (2, f"{_STARTED}\n{_AWAY}", False),
        (2, _NO_ROOM, False),
        (2, "leadworkflows: A setting cannot be used", False),
        (1, _AWAY, False),
        (-9, "", False),
    ],
)
def test_only_who_finds_no_database_as_it_starts_may_end_by_itself(tmp_path: Path, status, says, gave_up):
    """It ends once, and at its second start it stays: then there is nothing more to look after."""
    once = f"import os, pathlib, signal, sys, time; there = pathlib.Path('{tmp_path / 'there'}')\n"
    once += "if there.exists(): time.sleep(60)\n"
    once += f"there.touch(); print({says!r}, flush=True)\n"
    once += "os.kill(os.getpid(), signal.SIGKILL)\n" if status < 0 else f"sys.exit({status})\n"
    process = Process("worker-1", [sys.executable, "-c", once], tmp_path / "log", {}, free_ports(1)[0])
    process.log.write_text(f"{_STARTED}\n")  # what an earlier life said is no matter
    reaper, over = Reaper([process], full(1).chance("deaths"), (0, 0), (0, 0)), threading.Event()
    looking = threading.Thread(target=reaper.look_after, args=(over,))
    process.start()
    first = process.popen
    looking.start()
    eventually(lambda: process.popen not in (None, first))
    over.set()
    looking.join()
    process.kill()
    assert reaper.gave_up["worker-1"] == gave_up
    last = (says.splitlines() or [""])[-1]
    assert reaper.broke_down == ([] if gave_up else [f"worker-1 ended by itself with {status}: {last}"])


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


@pytest.fixture
def simulated(policy: Policy) -> Simulation:
    """A lead that asked for a demo."""
    script = Script(START)
    simulation = Simulation(policy, "lead-1")
    simulation.deliver(script.event("page_viewed", page="pricing"), script.event("demo_requested"))
    return simulation


@pytest.fixture
def lead(simulated: Simulation) -> Lead:
    """It, as the store has it when all went well."""
    script = Script(START)
    events = [script.event("page_viewed", page="pricing"), script.event("demo_requested")]
    effects = [
        EffectRecord(
            key=each.key, lead_id="lead-1", action=each.name, status="confirmed", attempts=1,
            reserved_at=START, settled_at=START, vendor_id=None, detail="",
        )
        for each in simulated.actions
    ]  # fmt: skip
    return Lead("lead-1", events, list(simulated.timeline), simulated.journey.view(), effects)


@pytest.fixture
def world(lead: Lead) -> InTheWorld:
    mails, alerts = (
        Counter(each.key for each in lead.effects if each.action.startswith(kind))
        for kind in ("email.", "slack.")
    )
    assert mails
    assert alerts
    return InTheWorld(mails, alerts)


def test_the_oracle_finds_nothing_where_all_went_well(lead: Lead, simulated: Simulation, world: InTheWorld):
    actions = simulated.actions
    assert lead_problems(lead, simulated.timeline, LATER) == []
    assert state_problems(lead, simulated.journey.view()) == []
    assert effect_problems(lead.effects, actions, actions, world) == []
    assert vendor_problems(world, {each.key for each in actions}) == []


def test_the_oracle_sees_an_event_that_is_lost_or_taken_in_twice(lead: Lead, simulated: Simulation):
    timeline = list(lead.timeline)
    lost = [each for each in timeline if each.data.get("event_id") != "e2" or each.kind != "event"]
    twice = [*timeline, next(each for each in timeline if each.kind == "event")]
    for told, word in ((lost, "missing ['e2']"), (twice, "twice ['e1']")):
        problems = lead_problems(replace(lead, timeline=told), simulated.timeline, LATER)
        assert any(word in each for each in problems)


def test_the_oracle_sees_another_story_and_another_stage(lead: Lead, simulated: Simulation):
    told = [each.model_copy(update={"what": "Lead again"}) if each.n == 2 else each for each in lead.timeline]
    (problem,) = lead_problems(replace(lead, timeline=told), simulated.timeline, LATER)
    assert "another story from its entry 1 on" in problem
    moved = replace(lead, snapshot={**lead.snapshot, "stage": "customer"})
    assert state_problems(moved, simulated.journey.view()) == [
        "lead lead-1: stage is customer instead of sql"
    ]


@pytest.mark.parametrize("kind", ["email.send", "slack.alert"])
def test_the_oracle_sees_what_is_lost_doubled_or_never_decided(
    lead: Lead, simulated: Simulation, world: InTheWorld, kind: str
):
    actions = simulated.actions
    key = next(each.key for each in lead.effects if each.action == kind)
    taken = world.of(kind)
    assert taken is not None
    taken[key] = 0
    assert f"{key} is lost" in effect_problems(lead.effects, actions, actions, world)[0]
    taken[key] = 2
    assert vendor_problems(world, {each.key for each in actions}) == [f"{key} was done 2 times"]
    taken[key] = 1
    untried = [each for each in lead.effects if each.key != key]
    assert effect_problems(untried, actions, actions, world) == [f"{key} was decided and never tried"]
    others = [each for each in actions if each.key != key]
    assert effect_problems(lead.effects, others, others, world) == [f"{key} was tried and never decided"]
    assert vendor_problems(world, {each.key for each in others}) == [f"{key} was done and never decided"]


def test_the_oracle_sees_what_is_not_settled(lead: Lead, simulated: Simulation, world: InTheWorld):
    first, *rest = lead.effects
    for status in ("reserved", "released", "stuck", "failed"):
        effects = [replace(first, status=status), *rest]
        (problem,) = effect_problems(effects, simulated.actions, simulated.actions, world)
        assert status in problem


def test_the_oracle_sees_what_a_person_settled_wrongly(lead: Lead, simulated: Simulation, world: InTheWorld):
    mail = next(each for each in lead.effects if each.action == "email.send")
    actions = simulated.actions
    settled = [replace(mail, status="failed", detail=MISSED)]
    settled += [each for each in lead.effects if each is not mail]
    (problem,) = effect_problems(settled, actions, actions, world)
    assert "settled as never performed, and the vendor took it" in problem
    world.mails[mail.key] = 0
    assert effect_problems(settled, actions, actions, world) == []


def test_the_oracle_follows_the_order_in_which_a_lead_was_told(policy: Policy):
    """A visit before the clock struck, heard of after it struck; and the same visit heard of in time."""
    script = Script(START)
    demo, visit = script.event("demo_requested"), script.event("page_viewed", page="pricing")
    struck, stories = START + timedelta(minutes=40), []
    for told_at in (visit.occurred_at, struck):
        real = Simulation(policy, "lead-1")
        real.deliver(demo)
        real.deliver(visit, at=told_at)
        real.run_until(LATER)
        lead = Lead("lead-1", [demo, visit], real.timeline, real.journey.view(), [])
        again = replayed(policy, lead, LATER)
        assert lead_problems(lead, again.timeline, LATER) == []
        stories.append([entry.what for entry in again.timeline if entry.kind != "action"])
    assert sorted(stories[0]) == sorted(stories[1])
    assert stories[0] != stories[1]
