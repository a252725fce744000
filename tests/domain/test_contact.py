"""Whether a lead may be contacted, and what is not sent when it may not."""

from __future__ import annotations

import pytest

from tests.domain.story import Story, day

ENDS = {"unsubscribed": "unsubscribed", "email_bounced": "bounced", "email_spam_reported": "reported_spam"}


@pytest.mark.parametrize(("kind", "reason"), ENDS.items())
def test_contact_ends_with_the_reason_and_the_date(kind, reason):
    contact = Story().as_lead().on(3, kind).state.contact
    assert (contact.allowed, contact.reason, contact.since) == (False, reason, day(3))


@pytest.mark.parametrize("kind", ENDS)
def test_no_mail_leaves_afterwards_whatever_happens(kind):
    story = Story().as_lead(persona="cfo").on(0, kind)
    story.on(1, "demo_requested").on(2, "lead_returned", reason="not_ready").on(3, "quote_requested")
    assert story.until(200).mails == []


def test_a_confirmation_that_was_not_sent_is_on_the_timeline():
    story = Story().as_lead().on(0, "unsubscribed").on(1, "demo_requested")
    assert story.said("contact") == ["No more mail: unsubscribed", "Not sent: demo-confirmation"]


def test_sales_is_told_all_the_same():
    story = Story().as_lead().on(0, "unsubscribed").on(1, "demo_requested")
    assert story.performed("slack.alert") == ["hot-lead"]


def test_an_address_that_does_not_work_outlasts_an_unsubscription_which_a_person_can_take_back():
    story = Story().as_lead().on(1, "unsubscribed").on(2, "email_bounced").on(3, "unsubscribed")
    assert story.state.contact.reason == "bounced"
    assert story.said("contact") == ["No more mail: unsubscribed", "No more mail: bounced"]


def test_a_lead_that_asks_in_the_same_breath_as_it_leaves_gets_no_mail():
    story = Story().as_lead()
    story.deliver(story.event(1, "unsubscribed"), story.event(1, "demo_requested"), on=1)
    assert "demo-confirmation" not in story.mails
    assert len(story.until(60).mails) == 1, "only what was sent on the days before"


def test_a_lead_that_is_recycled_is_not_enrolled():
    story = Story().as_mql().on(1, "unsubscribed").on(2, "lead_returned", reason="not_ready")
    assert story.state.enrolment is None


def test_a_lead_may_be_contacted_until_something_ends_it():
    assert Story().as_lead().on(1, "email_opened").state.contact.allowed
