"""The moment the product exists for: a demo request does four things at once."""

from __future__ import annotations

import pytest

from leadworkflows.domain.lifecycle import Stage
from tests.domain.story import Story, day
from tests.domain.variants import variant

CONFIRMATIONS = {
    "demo_requested": "demo-confirmation",
    "quote_requested": "quote-confirmation",
    "meeting_booked": "meeting-confirmation",
}


@pytest.mark.parametrize(("asks", "confirmation"), CONFIRMATIONS.items())
def test_asking_for_sales_does_four_things_at_once(asks, confirmation):
    story = Story()
    decided = story.simulation.journey.advance([story.event(0, asks)], day(0))
    assert story.stage == "sql.attempting_contact"
    assert [(a.name, a.params.get("content") or a.params.get("template")) for a in decided.actions] == [
        ("email.send", confirmation), ("slack.alert", "hot-lead"), ("route.assign", None)
    ]  # fmt: skip
    assert story.clock("first_contact").started_at == day(0)


def test_the_alert_says_who_needs_it_by_when_and_why():
    story = Story().on(0, "trial_started", seniority="vp").on(1, "demo_requested", states_budget=True)
    alert = next(a for a in story.simulation.actions if a.key == "lead:ada:sql.4.slack.alert:1").facts
    assert alert["stage"] == "sql"
    assert alert["event"] == "demo_requested"
    assert alert["move"] == "T3"
    assert alert["clock"] == "first_contact"
    assert alert["due_at"] == story.simulation.journey.view()["sla"][-1]["due_at"]
    assert alert["why"] == [
        "+40 form that states a budget (P5)", "+30 trial started (P13.trial)", "+2 decision maker (F1)"
    ]  # fmt: skip


def test_an_mql_is_announced_to_sales():
    assert Story().as_mql().performed("slack.alert") == ["new-mql"]


def test_an_action_of_a_stage_is_decided_once_a_pass():
    story = Story().as_sql().on(1, "lead_returned", reason="not_ready").on(2, "demo_requested")
    assert [key for key in story.keys if "email.send" in key] == [
        "lead:ada:sql.1.email.send:1", "lead:ada:sql.1.email.send:2"
    ]  # fmt: skip


@pytest.mark.parametrize("stage", list(Stage))
def test_a_policy_may_act_on_reaching_any_stage(stage):
    policy = variant(on={stage.value: [{"slack.alert": {"channel": "#all", "template": "here"}}]})
    assert "here" in Story(policy).in_stage(stage).performed("slack.alert")


def test_an_action_may_depend_on_what_is_known_of_the_lead():
    spec = {
        "slack.alert": {"channel": "#key", "template": "key-account"},
        "when": {"employees": {"gte": 1000}},
    }
    policy = variant(on={"sql": [spec]})
    assert Story(policy).as_sql(employees=5_000).performed("slack.alert") == ["key-account"]
    assert Story(policy).as_sql(employees=50).performed("slack.alert") == []
    assert Story(policy).as_sql().performed("slack.alert") == []


def test_every_decision_names_the_policy_that_made_it():
    story = Story().as_sql().until(2)
    assert {entry.policy for entry in story.simulation.timeline} == {story.simulation.journey.policy.id}
    assert {action.policy for action in story.simulation.actions} == {story.simulation.journey.policy.id}
