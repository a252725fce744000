"""The in-memory driver: a virtual clock, and events at the times they came."""

from __future__ import annotations

from hypothesis import given, settings

from leadworkflows.domain.simulation import Simulation
from tests.domain.scenarios import lead_events
from tests.domain.story import Story, day
from tests.domain.variants import ANY_TIME, DEFAULT


def play(events, until) -> Simulation:
    simulation = Simulation(DEFAULT)
    simulation.play(events, until)
    return simulation


@settings(max_examples=25)
@given(lead_events())
def test_the_same_events_give_the_same_life(events):
    until = events[-1].occurred_at + (day(60) - day(0))
    one, two = play(events, until), play(list(reversed(events)), until)
    assert (one.timeline, one.actions) == (two.timeline, two.actions)
    assert one.journey.state == two.journey.state


def test_an_event_that_came_late_is_played_when_it_came():
    story = Story()
    events = [
        story.event(0, "form_submitted"),
        story.event(20, "page_viewed", page="blog"),
        story.event(3, "page_viewed", page="case_study"),
    ]
    simulation = play(events, day(21))
    assert [c.at for c in simulation.journey.state.score.contributions] == [day(3)]
    said = [entry.what for entry in simulation.timeline if entry.kind == "event"]
    assert said[-2:] == ["Viewed the blog page", "Viewed the case study page"]


def test_what_has_no_number_is_played_at_its_own_time():
    story = Story()
    events = [story.event(0, "form_submitted"), story.event(9, "trial_started")]
    command = story.event(5, "lead_claimed", by="rep-1").model_copy(update={"seq": 0})
    simulation = play([*events, command], day(10))
    said = [entry.what for entry in simulation.timeline if entry.kind == "event"]
    assert said == ["Submitted the web form", "Claimed by rep-1", "Trial started"]


def test_time_stops_at_every_instant_at_which_something_is_due():
    story = Story(ANY_TIME).as_lead(persona="cfo").until(60)
    sent = [action.decided_at for action in story.simulation.actions]
    assert sent == [day(1), day(6), day(16.5)]


def test_playing_on_is_the_same_as_playing_through():
    story = Story()
    events = [story.event(number, "page_viewed", page="pricing") for number in range(1, 40, 3)]
    events.insert(0, story.event(0, "form_submitted").model_copy(update={"seq": 0}))
    through, on = play(events, day(300)), play(events, day(41))
    for number in range(41, 301, 7):
        on.run_until(day(number))
    on.run_until(day(300))
    assert on.timeline == through.timeline
