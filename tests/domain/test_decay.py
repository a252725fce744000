"""P6: what silence takes, never below 0."""

from __future__ import annotations

import pytest

from tests.domain.story import Story, day
from tests.domain.variants import variant


def quiet(points: int = 50) -> Story:
    """A lead with so many points on the first day, then silence."""
    rules = [{"id": "G", "on": "trial_started", "points": points, "group": "online"},
             {"id": "O", "on": "email_opened", "points": 1, "group": "email"}]  # fmt: skip
    return Story(variant(scoring=rules)).as_lead().on(0, "trial_started")


@pytest.mark.parametrize(
    ("number", "total"), [(29.9, 50), (30.1, 40), (59.9, 40), (60.1, 30), (151, 0), (400, 0)]
)
def test_each_thirty_days_of_silence_take_ten_points(number, total):
    assert quiet().until(number).total == total


def test_the_score_stops_at_zero():
    story = quiet(25).until(400)
    assert [c.points for c in story.contributions] == [25, -10, -10, -5]


def test_the_loss_is_dated_on_the_day_it_falls_due_and_names_its_rule():
    (loss,) = (c for c in quiet().until(31).contributions if c.points < 0)
    assert (loss.rule, loss.at - day(30) < day(0.01) - day(0)) == ("P6", True)


def test_a_new_act_begins_the_silence_anew():
    story = quiet().on(29, "page_viewed", page="blog")
    assert story.until(58.9).total == 50
    assert story.until(59.1).total == 40


def test_an_act_on_the_very_day_comes_first():
    story = Story(variant(scoring=[{"id": "G", "on": "trial_started", "points": 50, "group": "online"}]))
    story.on(0, "trial_started").on(30, "page_viewed", page="blog")
    assert story.total == 50


@pytest.mark.parametrize("signal", ["email_opened", "email_clicked", "email_delivered", "facts_updated"])
def test_what_machines_do_does_not_break_the_silence(signal):
    story = quiet().on(29, signal)
    before = story.total
    assert story.until(30.1).total == before - 10


def test_contact_with_sales_breaks_the_silence():
    story = quiet().on(29, "contact_made")
    assert story.until(30.1).total == 50


def test_a_late_event_counts_on_its_own_date():
    story = quiet().until(40)
    assert story.total == 40
    story.deliver(story.event(25, "page_viewed", page="blog"), on=41)
    assert story.until(54.9).total == 50
    assert story.until(55.1).total == 40


def test_an_event_older_than_the_last_one_changes_nothing():
    story = quiet().on(20, "page_viewed", page="blog")
    story.deliver(story.event(5, "page_viewed", page="blog"), on=21)
    assert story.until(49.9).total == 50
    assert story.until(50.1).total == 40


def test_silence_while_there_was_nothing_to_take_takes_nothing_later():
    story = quiet(10).until(300)
    assert story.total == 0
    story.on(300, "email_opened")
    assert story.total == 1
    assert story.until(329.9).total == 1
    assert story.until(331).total == 0


def test_silence_counts_from_before_the_lead_had_a_name():
    rules = [{"id": "G", "on": "page_viewed", "points": 25, "group": "online"}]
    story = Story(variant(scoring=rules))
    seen = story.event(0, "page_viewed", page="blog", anonymous=True)
    story.deliver(seen, story.event(65, "newsletter_subscribed"), on=65)
    assert [c.points for c in story.contributions] == [25, -10, -10]
    assert [c.at for c in story.contributions[1:]] == [day(30), day(60)]
    assert story.until(94).total == 5


def test_fit_does_not_decay():
    story = Story().as_lead(seniority="director").on(0, "page_viewed", page="product").until(400)
    assert [(c.rule, c.points) for c in story.contributions] == [
        ("F1", 2), ("P13.product_page", 3), ("P6", -3)
    ]  # fmt: skip


def test_an_mql_stays_one_when_silence_takes_it_below_its_threshold():
    story = Story().as_mql().until(61)
    assert (story.total, story.stage) == (90, "mql.open")


def test_a_running_deal_does_not_decay():
    story = Story().as_opportunity(0).on(0, "contact_made")
    points = story.total
    assert story.until(200).total == points


def test_a_policy_without_decay_takes_nothing():
    story = Story(variant(decay={"points": 0})).as_mql().until(400)
    assert story.total == 110


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
@pytest.mark.parametrize(
    ("acts", "losses"),
    [((-40, -20), 0), ((-70, -50, -25, -1), 0), ((-100, -35), 3), ((-100, -50, -10), 2), ((-65,), 2)],
)
def test_silence_is_what_lies_between_acts_however_late_they_are_reported(acts, losses, together):
    story = Story()
    reported = [
        story.event(acts[0], "trial_started"),
        *(story.event(on, "page_viewed", page="blog") for on in acts[1:]),
    ]
    for delivery in [reported] if together else [[each] for each in reported]:
        story.deliver(*delivery, on=0.5)
    given = [c.points for c in story.contributions if c.rule == "P6"]
    assert (given, story.total) == ([-10] * losses, 30 - 10 * losses)


def test_an_act_reported_late_gives_back_what_a_silence_took_that_was_none():
    story = quiet().until(65)
    assert story.total == 30
    story.deliver(story.event(20, "page_viewed", page="blog"), on=65)
    assert story.total == 40
    assert story.said("score")[-2:] == [
        "+10 no longer: silence, heard of later",
        "-10 30 days without interaction",
    ]


def test_an_act_reported_late_shortens_a_silence_that_is_over():
    story = quiet().on(70, "page_viewed", page="blog")
    assert story.total == 30
    story.deliver(story.event(15, "page_viewed", page="blog"), on=71)
    assert story.total == 40
