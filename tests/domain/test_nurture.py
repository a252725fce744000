"""Nurture: who gets which sequence, at whose rhythm, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadworkflows.domain.conditions import holds
from leadworkflows.domain.lifecycle import Stage
from tests.domain.story import Story as AnyStory
from tests.domain.story import day
from tests.domain.variants import ANY_TIME, DEFAULT, any_time, variant


def Story(policy=ANY_TIME):  # noqa: N802 - a story whose mails leave when the sequence says
    return AnyStory(policy)


SEQUENCES = {
    "cfo": ("N1", "finance", ["roi-study", "roi-analysis", "customer-case"]),
    "technical_director": (
        "N2", "technical", ["technical-sheet", "technical-documentation", "technical-workshop"]
    ),
    "marketing_manager": ("N3", "marketing", ["practical-guide", "sector-case-study", "expert-webinar"]),
    "sales_director": ("N4", "sales", ["sales-guide", "case-study", "phone-diagnostic"]),
    None: ("N5", "general", ["welcome", "guide", "case-study"]),
    "gardener": ("N5", "general", ["welcome", "guide", "case-study"]),
}  # fmt: skip
STEPS_OF_FINANCE = [f"lead:ada:nurture.finance.{step}:1" for step in (1, 2, 3)]


@pytest.mark.parametrize(("persona", "sequence"), SEQUENCES.items())
def test_n1_to_n5_each_persona_has_its_sequence(persona, sequence):
    id_, name, contents = sequence
    story = Story().as_lead(persona=persona)
    assert story.enrolment.sequence == name
    assert story.entries("nurture")[0].why[0] == id_
    assert story.until(60).mails == contents
    assert story.state.enrolment is None


@pytest.mark.parametrize(
    ("industry", "variant_"),
    [("manufacturing", "manufacturing"), ("fintech", "fintech"), ("construction", None)],
)
def test_n3_content_is_chosen_by_persona_then_by_industry(industry, variant_):
    story = Story().as_lead(persona="marketing_manager", industry=industry).until(60)
    (study,) = (a for a in story.simulation.actions if a.params["content"] == "sector-case-study")
    assert study.params.get("variant") == variant_


def test_steps_follow_the_spans_of_the_policy():
    story = Story().as_lead(persona="cfo").until(1)
    assert story.mails == ["roi-study"]
    assert story.on(2, "page_viewed", page="blog").until(5.99).mails == ["roi-study"]
    assert story.until(6).mails == ["roi-study", "roi-analysis"]
    assert story.on(7, "page_viewed", page="blog").until(12.99).mails == ["roi-study", "roi-analysis"]
    assert story.until(13).mails == ["roi-study", "roi-analysis", "customer-case"]


def test_silence_slows_the_next_step():
    story = Story().as_lead(persona="cfo").until(6)
    assert story.enrolment.next_at == day(6) + 1.5 * timedelta(days=7)


def test_the_first_mail_leaves_the_rhythm_as_it_is():
    story = Story().as_lead(persona="cfo").until(1)
    assert story.enrolment.next_at == day(6)


def test_a_lead_that_acts_keeps_its_rhythm():
    story = Story().as_lead(persona="cfo").on(3, "page_viewed", page="blog").until(6)
    assert story.enrolment.next_at == day(13)


def test_a_click_brings_the_next_step_forward_by_half_of_the_wait():
    story = Story().as_lead(persona="cfo").on(2, "email_clicked")
    assert story.enrolment.next_at == day(4)
    assert story.said("nurture")[-1] == "Next step brought forward"


def test_a_second_click_on_the_same_step_changes_nothing():
    story = Story().as_lead(persona="cfo").on(2, "email_clicked").on(3, "email_clicked")
    assert story.enrolment.next_at == day(4)


def test_each_step_can_be_brought_forward_once():
    story = Story().as_lead(persona="cfo").on(2, "email_clicked").until(4).on(5, "email_clicked")
    assert story.enrolment.next_at == day(8)


def test_a_click_is_not_silence():
    story = Story().as_lead(persona="cfo").until(1).on(4, "email_clicked").until(5)
    assert story.mails == ["roi-study", "roi-analysis"]
    assert story.enrolment.next_at == day(5) + timedelta(days=7)


def test_an_open_is_neither_a_click_nor_an_act():
    story = Story().as_lead(persona="cfo").until(1).on(2, "email_opened")
    assert story.enrolment.next_at == day(6)
    assert story.until(6).enrolment.next_at == day(6) + 1.5 * timedelta(days=7)


def test_a_policy_without_rhythm_keeps_to_its_spans():
    policy = any_time(enrolment={"click_factor": 1.0, "silence_factor": 1.0})
    story = Story(policy).as_lead(persona="cfo").on(2, "email_clicked").until(6)
    assert story.enrolment.next_at == day(13)


def test_a_lead_in_the_default_sequence_changes_to_its_personas_once_it_is_known():
    story = Story().as_lead().until(1)
    assert story.mails == ["welcome"]
    story.on(2, "facts_updated", persona="cfo")
    assert story.enrolment.sequence == "finance"
    assert story.until(60).mails == ["welcome", *SEQUENCES["cfo"][2]]


def test_a_lead_in_a_personas_sequence_stays_there():
    story = Story().as_lead(persona="cfo").until(1).on(2, "facts_updated", persona="technical_director")
    assert story.enrolment.sequence == "finance"


def test_a_finished_sequence_is_not_begun_again():
    story = Story().as_lead(persona="cfo").until(60).on(61, "page_viewed", page="blog")
    assert story.state.enrolment is None
    assert [key for key in story.keys if "nurture" in key] == STEPS_OF_FINANCE


def test_a_sequence_left_for_a_better_one_is_not_begun_again():
    story = Story().as_lead().until(1).on(2, "facts_updated", persona="cfo").until(60)
    story.on(61, "facts_updated", persona="gardener").until(120)
    assert story.state.enrolment is None
    assert len(story.keys) == len(set(story.keys))


@pytest.mark.parametrize(
    ("end", "facts"),
    [
        ("demo_requested", {}),
        ("unsubscribed", {}),
        ("email_bounced", {}),
        ("email_spam_reported", {}),
        ("lead_disqualified", {"reason": "student"}),
        ("facts_updated", {"industry": "education"}),
    ],
    ids=str,
)
def test_a_sequence_ends_with_sql_unsubscribing_a_bounce_spam_or_disqualification(end, facts):
    story = Story().as_lead(persona="cfo").until(1).on(2, end, **facts)
    assert story.state.enrolment is None
    assert [key for key in story.until(90).keys if "nurture" in key] == STEPS_OF_FINANCE[:1]


@pytest.mark.parametrize("stage", [Stage.LEAD, Stage.MQL])
def test_nurture_goes_on_while_marketing_has_the_lead(stage):
    assert Story().in_stage(stage).state.enrolment


def test_a_sequence_goes_on_while_sales_has_accepted_the_lead():
    assert Story().as_sal().enrolment.sequence == "general"


@pytest.mark.parametrize("stage", [Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER, Stage.DISQUALIFIED])
def test_no_sequence_runs_in_a_stage_that_ends_it(stage):
    assert Story().in_stage(stage).state.enrolment is None


def test_a_policy_may_end_a_sequence_earlier():
    policy = variant(nurture={"general": {"stop_on": ["mql"]}})
    assert Story(policy).as_lead().state.enrolment
    assert Story(policy).as_mql().state.enrolment is None


def test_a_policy_cannot_let_a_sequence_run_on_into_sql():
    policy = variant(nurture={"general": {"stop_on": []}})
    assert Story(policy).as_lead().on(1, "demo_requested").state.enrolment is None


@pytest.mark.parametrize(
    ("reason", "sequence"),
    [("incomplete_data", "complete-profile"), ("wrong_profile", "general"), ("not_ready", "finance")],
)
def test_a_returned_lead_enters_the_sequence_of_its_reason(reason, sequence):
    story = Story().as_mql(persona="cfo").on(1, "lead_returned", reason=reason)
    assert (story.enrolment.sequence, story.enrolment.pass_) == (sequence, 2)


def test_a_lead_that_did_not_answer_gets_a_fresh_start():
    story = Story().as_sql(persona="cfo").on(1, "contact_attempted").until(23)
    assert story.enrolment.sequence == "fresh-start"


def test_a_lost_deal_enters_the_sequence_of_the_persona():
    story = Story().as_opportunity(persona="cfo").on(1, "deal_lost", reason="price")
    assert story.enrolment.sequence == "finance"


def test_a_new_pass_may_send_the_same_sequence_again_under_keys_of_its_own():
    story = Story().as_lead(persona="cfo").until(60).on(61, "demo_requested")
    story.on(62, "lead_returned", reason="not_ready").until(120)
    assert [key for key in story.keys if "nurture" in key] == [
        *STEPS_OF_FINANCE, *(key[:-1] + "2" for key in STEPS_OF_FINANCE)
    ]  # fmt: skip


def test_an_overdue_step_leaves_once_and_the_next_keeps_its_distance():
    story = Story().as_lead(persona="cfo")
    story.simulation.journey.advance((), day(20))
    assert list(story.state.pending) == STEPS_OF_FINANCE[:1]
    assert story.enrolment.next_at == day(25)


@pytest.mark.parametrize("kind", ["unsubscribed", "demo_requested"])
def test_what_happened_while_we_were_away_goes_before_an_overdue_step(kind):
    story = Story().as_lead(persona="cfo")
    story.simulation.journey.advance([story.event(19.99, kind)], day(20))
    assert not [key for key in story.state.pending if "nurture" in key]


def test_a_step_says_what_it_is_in_the_temporal_ui():
    story = Story().as_lead(persona="cfo").until(1)
    assert story.simulation.actions[-1].summary == "Nurture 1 of 3: roi-study"


def test_every_sequence_of_the_default_policy_can_be_walked_to_its_end():
    for name, sequence in DEFAULT.nurture.items():
        story = Story(any_time(enrolment={"default": name})).as_lead().until(300)
        mails = [
            step.content if holds(step.when, {"engagement": "silent"}.get) else step.otherwise
            for step in sequence.steps
        ]
        assert story.mails == [mail for mail in mails if mail]
