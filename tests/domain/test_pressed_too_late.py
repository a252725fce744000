"""Commands that come after somebody else's: refused with a sentence a salesperson understands."""

from __future__ import annotations

import pytest

from tests.domain.story import Story
from tests.domain.variants import variant


def refusal(story: Story, kind: str, **facts) -> str | None:
    event = story.event(9, kind, **facts)
    return story.simulation.journey.refusal(event.model_copy(update={"seq": 0}), event.occurred_at)


def test_whoever_looked_before_the_lead_moved_is_told_where_it_is():
    story = Story().as_mql()
    seen = story.state.entries
    story.on(1, "lead_accepted", by="rep-7", seen=seen)
    assert story.stage == "sal"
    said = "The lead has moved on since: it is SAL now, owned by rep-7"
    assert refusal(story, "lead_returned", by="rep-8", reason="not_ready", seen=seen) == said
    assert refusal(story, "lead_returned", by="rep-8", reason="not_ready", seen=story.state.entries) is None
    assert refusal(story, "lead_returned", by="rep-8", reason="not_ready") is None


@pytest.mark.parametrize("kind", ["contact_attempted", "contact_made", "qualification_recorded"])
def test_work_is_logged_whatever_was_seen(kind):
    story = Story().as_mql()
    seen = story.state.entries
    story.on(1, "lead_accepted", by="rep-7")
    assert refusal(story, kind, by="rep-8", seen=seen) is None


def test_the_second_of_two_claims_is_told_who_was_quicker():
    story = Story().as_sql()
    seen = story.state.entries
    story.on(1, "lead_claimed", by="rep-7", seen=seen)
    assert refusal(story, "lead_claimed", by="rep-8", seen=seen) == "rep-7 was quicker and owns the lead now"
    assert refusal(story, "lead_claimed", by="rep-7", seen=seen) is None
    assert refusal(story, "lead_claimed", by="rep-8") is None, (
        "without a look at the card, a claim takes over"
    )


def test_a_score_that_grew_since_makes_no_press_stale():
    story = Story().as_mql()
    seen = story.state.entries
    story.on(1, "page_viewed", page="case_study")
    assert refusal(story, "lead_accepted", by="rep-7", seen=seen) is None


def test_a_return_may_need_a_note():
    story = Story(variant(moves={"T6_needs_note": ["wrong_profile"]})).as_mql()
    said = "Add a note: wrong profile alone does not tell marketing what to do better"
    assert refusal(story, "lead_returned", by="rep-1", reason="wrong_profile") == said
    assert refusal(story, "lead_returned", by="rep-1", reason="wrong_profile", noted=True) is None
    assert refusal(story, "lead_returned", by="rep-1", reason="not_ready") is None


def test_clocks_are_paused_only_where_one_runs_and_resumed_only_where_one_stands_still():
    story = Story().as_lead()
    assert refusal(story, "clocks_paused", by="rep-1") == "No clock is running for this lead"
    story.on(1, "demo_requested")
    assert refusal(story, "clocks_resumed", by="rep-1") == "No clock of this lead is paused"
    past = "The clocks can only be paused until a time that is still to come"
    assert refusal(story, "clocks_paused", by="rep-1", until="2026-03-02T00:00:00Z") == past
    assert refusal(story, "clocks_paused", by="rep-1") is None


def test_a_command_that_was_carried_out_is_not_refused_when_it_comes_again():
    story = Story().as_mql()
    accept = story.event(1, "lead_accepted", by="rep-7").model_copy(update={"seq": 0})
    story.deliver(accept, on=1)
    assert story.simulation.journey.refusal(accept, accept.occurred_at) is None
    story.deliver(accept, on=2)
    assert story.moves.count("T2") == 1
    assert story.said("refused") == []


def test_a_command_that_was_refused_is_refused_again():
    story = Story().as_lead()
    accept = story.event(1, "lead_accepted", by="rep-7").model_copy(update={"seq": 0})
    story.deliver(accept, on=1).deliver(accept, on=2)
    assert story.said("refused") == ["Only an MQL can be accepted; this one is Lead"] * 2
