"""Sequences that branch, do other things than mail, reach a goal, begin again, and wait for a provider."""

from __future__ import annotations

from datetime import timedelta

from leadworkflows.domain.decisions import ActionResult, Outcome
from tests.domain.story import Story, day
from tests.domain.variants import any_time

BRANCH = [
    {"after": "1d", "content": "guide"},
    {"after": "2d", "content": "roi-study", "when": {"engagement": "clicked"}, "otherwise": "case-study"},
    {"after": "1d", "content": "webinar", "when": {"engagement": "clicked"}},
    {"after": "1d", "content": "welcome"},
]


def sequence(steps, **more):
    """A policy whose default sequence is this one."""
    policy = any_time(nurture={"mine": {"steps": steps, **more}}, enrolment={"default": "mine"})
    return policy.model_copy(update={"personas": {}})


def test_a_sequence_branches_on_what_the_lead_did_since_the_last_step():
    silent = Story(sequence(BRANCH)).as_lead().until(30)
    assert silent.mails == ["guide", "case-study", "welcome"]
    clicked = Story(sequence(BRANCH)).as_lead().on(1.5, "email_clicked", content="guide").until(30)
    assert clicked.mails == ["guide", "roi-study", "welcome"]
    passed = [what for what in clicked.said("nurture") if "passed over" in what]
    assert passed == ["Step 3 of 4 passed over"]


def test_a_step_may_ask_for_facts_of_the_lead():
    steps = [
        {"after": "1d", "content": "guide", "when": {"country": "DE"}},
        {"after": "1d", "content": "welcome"},
    ]
    assert Story(sequence(steps)).as_lead(country="FR").until(30).mails == ["welcome"]
    assert Story(sequence(steps)).as_lead(country="DE").until(30).mails == ["guide", "welcome"]


def test_a_step_may_be_any_action():
    alert = {"slack.alert": {"channel": "#sales", "template": "new-mql"}}
    story = (
        Story(sequence([{"after": "1d", "do": alert}, {"after": "1d", "content": "welcome"}]))
        .as_lead()
        .until(9)
    )
    assert [(a.name, a.key) for a in story.simulation.actions] == [
        ("slack.alert", "lead:ada:nurture.mine.1:1"), ("email.send", "lead:ada:nurture.mine.2:1")
    ]  # fmt: skip
    assert story.simulation.actions[0].facts["stage"] == "lead"


def test_a_sequence_ends_when_it_has_reached_its_goal():
    policy = sequence(BRANCH, goal=["webinar_registered"])
    story = Story(policy).as_lead().on(2, "webinar_registered").until(60)
    assert story.mails == ["guide"]
    assert story.entries("nurture")[-1].why == ["reached its goal: webinar registered"]


def test_a_sequence_begins_again_after_a_while_as_often_as_the_policy_says():
    policy = sequence([{"after": "1d", "content": "guide"}], reenter={"after": "30d", "times": 2})
    story = Story(policy).as_lead().until(400)
    assert story.keys == [
        "lead:ada:nurture.mine.1:1", "lead:ada:nurture.mine.e2.1:1", "lead:ada:nurture.mine.e3.1:1"
    ]  # fmt: skip
    assert [action.decided_at for action in story.simulation.actions] == [day(1), day(32), day(63)]


def test_a_lead_that_moved_on_meanwhile_does_not_begin_again():
    policy = sequence([{"after": "1d", "content": "guide"}], reenter={"after": "30d"})
    story = Story(policy).as_lead().on(20, "demo_requested").until(100)
    assert "lead:ada:nurture.mine.e2.1:1" not in story.keys
    gone = Story(policy).as_lead().on(20, "unsubscribed").until(100)
    assert gone.keys == ["lead:ada:nurture.mine.1:1"]


def test_a_returned_lead_goes_through_a_sequence_anew_under_its_next_pass():
    story = Story(any_time()).as_mql().on(1, "lead_returned", reason="wrong_profile").until(100)
    assert [key for key in story.keys if "nurture.general.1" in key] == [
        "lead:ada:nurture.general.1:1", "lead:ada:nurture.general.1:2"
    ]  # fmt: skip


def test_a_hot_mql_leaves_its_sequence_for_offers_that_shorten_the_way():
    story = Story(any_time(enrolment={"hot": "acceleration"})).as_mql(seniority="vp", persona="cfo")
    story.on(0.5, "form_submitted", form="contact")
    assert story.state.priority
    assert story.enrolment.sequence == "acceleration"
    assert story.until(30).mails[-3:] == ["diagnostic-15", "pilot", "expert-call"]


def waiting(story: Story) -> str:
    """The provider does not answer: the first step is decided and stays under way."""
    journey = story.simulation.journey
    decided = journey.advance((), journey.next_wakeup or day(0))
    (action,) = decided.actions
    return action.key


def test_a_sequence_waits_for_a_step_that_cannot_leave_and_then_keeps_its_distance():
    story = Story(any_time()).as_lead(persona="cfo")
    key, journey = waiting(story), story.simulation.journey
    for hours in range(1, 24 * 14):
        assert journey.advance((), day(1) + timedelta(hours=hours)).actions == []
    ended = day(15)
    journey.settle([ActionResult(key=key, outcome=Outcome.CONFIRMED)], ended)
    assert story.enrolment.next_at == ended + timedelta(days=5)
    assert story.until(20.5).mails[-1:] == ["roi-analysis"]


def test_nobody_leaves_a_sequence_because_a_mail_failed():
    story = Story(any_time()).as_lead(persona="cfo")
    key = waiting(story)
    story.simulation.journey.settle([ActionResult(key=key, outcome=Outcome.FAILED)], day(1.01))
    assert story.until(30).mails == ["roi-analysis", "customer-case"]
