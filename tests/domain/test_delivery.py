"""Duplicates, late, out of order, dated in the future, at the same instant, before the lead had a name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.domain.story import Story, day
from tests.domain.variants import variant

FIVE_A_VIEW = [{"id": "G", "on": "page_viewed", "points": 5, "group": "online"}]


def test_an_event_that_was_taken_in_already_is_ignored():
    story = Story().as_lead()
    event = story.event(1, "trial_started")
    story.deliver(event, on=1)
    told = list(story.simulation.timeline)
    story.deliver(event, event, on=1.01)
    assert (story.total, story.simulation.timeline) == (30, told)


def test_an_event_with_a_number_below_the_last_is_a_duplicate():
    story = Story()
    first, second = story.event(1, "newsletter_subscribed"), story.event(2, "trial_started")
    story.deliver(second, on=2).deliver(first, on=3)
    assert story.state.seq == 2
    assert story.points("P13.newsletter") == []


def test_a_command_has_no_number_and_is_known_by_its_id():
    story = Story().as_mql()
    command = story.event(1, "contact_attempted", by="rep-1").model_copy(update={"seq": 0})
    another = command.model_copy(update={"id": "another"})
    story.deliver(command, on=1).deliver(command, on=1.5).deliver(another, on=2)
    assert story.state.attempts == 2
    assert story.state.seq == 4


def test_a_lead_remembers_the_last_commands_only():
    story = Story().as_mql()
    command = story.event(1, "contact_attempted", by="rep-1").model_copy(update={"seq": 0})
    for number in range(25):
        story.deliver(command.model_copy(update={"id": f"c{number}"}), on=1 + number / 100)
    assert story.state.heard == [f"c{number}" for number in range(5, 25)]


def test_a_late_event_counts_on_its_own_date_but_what_follows_starts_now():
    story = Story()
    story.deliver(story.event(1, "demo_requested", states_budget=True), on=3)
    (given,) = story.contributions
    assert given.at == day(1)
    assert story.entries("event")[0].at == day(1)
    clock = story.clock("first_contact")
    assert (clock.started_at, clock.due_at) == (day(3), day(3) + timedelta(hours=1))


def test_an_event_that_is_hardly_late_starts_its_clock_when_it_happened():
    story = Story()
    story.deliver(story.event(1, "demo_requested"), on=1 + 0.9 / 24)
    assert story.clock("first_contact").started_at == day(1)


def test_what_was_due_meanwhile_goes_before_an_event_that_is_hardly_late():
    story = Story().as_sql()
    clock = story.clock("first_contact")
    event = story.event(0, "contact_made").model_copy(
        update={"occurred_at": clock.due_at + timedelta(minutes=5)}
    )
    story.simulation.journey.advance([event], clock.due_at + timedelta(minutes=50))
    assert [action.name for action in story.state.pending.values()] == ["slack.remind", "slack.escalate"]


def test_events_out_of_order_are_taken_in_as_they_come_and_time_never_runs_backwards():
    story = Story().as_lead()
    story.deliver(story.event(5, "trial_started"), story.event(4.99, "demo_requested"), on=5)
    assert story.stage == "sql.attempting_contact"
    assert story.clock("first_contact").started_at == day(5)
    assert story.state.now == day(5)


def test_facts_of_a_late_event_are_the_last_known():
    story = Story().as_lead(employees=10)
    story.deliver(story.event(0.5, "facts_updated", employees=20), on=1)
    assert story.state.profile["employees"] == 20


def test_the_first_channel_stays_the_leads_channel():
    story = Story().as_lead(channel="linkedin").on(1, "page_viewed", page="blog", channel="search")
    assert story.state.profile["channel"] == "linkedin"


def test_an_event_dated_in_the_future_counts_as_of_now():
    story = Story().as_lead()
    story.deliver(story.event(900, "trial_started"), on=1)
    assert story.contributions[0].at == day(1)
    assert story.entries("event")[-1].at == day(1)
    assert story.state.score.last_interaction == day(1)
    assert story.until(40).total == 20


def test_an_anonymous_event_dated_in_the_future_counts_as_of_now():
    story = Story()
    seen = story.event(900, "page_viewed", page="case_study", anonymous=True)
    story.deliver(seen, story.event(1, "form_submitted"), on=1)
    assert (story.state.opened_at, story.state.now, story.contributions[0].at) == (day(1), day(1), day(1))


def test_two_events_at_the_same_instant_are_taken_in_by_their_numbers():
    story = Story()
    accepted = [story.event(1, "demo_requested"), story.event(1, "lead_returned", reason="not_ready")]
    story.deliver(*accepted, on=1)
    assert story.moves == ["T3", "T6"]


def test_an_event_goes_before_what_is_due_at_its_instant():
    story = Story().as_lead(persona="cfo")
    story.at(story.enrolment.next_at, "unsubscribed")
    assert story.until(30).mails == []


def test_views_before_the_lead_had_a_name_count_with_their_own_dates_and_move_nothing():
    story = Story(variant(segments={"everyone-else": {"mql_at": 30}}))
    seen = [story.event(number, "page_viewed", page="pricing", anonymous=True) for number in (1, 3, 6)]
    story.deliver(*seen, on=6.5)
    assert (story.total, story.state.opened_at, story.moves) == (30, None, [])
    assert story.contributions[0].at == day(6)
    assert story.simulation.journey.next_wakeup is None
    story.deliver(story.event(7, "form_submitted", form="download"), on=7)
    assert (story.state.opened_at, story.moves) == (day(7), ["T1"])


def test_a_visitor_who_asks_for_a_demo_before_giving_a_name_is_no_sql():
    story = Story()
    story.deliver(story.event(1, "demo_requested", anonymous=True), on=1)
    assert (story.stage, story.simulation.actions) == ("lead", [])


@pytest.mark.parametrize("split", range(4))
def test_views_handed_on_in_several_batches_count_as_if_they_came_in_one(split):
    story = Story(variant(scoring=FIVE_A_VIEW))
    seen = [story.event(number, "page_viewed", page="blog", anonymous=True) for number in (0, 25, 50)]
    events = [*seen, story.event(60, "form_submitted")]
    for part in (events[:split], events[split:]):
        story.simulation.journey.advance(part, day(60))
    assert story.total == 15


def test_views_of_another_device_that_turn_up_later_count_with_their_own_dates():
    story = Story().as_lead().on(5, "newsletter_subscribed")
    seen = story.event(2, "page_viewed", page="case_study", anonymous=True)
    story.deliver(seen, story.event(6, "email_clicked"), on=6)
    assert next(c for c in story.contributions if c.rule == "P2").at == day(2)
    assert story.state.now == day(6)


def test_nothing_happens_when_nothing_is_due():
    story = Story().as_lead()
    decided = story.simulation.journey.advance((), day(0.001))
    assert (decided.entries, decided.actions) == ([], [])


def test_a_journey_before_its_first_event_waits_for_nothing():
    story = Story()
    assert story.simulation.journey.next_wakeup is None
    assert story.simulation.journey.advance((), day(500)).entries == []
