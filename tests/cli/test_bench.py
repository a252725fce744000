"""`leadworkflows bench`: small runs, whose figures are only looked at for being there."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Cli


@pytest.mark.temporal
def test_the_ingress_is_measured_beside_the_bare_engine(cli: Cli):
    shown = cli("bench", "ingress", "--json", "--deliveries", 200, "--rounds", 1, "--connections", 8)
    assert shown.exit_code == 0, shown.output
    figures = json.loads(shown.stdout)
    assert figures["database"] == "sqlite"
    assert (figures["deliveries"], figures["connections"]) == (200, 8)
    assert figures["ack_ratio"] == pytest.approx(figures["ack_per_s"] / figures["engine_per_s"], rel=0.01)
    assert figures["ack_p99_ms"] >= figures["ack_p50_ms"] > 0
    assert figures["handed_on_gathered_per_s"] > figures["handed_on_per_s"] > 0


def test_a_database_that_is_none_is_wrong_use(cli: Cli):
    assert cli("bench", "ingress", "--database", "mysql://x").exit_code == 2
