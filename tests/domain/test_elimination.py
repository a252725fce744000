"""P7: an industry outside the market is out (T10), unless a person said otherwise."""

from __future__ import annotations

import pytest

from leadworkflows.domain.lifecycle import Stage
from tests.domain.story import Story
from tests.domain.variants import variant


@pytest.mark.parametrize("industry", ["education", "gambling", "circus"])
def test_p7_an_industry_outside_the_market_is_out_with_the_reason(industry):
    story = Story().as_lead(industry=industry)
    assert (story.stage, story.state.reason, story.moves) == ("disqualified", "excluded_industry", ["T10"])
    assert "P7" in story.entries("stage")[-1].why
    assert story.mails == []


def test_p7_an_unknown_industry_is_not_out():
    assert Story().as_lead().stage == "lead"


def test_p7_goes_before_a_demo_request():
    story = Story().on(0, "demo_requested", industry="education")
    assert story.stage == "disqualified"
    assert story.simulation.actions == []


def test_p7_an_industry_is_spelt_in_many_ways():
    policy = variant(market={"industries": [], "exclude": ["higher education"]})
    assert Story(policy).as_lead(industry="Higher-Education").stage == "disqualified"


def test_p7_a_market_without_a_list_excludes_only_what_it_names():
    policy = variant(market={"industries": [], "exclude": ["gambling"]})
    assert Story(policy).as_lead(industry="circus").stage == "lead"
    assert Story(policy).as_lead(industry="gambling").stage == "disqualified"


@pytest.mark.parametrize("stage", [Stage.LEAD, Stage.MQL, Stage.SAL, Stage.SQL, Stage.RECYCLED])
def test_p7_an_industry_learnt_later_puts_an_open_lead_out(stage):
    story = Story().in_stage(stage).on(1, "facts_updated", industry="education")
    assert story.stage == "disqualified"
    assert not [clock for clock in story.state.clocks if clock.ticking]


@pytest.mark.parametrize("stage", [Stage.OPPORTUNITY, Stage.CUSTOMER])
def test_p7_a_running_deal_is_closed_by_a_person_not_by_a_rule(stage):
    story = Story().in_stage(stage).on(1, "facts_updated", industry="education")
    assert story.stage == stage.value


def test_p7_an_industry_seen_before_the_lead_had_a_name_counts_once_it_has():
    story = Story()
    seen = story.event(0, "page_viewed", page="blog", industry="education", anonymous=True)
    story.deliver(seen, story.event(1, "form_submitted"), on=1)
    assert story.stage == "disqualified"


def test_p7_a_lead_that_a_person_reopens_stays_open():
    story = Story().as_lead(industry="education").on(1, "lead_reopened", by="rep-1")
    assert story.stage == "lead"
    assert story.on(2, "page_viewed", page="blog", industry="education").stage == "lead"
    assert story.on(3, "demo_requested").stage == "sql.attempting_contact"


def test_p7_a_lead_that_is_out_is_not_put_out_again():
    story = Story().as_lead(industry="education").on(1, "page_viewed", page="blog")
    assert story.moves == ["T10"]
