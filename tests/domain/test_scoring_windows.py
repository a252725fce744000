"""Patterns: so many within a span, once a window, whatever the order in which they arrive."""

from __future__ import annotations

from itertools import permutations

import pytest

from leadworkflows.domain.state import JourneyState
from tests.domain.story import Story, day
from tests.domain.variants import variant

PRICING = {"page": "pricing"}


def visits(*days: float) -> Story:
    story = Story().as_lead()
    for number in days:
        story.on(number, "page_viewed", page="pricing")
    return story


@pytest.mark.parametrize(
    ("days", "times"),
    [
        ((1, 2), 0),
        ((1, 2, 3), 1),
        ((1, 4, 8), 1),
        ((1, 4, 8.01), 0),
        ((1, 5, 9, 10), 1),
        ((1, 1.1, 1.2, 2, 3, 4), 1),
        ((1, 1.1, 1.2, 9, 9.1), 1),
        ((1, 1.1, 1.2, 9, 9.1, 9.2), 2),
    ],
)
def test_p1_fires_once_a_window_for_three_visits_within_a_week(days, times):
    assert visits(*days).points("P1") == [30] * times


def test_an_occurrence_belongs_to_one_completed_pattern_only():
    story = Story().as_lead()
    for number in range(1, 6):
        story.on(number, "page_viewed", page="documentation")
    assert story.points("P4") == [25]
    assert len(story.state.score.windows["P4"]) == 1


def test_points_of_a_pattern_are_dated_by_the_visit_that_completes_it():
    story = visits(1, 2, 4)
    assert next(c for c in story.contributions if c.rule == "P1").at == day(4)


@pytest.mark.parametrize("order", list(permutations((1, 2, 4))))
def test_a_pattern_completes_whatever_the_order_of_arrival(order):
    story = Story().as_lead()
    story.deliver(*(story.event(number, "page_viewed", page="pricing") for number in order), on=5)
    (given,) = (c for c in story.contributions if c.rule == "P1")
    assert (given.points, given.at) == (30, day(4))


def test_a_late_visit_fits_only_into_the_week_it_happened_in():
    story = visits(20, 21)
    story.deliver(story.event(10, "page_viewed", page="pricing"), on=22)
    assert story.points("P1") == []
    story.deliver(story.event(19, "page_viewed", page="pricing"), on=23)
    assert story.points("P1") == [30]


@pytest.mark.parametrize("order", [(1, 40, 45), (40, 1, 45), (45, 40, 1), (40, 45, 1)])
def test_p5_counts_once_in_thirty_days_whatever_the_order_of_arrival(order):
    story = Story().as_lead()
    for number in order:
        story.deliver(story.event(number, "form_submitted", states_budget=True), on=50)
    assert story.points("P5") == [40, 40]


def test_p5_counts_again_after_thirty_days():
    story = Story().as_lead().on(1, "form_submitted", states_budget=True)
    assert story.on(30.9, "form_submitted", states_budget=True).points("P5") == [40]
    assert story.on(31, "form_submitted", states_budget=True).points("P5") == [40, 40]


def test_five_pages_within_a_week_are_worth_a_little_at_most_twenty():
    story = Story().as_lead()
    for number in range(60):
        story.on(1 + number, "page_viewed", page="blog")
    assert sum(story.points("P13.repeat_visit")) == 20


def test_a_new_pass_begins_with_empty_windows():
    story = visits(1, 2).on(2, "demo_requested").on(2, "lead_returned", reason="not_ready")
    assert story.on(3, "page_viewed", page="pricing").points("P1") == []


def test_a_thousand_visits_leave_a_compact_state():
    story = Story(variant(scoring=[{"id": "G", "on": "page_viewed", "times": 50, "within": "1h",
                                    "points": 1, "group": "online"}]))  # fmt: skip
    story.as_lead()
    for number in range(1_000):
        story.on(1 + number / 3, "page_viewed", page="blog")
    assert sum(len(seen) for seen in story.state.score.windows.values()) < 150
    assert (
        len(story.state.model_dump_json())
        < len(JourneyState(lead_id="x", policy_id="y").model_dump_json()) + 9_000
    )
