from __future__ import annotations

import pytest

from leadworkflows.cli.policy_check import check_policy
from leadworkflows.domain.teams import Roster
from tests.architecture.tree import ROOT

EXAMPLES = sorted((ROOT / "examples" / "policies").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_can_be_used_as_it_is(path):
    assert check_policy(path).policy.name == path.stem


def test_the_sales_team_works_in_three_zones_and_everybody_can_be_reached():
    policy = check_policy(ROOT / "examples/policies/sales-team.yaml").policy
    roster = Roster(policy.reps, policy.teams)
    assert {team.calendar.zone for team in policy.teams.values() if team.calendar} == {
        "Europe/Berlin", "America/New_York", "Asia/Singapore"
    }  # fmt: skip
    assert [rep_id for rep_id, rep in policy.reps.items() if not rep.slack] == []
    assert {roster.team_of(rep_id) for rep_id in policy.reps} == {"emea", "americas", "apac"}
    assert policy.holidays.keys() >= {"DE", "DE-BE", "US", "SG", "FR"}
