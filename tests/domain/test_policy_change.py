"""A lead that follows another policy from now on."""

from __future__ import annotations

import pytest

from leadworkflows.domain.journey import Journey
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import ClockStatus, JourneyState
from tests.domain.story import Story, day
from tests.domain.variants import DEFAULT, variant


class Change(Story):
    """A lead under the default policy that changes to another one."""

    def __init__(self, other: Policy) -> None:
        super().__init__()
        self.other = other
        known = {policy.id: policy for policy in (DEFAULT, other)}
        state = JourneyState(lead_id="ada", policy_id=DEFAULT.id)
        self.simulation.journey = Journey(state, known.__getitem__)

    def changes(self, number: float) -> Change:
        return self.on(number, "policy_changed", policy=self.other.id)


def test_the_new_policy_is_named_by_the_state_and_by_every_later_decision():
    story = Change(variant(name="other"))
    story.as_lead().on(1, "page_viewed", page="product")
    story.changes(2).on(3, "page_viewed", page="product")
    assert story.state.policy_id == story.other.id
    policies = [entry.policy for entry in story.entries("event")]
    assert policies == [DEFAULT.id, DEFAULT.id, DEFAULT.id, story.other.id]
    assert story.said("policy") == ["Follows other from now on"]


def test_changing_to_the_policy_it_follows_changes_nothing():
    story = Story().as_lead().on(1, "policy_changed", policy=DEFAULT.id)
    assert story.said("policy") == []


def test_a_lower_threshold_qualifies_at_once():
    story = Change(variant(segments={"everyone-else": {"mql_at": 30}}))
    story.as_lead().on(1, "trial_started")
    assert story.stage == "lead"
    assert story.changes(2).stage == "mql.open"
    assert "threshold 30 (everyone-else)" in story.entries("stage")[-1].why[-1]


def test_a_higher_threshold_takes_no_stage_back():
    story = Change(variant(segments={"everyone-else": {"mql_at": 500}}))
    story.as_mql()
    assert story.changes(2).stage == "mql.open"


def test_a_market_that_excludes_the_lead_puts_it_out_at_once():
    story = Change(variant(market={"industries": ["software"]}))
    story.as_lead(industry="fintech")
    assert story.changes(2).stage == "disqualified"


def test_segments_with_other_names_are_looked_up_anew():
    segments = {"everyone-else": {"when": {"employees": {"gt": 10}}, "mql_at": 90}, "small": {"mql_at": 10}}
    story = Change(variant(segments=segments))
    story.as_lead(employees=5)
    assert story.changes(2).state.segment == "small"


def test_points_already_given_stay_and_fit_is_counted_anew():
    fit = [{"id": "F9", "when": {"seniority": "director"}, "points": 7, "group": "demographic"}]
    story = Change(variant(fit=fit, scoring=[]))
    story.as_lead(seniority="director").on(1, "trial_started").changes(2)
    assert [(c.rule, c.points) for c in story.contributions] == [("P13.trial", 30), ("F9", 7)]
    assert "-2 no longer: the rule" in story.said("score")


def test_a_sequence_that_the_new_policy_dropped_ends_and_a_fitting_one_begins():
    data = variant(name="other").model_dump(mode="json", by_alias=True)
    data["nurture"]["hello"] = data["nurture"].pop("general")
    data["enrolment"]["default"] = data["enrolment"]["recycled"]["wrong_profile"] = "hello"
    story = Change(Policy.model_validate(data))
    story.as_lead().until(1)
    story.changes(2)
    assert story.enrolment.sequence == "hello"
    story.until(90)
    assert story.mails == ["welcome", "welcome", "guide", "case-study"]
    assert len(story.keys) == len(set(story.keys))


def test_a_sequence_that_became_too_short_ends_and_is_not_begun_again():
    steps = [{"after": "1h", "content": "welcome"}]
    story = Change(variant(nurture={"general": {"steps": steps}}))
    story.as_lead().until(1)
    story.changes(2)
    assert story.state.enrolment is None
    assert story.until(90).mails == ["welcome"]


def test_a_step_under_way_keeps_its_date_and_has_the_new_content():
    steps = [{"after": "1h", "content": "welcome"}, {"after": "1d", "content": "sales-guide"}]
    story = Change(variant(nurture={"general": {"steps": steps}}))
    story.as_lead().until(1)
    due = story.enrolment.next_at
    story.changes(2)
    assert story.enrolment.next_at == due
    assert story.until(90).mails == ["welcome", "sales-guide"]


def test_a_clock_that_the_new_policy_dropped_stops():
    data = variant(name="other").model_dump(mode="json", by_alias=True)
    del data["sla"]["review"]
    story = Change(Policy.model_validate(data))
    story.as_mql()
    clock = story.changes(0.5).clock("review")
    assert (clock.status, clock.ticking) == (ClockStatus.STOPPED, False)
    assert [key for key in story.until(9).keys if ":sla." in key] == []


def test_a_clock_that_the_new_policy_brings_starts_now():
    extra = {"id": "X1", "on": "mql", "within": "1d", "met_by": ["lead_accepted"]}
    story = Change(variant(sla={"extra": extra}))
    story.as_mql()
    assert story.changes(2).clock("extra").started_at == day(2)


@pytest.mark.parametrize("shares", [(25, 50, 100), (50,), (150,), (10, 20, 30, 40)])
def test_a_running_clock_keeps_its_dates_and_climbs_no_rung_twice(shares):
    rungs = [{"at": share, "do": "slack.remind"} for share in shares]
    story = Change(variant(sla={"review": {"rungs": rungs}}))
    story.as_mql().until(1.1)
    due = story.clock("review").due_at
    story.changes(1.2).until(9)
    keys = [key for key in story.keys if ":sla." in key]
    assert len(keys) == len(set(keys))
    assert story.clock("review").due_at == due


def test_a_policy_that_nobody_holds_is_an_error_and_not_a_guess():
    with pytest.raises(KeyError):
        Story().as_lead().on(1, "policy_changed", policy="p-unknown")
