"""Consent, topics, double opt-in, and machines that open and click."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.domain.story import Story
from tests.domain.variants import any_time

ASKED = {"topic": None, "basis": "preferences"}


def test_a_lead_that_wants_no_more_of_a_topic_gets_the_others():
    policy = any_time(nurture={"finance": {"topic": "finance"}})
    story = Story(policy).as_lead(persona="cfo").on(2, "unsubscribed", topic="finance").until(60)
    assert story.mails == ["roi-study"]
    assert story.state.contact.allowed
    assert story.simulation.journey.view()["contact"]["topics_off"] == ["finance"]
    asked = story.on(61, "demo_requested")
    assert asked.mails[-1] == "demo-confirmation"


def test_who_asks_for_mail_again_from_a_mail_of_ours_gets_it_again():
    story = (
        Story(any_time())
        .as_lead(persona="cfo")
        .on(2, "unsubscribed")
        .on(3, "consent_given", basis="preferences")
    )
    assert story.state.contact.allowed
    assert story.until(60).mails[0] == "roi-study"
    assert len(story.mails) > 1


@pytest.mark.parametrize("basis", ["form", "import", "contract"])
def test_nobody_else_can_take_an_unsubscription_back(basis):
    story = Story().as_lead().on(2, "unsubscribed").on(3, "consent_given", basis=basis)
    assert not story.state.contact.allowed


@pytest.mark.parametrize("gone", ["email_bounced", "email_spam_reported"])
def test_an_address_that_bounced_or_complained_is_not_asked_for_by_any_consent(gone):
    story = Story().as_lead().on(2, gone).on(3, "consent_given", basis="preferences")
    assert not story.state.contact.allowed


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_word_counts_whatever_comes_first(order):
    """Unsubscribed on the 1st day, asked again on the 2nd, unsubscribed on the 3rd: heard in any order."""
    story = Story().as_lead()
    said = [("unsubscribed", {}), ("consent_given", {"basis": "preferences"}), ("unsubscribed", {})]
    for place in order:
        story.deliver(story.event(place + 1, said[place][0], **said[place][1]), on=9)
    assert not story.state.contact.allowed


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_wish_that_is_newer_than_the_unsubscription_wins_in_any_order(order):
    story = Story().as_lead()
    said = [("unsubscribed", {}), ("consent_given", {"basis": "preferences"})]
    for place in order:
        story.deliver(story.event(place + 1, said[place][0], **said[place][1]), on=9)
    assert story.state.contact.allowed


def test_a_policy_may_nurture_only_who_agreed():
    policy = any_time(consent={"required": True})
    assert Story(policy).as_lead().until(60).mails == []
    agreed = Story(policy).as_lead().on(1, "consent_given", basis="form").until(60)
    assert agreed.mails[0] == "welcome"
    assert agreed.simulation.journey.view()["contact"]["consent"]["basis"] == "form"


def test_with_double_opt_in_consent_counts_once_it_is_confirmed():
    policy = any_time(consent={"required": True, "double_opt_in": True})
    story = Story(policy).as_lead().on(1, "consent_given", basis="form").until(30)
    assert story.mails == ["confirm-subscription"]
    assert story.simulation.actions[-1].facts["one_off"] is True
    story.on(31, "consent_given", basis="double_opt_in").until(33)
    assert story.mails == ["confirm-subscription", "welcome"]


def test_who_agrees_twice_is_asked_to_confirm_once():
    policy = any_time(consent={"double_opt_in": True})
    story = Story(policy).as_lead().on(1, "consent_given").on(2, "consent_given").until(30)
    assert story.mails == ["confirm-subscription"]


def test_a_machines_opens_and_clicks_score_nothing_and_bring_nothing_forward():
    story = Story(any_time()).as_lead(persona="cfo").until(1)
    planned, total = story.enrolment.next_at, story.total
    story.on(2, "email_clicked", content="roi-study", machine=True).on(2, "email_opened", machine=True)
    assert (story.total, story.enrolment.next_at) == (total, planned)
    assert "Email clicked by a machine" in story.said("event")


def test_a_click_within_seconds_of_the_delivery_is_a_machines():
    story = Story(any_time()).as_lead(persona="cfo").until(1)
    key, total = "lead:ada:nurture.finance.1:1", story.total
    second = 1 / 86_400
    arrived, soon, later = (
        story.event(1.1, "email_delivered", key=key),
        story.event(1.1 + 2 * second, "email_clicked", key=key),
        story.event(1.1 + 60 * second, "email_clicked", key=key),
    )
    story.deliver(arrived, soon, on=1.2)
    assert story.total == total
    story.deliver(later, on=1.3)
    assert story.total > total
