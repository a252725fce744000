"""Service levels L1 to L4: started by a stage, climbed rung by rung, met, missed, replaced."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.state import ClockStatus
from tests.domain.story import Story, day
from tests.domain.variants import variant

HOUR = 1 / 24
MINUTE = HOUR / 60
LADDER = ["slack.remind", "slack.escalate", "route.reassign"]


def rungs(story: Story) -> list[str]:
    """The actions that clocks decided."""
    return [action.name for action in story.simulation.actions if ":sla." in action.key]


def started(story: Story, name: str) -> float:
    """When a clock began, in days."""
    return (story.clock(name).started_at - Story().event(0, "trial_started").occurred_at) / timedelta(days=1)


@pytest.mark.parametrize(
    ("stage", "name", "id_", "hours"),
    [(Stage.MQL, "review", "L2", 48), (Stage.SQL, "first_contact", "L3", 1)],
)
def test_a_stage_starts_its_clock(stage, name, id_, hours):
    clock = Story().in_stage(stage).clock(name)
    assert (clock.id, clock.due_at - clock.started_at) == (id_, timedelta(hours=hours))


def test_l1_a_priority_mql_has_a_day():
    story = Story().as_mql().on(0, "form_submitted", form="contact", seniority="vp")
    clock = story.clock("priority_review")
    assert (clock.id, clock.due_at - clock.started_at) == ("L1", timedelta(hours=24))


def test_an_mql_that_becomes_priority_changes_its_clock():
    story = Story().as_mql(seniority="vp").on(1, "form_submitted", form="contact")
    review = story.clock("review")
    assert (review.status, review.stopped_at) == (
        ClockStatus.STOPPED,
        story.clock("priority_review").started_at,
    )
    assert story.until(30).said("clock").count("Clock review missed") == 0


@pytest.mark.parametrize(
    ("hours", "climbed"), [(23.9, 0), (24.1, 1), (47.9, 1), (48.1, 2), (71.9, 2), (72.1, 3), (900, 3)]
)
def test_each_rung_is_climbed_once_at_its_share_of_the_span(hours, climbed):
    story = Story().as_mql()
    story.until(started(story, "review") + hours * HOUR)
    assert rungs(story) == LADDER[:climbed]


def test_a_rung_falls_due_to_the_second():
    story = Story().as_sql()
    due = story.clock("first_contact").rungs[0]
    story.simulation.run_until(due - timedelta(seconds=1))
    assert rungs(story) == []
    story.simulation.run_until(due)
    assert rungs(story) == ["slack.remind"]


def test_a_rung_knows_its_clock_and_what_is_due():
    story = Story().as_sql().until(1)
    escalation = next(action for action in story.simulation.actions if action.name == "slack.escalate")
    assert escalation.key == "lead:ada:sla.first_contact.100:1"
    assert (escalation.facts["clock_id"], escalation.facts["rung"]) == ("L3", 100)
    assert escalation.facts["due_at"] == story.simulation.journey.view()["sla"][0]["due_at"]


def test_a_clock_is_missed_at_its_due_time_and_stays_missed():
    story = Story().as_sql()
    start = started(story, "first_contact")
    assert story.until(start + 59 * MINUTE).clock("first_contact").status is ClockStatus.RUNNING
    assert story.until(start + HOUR).clock("first_contact").status is ClockStatus.MISSED
    story.on(start + 2 * HOUR, "contact_made")
    clock = story.clock("first_contact")
    assert (clock.status, clock.ticking) == (ClockStatus.MISSED, False)
    assert story.said("clock")[-1] == "Clock first contact met late after 120 min"


def test_a_missed_clock_goes_on_climbing_until_it_is_met():
    story = Story().as_sql()
    start = started(story, "first_contact")
    assert rungs(story.until(start + 80 * MINUTE)) == LADDER[:2]
    story.on(start + 85 * MINUTE, "contact_made")
    assert rungs(story.until(9)) == LADDER[:2]


def test_a_clock_that_is_met_in_time_climbs_no_further():
    story = Story().as_sql()
    story.on(started(story, "first_contact") + 40 * MINUTE, "contact_made")
    assert story.until(9).clock("first_contact").status is ClockStatus.MET
    assert rungs(story) == ["slack.remind"]


@pytest.mark.parametrize(("rung", "status"), [(0, "met"), (1, "met"), (2, "missed")])
def test_stopping_a_clock_goes_before_a_rung_of_the_same_instant(rung, status):
    story = Story().as_sql()
    story.at(story.clock("first_contact").rungs[rung], "contact_made")
    assert rungs(story.until(9)) == LADDER[:rung]
    assert story.clock("first_contact").status == status


@pytest.mark.parametrize("done", ["lead_accepted", "lead_returned", "lead_disqualified"])
def test_l2_a_review_is_a_decision(done):
    facts = {} if done == "lead_accepted" else {"reason": "not_ready"}
    story = Story().as_mql().on(1, done, **facts)
    assert story.clock("review").status is ClockStatus.MET


def test_l2_an_attempt_is_no_review():
    assert Story().as_mql().on(1, "contact_attempted").clock("review").ticking


@pytest.mark.parametrize(
    "done", ["lead_accepted", "lead_returned", "lead_disqualified", "contact_attempted", "contact_made"]
)
def test_l1_a_priority_lead_is_processed_by_a_decision_or_an_attempt(done):
    facts = {"reason": "not_ready"} if done in ("lead_returned", "lead_disqualified") else {}
    story = Story().as_mql().on(0, "form_submitted", form="contact", seniority="vp").on(0.5, done, **facts)
    assert story.clock("priority_review").status is ClockStatus.MET


@pytest.mark.parametrize("tried", ["contact_attempted", "lead_claimed"])
def test_l3_trying_is_not_contact(tried):
    assert Story().as_sql().on(0, tried).clock("first_contact").ticking


def test_l3_opening_an_opportunity_is_contact():
    assert Story().as_opportunity().clock("first_contact").status is ClockStatus.MET


def test_a_lead_that_leaves_the_stage_by_another_way_stops_its_clock():
    story = Story().as_mql().on(0.5, "demo_requested")
    clock = story.clock("review")
    assert (clock.status, rungs(story.until(0.51))) == (ClockStatus.STOPPED, [])


def test_a_missed_clock_of_a_lead_that_leaves_was_not_met():
    story = Story().as_sql().on(1, "lead_returned", reason="not_ready")
    stopped = next(entry for entry in story.entries("clock") if "left" in entry.why)
    assert stopped.what == "Clock first contact stopped after 1439 min"
    assert stopped.data["state"] == "missed"


def test_l4_a_returned_lead_is_in_nurture_at_once():
    story = Story().as_mql().on(1, "lead_returned", reason="not_ready")
    clock = story.clock("re_enrolment")
    assert (clock.id, clock.status, clock.stopped_at) == ("L4", ClockStatus.MET, clock.started_at)
    assert story.state.enrolment


def test_l4_does_not_run_for_a_lead_that_may_not_be_contacted():
    story = Story().as_mql().on(1, "unsubscribed").on(2, "lead_returned", reason="not_ready")
    assert [clock.name for clock in story.state.clocks if clock.name == "re_enrolment"] == []


def test_a_clock_that_was_met_does_not_start_again_in_the_same_stage():
    story = Story().as_sql().on(0, "contact_made").on(1, "quote_requested").on(2, "page_viewed", page="blog")
    assert story.said("clock").count("Clock first contact met after 1 min") == 1
    assert len([line for line in story.said("clock") if "first contact started" in line]) == 1


def test_a_stage_that_is_reached_again_starts_its_clock_again():
    story = Story().as_sql().on(1, "lead_returned", reason="not_ready").on(2, "demo_requested")
    assert story.clock("first_contact").ticking
    story.until(9)
    assert story.keys.count("lead:ada:sla.first_contact.50:1") == 1
    assert story.keys.count("lead:ada:sla.first_contact.50:2") == 1


def test_reassigning_takes_the_lead_back_from_its_owner():
    story = Story().as_lead().on(0, "lead_claimed", by="rep-1").on(0, "demo_requested").until(1)
    assert story.state.owner is None
    assert story.said("owner") == ["Owner: rep-1", "Taken back from rep-1"]


def test_several_rungs_that_came_due_while_nobody_looked_are_climbed_in_order():
    story = Story().as_sql()
    story.simulation.journey.advance((), story.clock("first_contact").due_at + timedelta(days=2))
    assert list(story.state.pending) == [f"lead:ada:sla.first_contact.{share}:1" for share in (50, 100, 150)]


def test_a_clock_may_have_no_rungs():
    policy = variant(sla={"first_contact": {"rungs": []}})
    story = Story(policy).as_sql().until(9)
    assert story.clock("first_contact").status is ClockStatus.MISSED
    assert rungs(story) == []


def test_a_rung_may_stand_at_the_very_start():
    policy = variant(sla={"first_contact": {"rungs": [{"at": 0, "do": "slack.remind"}]}})
    assert rungs(Story(policy).as_sql()) == ["slack.remind"]


def test_the_next_wake_up_is_the_next_rung():
    story = Story().as_sql()
    clock = story.clock("first_contact")
    assert story.simulation.journey.next_wakeup == clock.rungs[0]


def test_a_call_within_the_hour_keeps_the_hour_also_when_it_is_logged_after_it():
    story = Story().as_sql().until(HOUR * 1.4)
    assert story.clock("first_contact").status is ClockStatus.MISSED
    story.deliver(story.event(MINUTE * 30, "contact_made", by="rep-1"), on=HOUR * 1.45)
    clock = story.clock("first_contact")
    assert (clock.status, clock.stopped_at) == (ClockStatus.MET, day(MINUTE * 30))
    assert story.until(30).said("clock")[-1].startswith("Clock first contact met after")


def test_a_call_after_the_hour_is_late_whenever_it_is_logged():
    story = Story().as_sql().until(HOUR * 1.4)
    story.deliver(story.event(HOUR * 1.2, "contact_made", by="rep-1"), on=HOUR * 1.45)
    assert story.clock("first_contact").status is ClockStatus.MISSED
