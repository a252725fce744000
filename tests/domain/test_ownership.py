"""Who has a lead: routing beside everything else, claims that are quicker, and what ends it."""

from __future__ import annotations

import pytest

from leadworkflows.domain.decisions import ActionResult, Assignment, Outcome
from tests.domain.story import Story, day
from tests.domain.variants import variant

FOUND = Assignment(rep="rep-7", team="sales", why=["round robin"], passed_over=["rep-8: at capacity, 3 of 3"])


def routed(story: Story, found: Assignment = FOUND, at: float = 0.01) -> Story:
    """Routing answers, however long it took."""
    key = next(key for key in story.state.pending if key.endswith("route.assign:1"))
    result = ActionResult(key=key, outcome=Outcome.CONFIRMED, assignment=found)
    story.simulation.timeline += story.simulation.journey.settle([result], day(at)).entries
    return story


def waiting(*kinds: str) -> Story:
    """A lead whose actions are all still under way."""
    story = Story()
    for number, kind in enumerate(("demo_requested", *kinds)):
        facts = {"reason": "not_ready"} if kind == "lead_returned" else {}
        by = {"by": "rep-1"} if kind.startswith("lead_") else {}
        event = story.event(number / 1000, kind, **facts, **by)
        decided = story.simulation.journey.advance([event], event.occurred_at)
        story.simulation.timeline += decided.entries
        story.simulation.actions += decided.actions
    return story


def test_whom_routing_found_owns_the_lead_and_the_record_says_why():
    story = routed(waiting())
    assert story.state.owner == "rep-7"
    entry = story.entries("owner")[-1]
    assert (entry.what, entry.why) == ("Owner: rep-7", ["round robin", "rep-8: at capacity, 3 of 3"])
    assert entry.data == {"owner": "rep-7", "how": "routing"}


def test_whoever_gets_a_lead_is_told():
    story = routed(waiting())
    told = story.state.pending["lead:ada:assigned.1.1.slack.alert:1"]
    assert (told.params["to"], told.facts["owner"]) == ("owner", "rep-7")


def test_a_claim_that_was_quicker_than_routing_stays():
    story = routed(waiting("lead_claimed"))
    assert story.state.owner == "rep-1"
    entry = story.entries("owner")[-1]
    assert (entry.what, entry.data["owner"]) == ("Stays with rep-1, who was quicker", "rep-1")


def test_a_lead_that_was_returned_meanwhile_is_given_to_nobody():
    story = routed(waiting("lead_returned"))
    assert story.state.owner is None
    assert story.entries("owner")[-1].what == "Not assigned: the lead is recycled by now"


def test_where_nobody_could_take_it_the_lead_has_no_owner():
    story = routed(waiting(), Assignment(rep=None, why=["everybody is at capacity"]))
    assert (story.state.owner, story.entries("owner")) == (None, [])


def test_a_lead_that_goes_back_to_marketing_has_no_owner():
    story = (
        Story()
        .as_mql()
        .on(1, "lead_claimed", by="rep-1")
        .on(2, "lead_returned", reason="not_ready", by="rep-1")
    )
    assert story.state.owner is None
    assert story.said("owner") == ["Owner: rep-1", "Taken back from rep-1"]


def test_a_person_gives_a_lead_to_another():
    story = Story().as_sql().on(1, "lead_assigned", by="boss", to="rep-3")
    assert story.state.owner == "rep-3"
    assert story.entries("owner")[-1].why == ["by boss"]
    assert story.keys[-1] == "lead:ada:assigned.1.1.slack.alert:1"


def test_who_has_a_lead_already_is_told_nothing_when_it_is_given_to_them_again():
    story = Story().as_sql()
    for number in (1, 2):
        story.on(number, "lead_assigned", by="boss", to="rep-3")
    assert story.keys.count("lead:ada:assigned.1.1.slack.alert:1") == 1


def test_accepting_takes_a_lead_that_nobody_owns_and_leaves_anothers():
    assert Story().as_mql().on(1, "lead_accepted", by="rep-1").state.owner == "rep-1"
    claimed = Story().as_mql().on(1, "lead_claimed", by="rep-2").on(2, "lead_accepted", by="rep-1")
    assert claimed.state.owner == "rep-2"


def test_claiming_what_one_owns_says_nothing_twice():
    story = Story().as_mql().on(1, "lead_claimed", by="rep-1").on(2, "lead_claimed", by="rep-1")
    assert story.said("owner") == ["Owner: rep-1"]


def test_a_reps_hours_are_read_from_the_policy_where_the_event_does_not_bring_them():
    calendar = {"zone": "Asia/Tokyo", "hours": {"mon-fri": "10:00-19:00"}}
    policy = variant(reps={"rep-1": {"calendar": calendar}}, teams={"sales": {"reps": ["rep-1"]}})
    story = Story(policy).as_mql().on(0, "lead_claimed", by="rep-1")
    assert story.simulation.journey.view()["owner_zone"] == "Asia/Tokyo"


@pytest.mark.parametrize("stage", ["mql", "sal", "sql"])
def test_a_meeting_that_sales_booked_is_intent_to_buy(stage):
    story = getattr(Story(), f"as_{stage}")().on(0, "contact_made", by="rep-1", outcome="meeting_booked")
    assert story.stage == "sql.connected"
    assert story.clock("first_contact").status == "met"
    assert "meeting-confirmation" not in story.mails, "whoever booked it with sales needs no mail of ours"
