"""Priority: a decision maker who fires P1 as MQL, or contacts sales directly."""

from __future__ import annotations

import pytest

from leadworkflows.domain.facts import Seniority
from leadworkflows.domain.lifecycle import Stage
from tests.domain.story import Story

DECIDES = {Seniority.DIRECTOR, Seniority.VP, Seniority.C_LEVEL}
CONTACTS = [
    ("demo_requested", {}),
    ("quote_requested", {}),
    ("meeting_booked", {}),
    ("sales_contacted", {}),
    ("form_submitted", {"form": "contact"}),
]


@pytest.mark.parametrize("seniority", list(Seniority))
@pytest.mark.parametrize(("kind", "facts"), CONTACTS, ids=str)
def test_a_decision_maker_who_contacts_sales_goes_first(kind, facts, seniority):
    story = Story().on(0, kind, seniority=seniority.value, **facts)
    assert story.state.priority == (seniority in DECIDES)


def test_a_cfo_who_asks_for_a_presentation_is_a_priority_sql():
    story = Story().on(0, "demo_requested", persona="cfo", seniority="c_level", industry="fintech")
    assert (story.stage, story.state.priority) == ("sql.attempting_contact", True)
    assert story.entries("priority")[0].why == ["c_level contacts sales directly"]


def test_a_decision_maker_who_fires_p1_as_mql_goes_first():
    story = Story().as_mql(seniority="vp")
    before = story.state.priority
    for number in (1, 2, 3):
        story.on(number, "page_viewed", page="pricing")
    assert (before, story.state.priority) == (False, True)
    assert story.entries("priority")[0].why == ["vp fired P1 as MQL"]


def test_firing_p1_on_the_way_to_mql_counts():
    story = Story().as_lead(seniority="director").on(0, "form_submitted", states_budget=True)
    story.on(1, "trial_started").on(1, "page_viewed", page="pricing").on(1, "page_viewed", page="pricing")
    assert (story.stage, story.state.priority) == ("lead", False)
    story.on(2, "page_viewed", page="pricing")
    assert (story.stage, story.state.priority) == ("mql.open", True)


def test_firing_p1_as_a_mere_lead_does_not_count():
    story = Story().as_lead(seniority="director")
    for number in (1, 2, 3):
        story.on(number, "page_viewed", page="pricing")
    assert (story.points("P1"), story.state.priority) == ([30], False)


@pytest.mark.parametrize("seniority", [None, "manager", "staff", "intern"])
def test_nobody_else_goes_first(seniority):
    story = Story().as_mql(seniority=seniority)
    for number in (1, 2, 3):
        story.on(number, "page_viewed", page="pricing")
    assert not story.state.priority


def test_a_priority_is_said_once():
    story = Story().on(0, "demo_requested", seniority="vp").on(1, "quote_requested")
    assert story.said("priority") == ["Priority"]


@pytest.mark.parametrize("stage", [Stage.MQL, Stage.SAL])
def test_a_new_pass_begins_without_priority(stage):
    story = Story().in_stage(stage).on(1, "form_submitted", form="contact", seniority="vp")
    assert story.state.priority
    assert not story.on(2, "lead_returned", reason="not_ready").state.priority


def test_the_alert_says_that_the_lead_goes_first():
    story = Story().on(0, "demo_requested", seniority="c_level")
    alert = next(action for action in story.simulation.actions if action.name == "slack.alert")
    assert alert.facts["priority"] is True
