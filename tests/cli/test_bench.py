"""`leadworkflows bench`: small runs, whose figures are only looked at for being there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from leadworkflows.bench.handoff import measure_handoff
from leadworkflows.bench.processes import Installation, beside_bare_workflows
from leadworkflows.bench.throughput import measure_throughput
from leadworkflows.bench.vendors import SENDGRID, SLACK
from tests.cli.conftest import Cli


@pytest.mark.temporal
def test_the_ingress_is_measured_beside_the_bare_engine(cli: Cli):
    shown = cli("bench", "ingress", "--json", "--deliveries", 100, "--rounds", 1, "--connections", 8)
    assert shown.exit_code == 0, shown.output
    figures = json.loads(shown.stdout)
    assert figures["database"] == "sqlite"
    assert (figures["deliveries"], figures["connections"]) == (100, 8)
    assert figures["ack_ratio"] == pytest.approx(figures["ack_per_s"] / figures["engine_per_s"], rel=0.01)
    assert figures["ack_p99_ms"] >= figures["ack_p50_ms"] > 0
    assert figures["handed_on_gathered_per_s"] > figures["handed_on_per_s"] > 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[Installation]:
    """One for all: its processes take longer to start than what is asked of them here."""
    async with beside_bare_workflows() as started:
        yield started


@pytest.mark.temporal
@pytest.mark.asyncio(loop_scope="module")
async def test_a_handoff_is_measured_beside_a_bare_workflow(running: Installation):
    figures = await measure_handoff(running, turns=1, tell=print)
    assert figures.turns == 1
    assert figures.handoff_p50_ms > 0
    ratio = figures.handoff_p50_ms / figures.bare_p50_ms
    assert figures.handoff_ratio == pytest.approx(ratio, rel=0.02)


@pytest.mark.temporal
@pytest.mark.asyncio(loop_scope="module")
async def test_the_throughput_is_measured_beside_bare_workflows(running: Installation):
    """Each request is mailed and told to Slack, as each bare one is."""
    mailed, told = (len(running.vendors.calls[path]) for path in (SENDGRID, SLACK))
    figures = await measure_throughput(running, requests=3, rounds=1, tell=print)
    warm, both = 1, 2
    # At least: a mail of the handoff before may still be on its way.
    assert len(running.vendors.calls[SENDGRID]) >= mailed + both * (warm + 3)
    assert len(running.vendors.calls[SLACK]) >= told + both * (warm + 3)
    ratio = figures.handled_per_s / figures.bare_per_s
    assert figures.throughput_ratio == pytest.approx(ratio, rel=0.05, abs=0.01)


@pytest.mark.temporal
def test_a_whole_life_is_counted_by_the_server(cli: Cli):
    """What skipping time costs is not counted; what the life is said to hold is in it."""
    shown = cli("bench", "lifecycle", "--json")
    assert shown.exit_code == 0, shown.output
    figures = json.loads(shown.stdout)
    assert (figures["page_views"], figures["mails"], figures["stage"]) == (40, 3, "customer")
    assert figures["actions"] == sum(figures["actions_by_type"].values())
    assert figures["events"] == sum(figures["events_by_type"].values())
    assert not any("skipping" in name for name in figures["events_by_type"])
    # Ceilings, so that a change that makes a life dearer is seen; the targets are in the report.
    assert figures["actions"] <= 70
    assert figures["events"] <= 180


def test_the_core_is_measured_without_any_server(cli: Cli):
    shown = cli("bench", "core", "--json", "--seconds", 0.1)
    figures = json.loads(shown.stdout)
    assert figures["events_per_s"] > 0
    assert figures["core_ratio"] == pytest.approx(figures["events_per_s"] / figures["parsed_per_s"], rel=0.05)


def test_a_database_that_is_none_is_wrong_use(cli: Cli):
    assert cli("bench", "ingress", "--database", "mysql://x").exit_code == 2
