"""What changes under a sequence that is under way: permission, policy, hours, and who has clicked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import ActionResult, Outcome
from leadworkflows.domain.sending import due_time
from leadworkflows.domain.spans import Span
from leadworkflows.domain.state import JourneyState
from tests.domain.story import START, Story, day
from tests.domain.test_policy_change import Change
from tests.domain.variants import DEFAULT, any_time, variant

HOT = ("finance", "acceleration")
ALERT = {"slack.alert": {"channel": "#sales", "template": "new-mql"}}


def in_hours(steps, sending=None, **enrolment):
    """A policy whose default sequence is this one, in the default policy's hours."""
    policy = variant(
        nurture={"mine": {"steps": steps}},
        sending={"cap": None, "after_one_off": "0s", **(sending or {})},
        enrolment={"default": "mine", "hot": None, **enrolment},
    )
    return policy.model_copy(update={"personas": {}})


def test_a_mail_in_place_of_another_action_waits_for_its_hours_and_then_leaves():
    steps = [{"after": "20h", "do": ALERT, "when": {"country": "FR"}, "otherwise": "guide"}]
    story = Story(in_hours(steps)).as_lead(country="DE").until(5)
    (mail,) = story.simulation.actions
    assert mail.params["content"] == "guide"
    assert 8 <= (mail.decided_at + timedelta(hours=1)).hour < 18, "in Berlin"


def test_a_mail_written_as_an_action_keeps_to_hours_and_counts_for_the_cap():
    story = Story(in_hours([{"after": "20h", "do": {"email.send": {"content": "guide"}}}]))
    story.as_lead(country="DE").until(5)
    (mail,) = story.simulation.actions
    assert 8 <= (mail.decided_at + timedelta(hours=1)).hour < 18, "in Berlin"
    assert story.state.mails == [mail.decided_at]


def test_a_click_never_puts_the_next_step_off():
    """The time that is left may end in a quiet night, and its place in the morning lie behind the old one."""
    steps = [{"after": "1d", "content": "guide"}, {"after": "5d", "content": "welcome"}]
    policy = in_hours(steps, {"spread": "4h"}, click_factor=0.9)
    for hours in range(0, 168, 3):
        story = Story(policy).as_lead(hours / 24).until(hours / 24 + 4)
        if story.enrolment.step == 1:
            planned = story.enrolment.next_at
            story.on(hours / 24 + 4.2, "email_clicked", content="guide")
            assert story.enrolment.next_at <= planned


def test_a_better_sequence_waits_too_while_a_provider_keeps_a_mail_of_the_last_one():
    story = Story(any_time(enrolment={"hot": "acceleration"})).as_mql(seniority="vp", persona="cfo")
    journey, (waits, first) = story.simulation.journey, (f"lead:ada:nurture.{n}.1:1" for n in HOT)
    while waits not in story.state.pending and journey.next_wakeup:
        journey.advance((), journey.next_wakeup)
    journey.advance([story.event(2.1, "form_submitted", form="contact")], day(2.1))
    assert story.enrolment.sequence == "acceleration"
    while journey.next_wakeup and journey.next_wakeup < day(5):
        journey.advance((), journey.next_wakeup)
    assert first not in story.state.pending
    journey.settle([ActionResult(key=waits, outcome=Outcome.CONFIRMED)], day(5))
    assert story.until(8).mails[-1] == "diagnostic-15"


def test_a_scanner_reaches_no_goal():
    policy = any_time(nurture={"finance": {"goal": ["email_clicked"]}})
    story = Story(policy).as_lead(persona="cfo").on(2, "email_clicked", machine=True)
    assert story.enrolment.sequence == "finance"
    assert story.on(3, "email_clicked").state.enrolment is None


def test_who_comes_back_goes_on_where_the_sequence_was_left():
    story = Story(any_time()).as_lead(persona="cfo").on(2, "unsubscribed")
    story.on(3, "consent_given", basis="preferences").until(60)
    assert [key for key in story.keys if "finance" in key] == [
        f"lead:ada:nurture.finance.{step}:1" for step in (1, 2, 3)
    ], "a key that was settled would be answered by what became of it then"


def test_a_sequence_that_may_not_begin_again_stays_done():
    policy = any_time(
        nurture={
            "mine": {
                "steps": [{"after": "1d", "content": "guide"}],
                "topic": "x",
                "reenter": {"after": "30d"},
            }
        },
        enrolment={"default": "mine"},
    ).model_copy(update={"personas": {}})
    story = Story(policy).as_lead().on(20, "unsubscribed", topic="x")
    story.on(50, "consent_given", topic="x", basis="preferences").until(100)
    assert story.keys == ["lead:ada:nurture.mine.1:1"]


def test_a_policy_that_asks_for_consent_stops_the_mails_of_those_who_gave_none():
    story = Change(variant(name="strict", consent={"required": True}))
    story.as_lead(persona="cfo").changes(0.5).until(30)
    assert story.mails == []
    assert story.entries("nurture")[-1].why == ["no consent"]
    assert story.on(31, "consent_given", basis="form").until(60).mails[0] == "roi-study"


def test_consent_to_a_topic_is_no_consent_to_another():
    policy = any_time(consent={"required": True}, nurture={"finance": {"topic": "finance"}})
    story = (
        Story(policy).as_lead(persona="cfo").on(1, "consent_given", basis="form", topic="webinars").until(30)
    )
    assert story.mails == []
    assert story.on(31, "consent_given", basis="form", topic="finance").until(33).mails == ["roi-study"]


def test_who_could_not_be_asked_to_confirm_is_not_taken_for_asked():
    policy = any_time(consent={"required": True, "double_opt_in": True})
    story = Story(policy).as_lead().on(1, "unsubscribed").on(2, "consent_given", basis="form")
    consent = story.state.contact.consent
    assert consent
    assert not consent.asked
    story.on(3, "consent_given", basis="preferences").until(30)
    assert story.mails[0] == "welcome", "whoever uses the page reads the address"


@pytest.mark.parametrize(("kind", "allowed"), [("unsubscribed", False), ("email_bounced", True)])
def test_what_a_merged_lead_said_about_mail_holds_and_its_bounce_does_not(kind, allowed):
    story = Story(any_time()).as_lead().on(1, kind, anonymous=True)
    assert story.state.contact.allowed is allowed


def test_the_consent_of_a_merged_lead_counts():
    policy = any_time(consent={"required": True})
    story = Story(policy).as_lead().on(1, "consent_given", basis="form", anonymous=True)
    assert story.on(2, "page_viewed", page="product").until(5).mails == ["welcome"]


def test_topics_without_end_leave_no_journey_without_end():
    story = Story(any_time()).as_lead()
    for number in range(110):
        story.on(1, "unsubscribed", topic=f"t{number}").on(1, "consent_given", topic=f"t{number}")
    contact = story.state.contact
    assert contact.consent is not None
    assert (len(contact.topics_off), len(contact.consent.about)) == (100, 100)
    assert "t109" in contact.topics_off


def test_a_wait_is_never_stretched_beyond_the_longest():
    assert Span.model_validate("3000d").times(10).seconds == 10 * 366 * 86_400


def test_a_journey_that_an_earlier_release_stored_goes_on():
    """As 0.1.0 wrote it: without consent, visits, due and what came with them."""
    story = Story(any_time()).as_lead(persona="cfo").until(2)
    kept = json.loads(story.state.model_dump_json())
    new = set(JourneyState.model_fields) & {"reentry", "left_at", "mails", "last_asked_mail", "delivered"}
    for name in new:
        del kept[name]
    kept["contact"] = {name: kept["contact"][name] for name in ("allowed", "reason", "since")}
    old = ("sequence", "pass_", "step", "next_at", "last_step_at", "clicked")
    kept["enrolment"] = {name: kept["enrolment"][name] for name in old}
    story.simulation.journey.state = JourneyState.model_validate(kept)
    assert story.simulation.journey.next_wakeup == story.enrolment.next_at


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOWS = st.dictionaries(
    st.sampled_from(DAYS),
    st.sampled_from(["08:00-18:00", "22:00-02:00", "02:30-03:10", "23:59-24:00"]),
    min_size=1,
)
ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Africa/Cairo",
    ]
)


@given(
    hours=WINDOWS, zone=ZONES, base=st.integers(0, 400 * 24 * 60),
    sent=st.lists(st.integers(-20_000, 0), max_size=12), asked=st.none() | st.integers(-20_000, 0),
    cap=st.none() | st.tuples(st.integers(1, 5), st.sampled_from(["1h", "7d", "30d"])),
    quiet=st.sampled_from(["0s", "1d", "9d"]), spread=st.sampled_from(["0s", "30m", "6h", "3d"]),
)  # fmt: skip
def test_no_due_time_breaks_a_rule(hours, zone, base, sent, asked, cap, quiet, spread):
    changes = {"cap": cap and {"mails": cap[0], "within": cap[1]}, "after_one_off": quiet, "spread": spread}
    policy = variant(sending=changes)
    sending = policy.sending.model_validate({**policy.sending.model_dump(by_alias=True), "hours": hours})
    policy = policy.model_copy(update={"sending": sending})
    earliest = START + timedelta(minutes=base)
    state = JourneyState(
        lead_id="ada", policy_id=DEFAULT.id, profile={"time_zone": zone},
        mails=sorted(earliest + timedelta(minutes=each) for each in sent),
        last_asked_mail=None if asked is None else earliest + timedelta(minutes=asked),
    )  # fmt: skip
    at = due_time(state, policy, earliest, "x").at
    assert at >= earliest
    assert WorkCalendar(zone=zone, week=sending.week).works_at(at)
    assert state.last_asked_mail is None or at >= state.last_asked_mail + sending.after_one_off.delta
    if sending.cap:
        assert sum(each > at - sending.cap.within.delta for each in state.mails) < sending.cap.mails
    assert due_time(state, policy, at, "x").at == at, "computed again when it is due, it is due"
