"""What a review of the core found, and what holds since."""

from __future__ import annotations

import pytest

from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.spans import Span
from tests.domain.story import Story, day
from tests.domain.variants import DEFAULT, variant

ACID = {"authority": "yes", "capacity": "yes", "interest": "yes", "deadline": "yes"}


def test_an_event_that_a_later_version_refuses_still_counts_its_number():
    stored = {"id": "e1", "seq": 7, "type": "page_viewed", "occurred_at": day(0)}
    event = LeadEvent.read({**stored, "facts": {"page": "order 1234567"}})
    assert (event.seq, event.type) == (7, EventType.FACTS_UPDATED)
    unknown = LeadEvent.read({**stored, "seq": 8, "type": "teleported"})
    assert (unknown.seq, unknown.type) == (8, EventType.FACTS_UPDATED)


def test_a_policy_keeps_the_name_it_was_stored_by():
    stored = Policy.model_validate_json(DEFAULT.model_dump_json(by_alias=True)).known_as("p-older")
    assert stored.id == "p-older"
    assert Story(stored).as_lead().simulation.journey.view()["policy"] == "p-older"


@pytest.mark.parametrize("when", [{"country": "DE"}, {"time_zone": "Europe/Berlin"}])
def test_a_condition_holds_whatever_the_case_of_the_fact(when):
    policy = variant(fit=[{"id": "F9", "when": when, "points": 7, "group": "firmographic"}])
    assert Story(policy).as_lead(country="DE", time_zone="Europe/Berlin").total == 7


def test_facts_that_sales_records_may_complete_what_t1_asks_for():
    moves = DEFAULT.model_dump(mode="json", by_alias=True)["moves"]
    moves["T1"]["facts"] = {"facts": list(ACID), "at_least": 4}
    story = Story(variant(moves=moves)).as_mql()
    assert story.stage == "lead"
    assert story.on(1, "qualification_recorded", **ACID).stage == "mql.open"


def test_an_industry_that_sales_learns_may_be_outside_the_market():
    story = Story().as_lead().on(1, "qualification_recorded", industry="education", need="yes")
    assert story.stage == "disqualified"


def test_bad_timing_is_an_answer_and_starts_no_wait():
    story = Story().as_mql().on(1, "contact_attempted", outcome="bad_timing").until(40)
    assert story.stage == "mql.bad_timing"


def test_a_decision_maker_who_comes_back_to_pricing_as_mql_goes_first():
    story = Story().as_lead(seniority="director")
    for number in (0.1, 0.2, 0.3):
        story.on(number, "page_viewed", page="pricing")
    story.as_mql(1)
    assert not story.simulation.journey.state.priority
    for number in (2, 2.1, 2.2):
        story.on(number, "page_viewed", page="pricing")
    assert (story.stage, story.simulation.journey.state.priority) == ("sql.attempting_contact", True)


def test_fit_points_follow_the_policy():
    other = variant(fit=[{**DEFAULT.fit[0].model_dump(mode="json", by_alias=True), "points": 20}])
    story = Story().as_lead(seniority="director")
    story.simulation.journey._policy_of = {DEFAULT.id: DEFAULT, other.id: other}.__getitem__
    story.on(1, "policy_changed", policy=other.id)
    assert [c.points for c in story.contributions if c.rule == "F1"] == [20]


@pytest.mark.parametrize("span", ["99999999d", "3661d"])
def test_no_span_reaches_beyond_the_calendar(span):
    with pytest.raises(ValueError, match="longer than ten years; write less"):
        Span.model_validate(span)


def test_silence_needs_some_time():
    with pytest.raises(ValueError, match="an hour or more"):
        variant(decay={"every": "0d"})
