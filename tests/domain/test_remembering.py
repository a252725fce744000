"""The state is all there is to remember: what goes on from it goes on the same. This is continue-as-new."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from leadworkflows.domain.decisions import ActionResult, Outcome
from leadworkflows.domain.journey import Journey
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.simulation import Simulation
from leadworkflows.domain.state import JourneyState
from tests.domain.scenarios import lead_events
from tests.domain.story import Story, day
from tests.domain.variants import DEFAULT


def restored(journey: Journey) -> Journey:
    """The same lead, from its state as JSON alone."""
    return Journey(
        JourneyState.model_validate_json(journey.state.model_dump_json()), {DEFAULT.id: DEFAULT}.__getitem__
    )


class Forgetful(Simulation):
    """Remembers nothing but the state between any two turns."""

    def _keep(self, decisions, now) -> None:
        super()._keep(decisions, now)
        self.journey = restored(self.journey)


@settings(max_examples=60)
@given(lead_events())
def test_a_lead_that_is_restored_after_every_turn_goes_on_the_same(events):
    until = events[-1].occurred_at + (day(90) - day(0))
    kept, forgetful = Simulation(DEFAULT), Forgetful(DEFAULT)
    for simulation in (kept, forgetful):
        simulation.play(events, until)
    assert forgetful.timeline == kept.timeline
    assert forgetful.actions == kept.actions
    assert forgetful.journey.view() == kept.journey.view()
    assert forgetful.journey.state.model_dump_json() == kept.journey.state.model_dump_json()


@pytest.mark.parametrize("stage", list(Stage))
def test_restoring_a_lead_decides_nothing_and_wakes_up_when_it_would_have(stage):
    journey = Story().in_stage(stage).simulation.journey
    again = restored(journey)
    assert again.state == journey.state
    assert again.next_wakeup == journey.next_wakeup
    assert again.view() == journey.view()
    assert again.advance((), day(0.01)).entries == []


def test_actions_under_way_are_part_of_the_state():
    story = Story()
    story.simulation.journey.advance([story.event(0, "demo_requested")], day(0))
    pending = restored(story.simulation.journey).state.pending
    assert pending == story.state.pending
    assert [action.name for action in pending.values()] == ["email.send", "slack.alert", "route.assign"]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("confirmed", "done"), ("failed", "failed"), ("unknown", "outcome unknown"), ("withheld", "withheld")],
)
def test_how_an_action_ended_is_said_once(outcome, said):
    story = Story()
    story.simulation.journey.advance([story.event(0, "demo_requested")], day(0))
    key = next(iter(story.state.pending))
    result = ActionResult(key=key, outcome=Outcome(outcome), detail="the vendor's words")
    (entry,) = story.simulation.journey.settle([result, result], day(1)).entries
    assert entry.what == f"Mail: demo-confirmation: {said}"
    assert (entry.why, entry.data["key"]) == (["the vendor's words"], key)
    assert key not in story.state.pending


def test_the_result_of_an_action_that_nobody_decided_is_ignored():
    story = Story().as_lead()
    result = ActionResult(key="lead:ada:x:1", outcome=Outcome.CONFIRMED)
    assert story.simulation.journey.settle([result], day(1)).entries == []


def test_a_long_life_leaves_a_small_state():
    story = Story()
    for round_ in range(20):
        start = round_ * 60
        story.as_mql(start, persona="cfo").on(start + 1, "demo_requested").on(start + 2, "contact_made")
        story.on(start + 3, "lead_returned", reason="not_ready")
    assert story.state.pass_ == 21
    assert len(story.state.model_dump_json()) < 5_000
