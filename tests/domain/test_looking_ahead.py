"""What is known of the next wake-up from the turn before is what looking again would tell."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings

from leadworkflows.domain.decisions import ActionResult, Outcome
from leadworkflows.domain.journey import Journey
from leadworkflows.domain.simulation import Simulation
from leadworkflows.domain.state import JourneyState
from tests.domain.scenarios import lead_events
from tests.domain.story import Story, day
from tests.domain.variants import ANY_TIME, DEFAULT


def seen_anew(journey: Journey) -> Journey:
    """The same lead, read from its state by somebody who was not there."""
    state = JourneyState.model_validate_json(journey.state.model_dump_json())
    return Journey(state, {DEFAULT.id: DEFAULT}.__getitem__)


@settings(max_examples=25)
@given(lead_events())
def test_who_was_there_and_who_reads_the_state_wake_up_at_the_same_time(events):
    simulation = Simulation(DEFAULT)
    for event in events:
        simulation.deliver(event)
        assert simulation.journey.next_wakeup == seen_anew(simulation.journey).next_wakeup
        simulation.run_until(event.occurred_at + timedelta(seconds=1))
        assert simulation.journey.next_wakeup == seen_anew(simulation.journey).next_wakeup


def test_a_mail_that_left_late_puts_off_the_next_wake_up():
    journey = Journey.begin("ada", ANY_TIME)
    journey.advance([Story(ANY_TIME).event(0, "form_submitted", persona="cfo")], day(0))
    due = journey.next_wakeup
    assert due is not None
    (mail,) = journey.advance((), due).actions
    before = journey.next_wakeup
    assert before is not None
    journey.settle([ActionResult(key=mail.key, outcome=Outcome.CONFIRMED)], due + timedelta(days=3))
    assert journey.next_wakeup == before + timedelta(days=3)


def test_nothing_is_due_any_more_in_the_past():
    story = Story().as_lead(persona="cfo").until(400)
    journey = story.simulation.journey
    assert journey.next_wakeup == seen_anew(journey).next_wakeup
    assert journey.next_wakeup is None or journey.next_wakeup > day(400)
