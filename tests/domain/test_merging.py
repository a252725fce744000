"""Two leads turn out to be one person: one journey ends, the other goes on with both histories."""

from __future__ import annotations

from tests.domain.story import Story, day


def test_the_journey_that_ends_says_where_the_person_goes_on_and_nothing_is_due_any_more():
    story = Story().as_sql().on(0.01, "lead_merged", into="winner")
    assert story.state.merged_into == "winner"
    assert story.simulation.journey.next_wakeup is None
    assert story.said("stage")[-1] == "Goes on as lead winner"
    assert story.simulation.journey.view()["merged_into"] == "winner"


def test_clocks_and_nurture_of_the_journey_that_ends_are_stopped():
    sql = Story().as_sql().on(0.01, "lead_merged", into="winner")
    assert sql.clock("first_contact").stopped_at is not None
    nurtured = Story().as_lead().on(0.01, "lead_merged", into="winner")
    assert nurtured.state.enrolment is None
    nurtured.until(60)
    assert [entry for entry in nurtured.simulation.timeline if entry.at > day(0.02)] == []


def test_what_still_comes_for_the_journey_that_ended_changes_nothing():
    story = Story().as_lead().on(0.01, "lead_merged", into="winner")
    told = len(story.simulation.timeline)
    story.on(1, "demo_requested")
    assert (story.stage, len(story.simulation.timeline)) == ("lead", told)


def test_a_command_to_the_journey_that_ended_names_the_one_that_goes_on():
    story = Story().as_mql().on(0.01, "lead_merged", into="winner")
    refusal = story.simulation.journey.refusal(story.event(1, "lead_accepted", by="rep-1"), day(1))
    assert refusal == "This is the same person as lead winner: use that one"


def test_the_others_history_scores_and_then_decides_without_acting_twice():
    """A demo that the other journey acted on is part of this one's past: no second confirmation."""
    story = Story().as_lead()
    acts = len(story.simulation.actions)
    past = [
        story.event(-1, "form_submitted", form="contact", states_budget=True, anonymous=True),
        story.event(-1, "trial_started", anonymous=True),
        story.event(-1, "page_viewed", page="case_study", anonymous=True),
        story.event(-1, "page_viewed", page="case_study", anonymous=True),
        story.event(-1, "demo_requested", anonymous=True),
    ]
    story.deliver(*past, on=1)
    assert story.stage == "lead"
    story.on(1, "lead_merged", absorbed="loser")
    assert story.stage == "mql.open"
    assert "Lead loser is the same person" in story.said("event")
    sent = [action.params.get("content") for action in story.simulation.actions[acts:]]
    assert "demo-confirmation" not in sent


def test_a_merge_is_no_interaction_that_would_break_a_silence():
    quiet, merged = Story().as_mql(), Story().as_mql().on(20, "lead_merged", absorbed="loser")
    assert quiet.until(31).total == merged.until(31).total
