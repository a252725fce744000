"""Every move T1 to T12: what causes it, what it needs, what refuses it."""

from __future__ import annotations

import pytest

from leadworkflows.domain.lifecycle import OPEN_STAGES, Stage
from tests.domain.story import Story, day
from tests.domain.variants import variant

STAGES = list(Stage)
COMMANDS: dict[str, dict[str, str]] = {
    "lead_accepted": {},
    "lead_returned": {"reason": "not_ready"},
    "opportunity_opened": {},
    "deal_won": {},
    "deal_lost": {"reason": "price"},
    "lead_disqualified": {"reason": "student"},
    "lead_reopened": {},
}
ALLOWED = {
    "lead_accepted": {Stage.MQL},
    "lead_returned": {Stage.MQL, Stage.SAL, Stage.SQL},
    "opportunity_opened": set(),
    "deal_won": {Stage.OPPORTUNITY},
    "deal_lost": {Stage.OPPORTUNITY},
    "lead_disqualified": OPEN_STAGES,
    "lead_reopened": {Stage.DISQUALIFIED},
}


def test_a_named_visitor_is_a_lead():
    story = Story().as_lead()
    assert story.stage == "lead"
    assert story.said("stage") == ["Lead"]


def test_t1_a_lead_qualifies_when_its_score_reaches_the_threshold():
    story = Story().on(0, "form_submitted", states_budget=True).on(0, "trial_started")
    story.on(0, "page_viewed", page="case_study")
    assert (story.total, story.stage) == (90, "lead")
    story.on(0, "page_viewed", page="case_study")
    assert (story.total, story.stage, story.moves) == (110, "mql.open", ["T1"])


def test_t1_exactly_the_threshold_is_enough():
    policy = variant(segments={"everyone-else": {"mql_at": 90}})
    story = Story(policy).on(0, "form_submitted", states_budget=True).on(0, "trial_started")
    assert story.on(0, "page_viewed", page="case_study").stage == "mql.open"


def test_t1_says_score_and_threshold():
    why = Story().as_mql().entries("stage")[-1].why
    assert why == ["T1", "score 110, threshold 100 (everyone-else)"]


def test_t1_a_recycled_lead_qualifies_again_by_what_it_does_after_its_return():
    story = Story().as_mql().on(1, "lead_returned", reason="not_ready")
    assert (story.stage, story.total) == ("recycled", 0)
    story.on(20, "page_viewed", page="case_study")
    assert story.stage == "recycled"
    story.as_mql(21)
    assert story.stage == "mql.open"


def test_t2_sales_accepts_an_mql_and_owns_it():
    story = Story().as_mql().on(0, "lead_accepted", by="rep-1")
    assert (story.stage, story.state.owner, story.moves[-1]) == ("sal", "rep-1", "T2")


def test_t2_accepting_leaves_a_lead_with_its_owner():
    story = Story().as_mql().on(0, "lead_claimed", by="rep-2").on(0, "lead_accepted", by="rep-1")
    assert story.state.owner == "rep-2"


@pytest.mark.parametrize("asks", ["demo_requested", "quote_requested", "meeting_booked"])
@pytest.mark.parametrize("stage", [Stage.LEAD, Stage.RECYCLED, Stage.MQL, Stage.SAL])
def test_t3_asking_for_sales_makes_an_sql_at_once(stage, asks):
    story = Story().in_stage(stage).on(1, asks)
    assert (story.stage, story.moves[-1]) == ("sql.attempting_contact", "T3")


def test_t3_the_score_does_not_matter():
    story = Story().on(0, "demo_requested")
    assert (story.total, story.stage, story.moves) == (0, "sql.attempting_contact", ["T3"])


@pytest.mark.parametrize("stage", [Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER])
def test_t3_asking_again_moves_nothing_and_sales_is_told(stage):
    story = Story().in_stage(stage)
    before, moves = story.performed("slack.alert"), story.moves
    story.on(1, "quote_requested")
    assert story.moves == moves
    assert story.performed("slack.alert") == [*before, "repeat-request"]


def test_t3_each_repeated_request_is_told_once():
    channels = [{"slack.alert": {"channel": name}} for name in ("#a", "#b")]
    policy = variant(repeated_request=channels)
    story = Story(policy).as_sql().on(1, "demo_requested").on(2, "demo_requested")
    assert len(story.keys) == len(set(story.keys))
    assert len([key for key in story.keys if ":again." in key]) == 4


def test_t3_a_disqualified_lead_that_asks_stays_out_and_the_timeline_says_so():
    story = Story().in_stage(Stage.DISQUALIFIED).on(1, "demo_requested")
    assert story.stage == "disqualified"
    assert story.said("refused") == ["Demo requested, but the lead is disqualified"]
    assert story.performed("slack.alert") == []


@pytest.mark.parametrize("stage", [Stage.MQL, Stage.SAL])
def test_t4_pricing_three_times_within_a_week_makes_an_sql(stage):
    story = Story().in_stage(stage)
    for number in (1, 3, 8):
        assert story.state.stage is stage
        story.on(number, "page_viewed", page="pricing")
    assert (story.stage, story.moves[-1]) == ("sql.attempting_contact", "T4")


def test_t4_three_visits_over_more_than_a_week_do_not():
    story = Story().as_mql()
    for number in (1, 4, 8.5):
        story.on(number, "page_viewed", page="pricing")
    assert story.stage == "mql.open"


@pytest.mark.parametrize("stage", [Stage.LEAD, Stage.RECYCLED])
def test_t4_does_not_lift_a_lead_that_has_not_qualified(stage):
    story = Story().in_stage(stage)
    for number in (1, 2, 3):
        story.on(number, "page_viewed", page="pricing")
    assert story.state.stage is stage


def test_t4_the_visits_that_qualified_a_lead_do_not_count_twice():
    story = Story(variant(segments={"everyone-else": {"mql_at": 30}})).as_lead()
    for number in (1, 2, 3):
        story.on(number, "page_viewed", page="pricing")
    assert story.stage == "mql.open"
    assert story.on(3, "page_viewed", page="pricing").stage == "mql.open"
    story.on(4, "page_viewed", page="pricing").on(5, "page_viewed", page="pricing")
    assert story.stage == "sql.attempting_contact"


def test_t5_a_vetted_sal_becomes_an_sql():
    story = Story().as_sal().on(1, "qualification_recorded", budget="yes", need="partial")
    assert story.stage == "sal"
    story.on(1, "qualification_recorded", timeline="yes")
    assert (story.stage, story.moves[-1]) == ("sql.attempting_contact", "T5")


def test_t5_does_not_lift_an_mql_that_nobody_accepted():
    story = Story().as_mql().on(1, "qualification_recorded", budget="yes", need="yes", authority="yes")
    assert story.stage == "mql.open"
    story.on(1, "lead_accepted", by="rep-1")
    assert story.moves[-2:] == ["T2", "T5"]


@pytest.mark.parametrize("stage", [Stage.MQL, Stage.SAL, Stage.SQL])
@pytest.mark.parametrize("reason", ["incomplete_data", "wrong_profile", "not_ready"])
def test_t6_sales_returns_a_lead_with_its_reason(stage, reason):
    story = Story().in_stage(stage).on(1, "lead_returned", reason=reason)
    assert (story.stage, story.state.reason, story.moves[-1]) == ("recycled", reason, "T6")
    assert f"reason {reason}" in story.entries("stage")[-1].why


def test_t6_a_reason_that_the_policy_does_not_know_is_refused():
    story = Story().as_mql().on(1, "lead_returned", reason="bad_mood")
    assert story.stage == "mql.open"
    assert story.said("refused") == [
        "Unknown reason 'bad_mood'; known: incomplete_data, wrong_profile, not_ready"
    ]


def test_t6_a_policy_may_add_a_reason():
    policy = variant(moves={"T6": ["not_ready", "bad_mood"]})
    assert Story(policy).as_mql().on(1, "lead_returned", reason="bad_mood").stage == "recycled"


def test_t6_a_returned_lead_loses_its_priority_and_begins_a_new_pass():
    story = Story().as_mql(seniority="director").on(0, "form_submitted", form="contact")
    assert story.state.priority
    story.on(1, "lead_returned", reason="not_ready")
    assert (story.state.priority, story.state.pass_) == (False, 2)


def test_t7_an_opportunity_needs_maps_committee_and_schedule():
    story = Story().as_sql().on(1, "opportunity_opened", motivation="yes", authority="yes")
    assert story.stage == "sql.attempting_contact"
    assert story.said("refused") == [
        "Still unknown for an opportunity: committee, schedule, process, solution_fit"
    ]


def test_t7_a_refused_opportunity_records_nothing():
    story = Story().as_sql().on(1, "opportunity_opened", motivation="yes")
    assert "motivation" not in story.state.qualification


def test_t7_facts_may_be_on_record_or_come_with_the_opportunity():
    story = Story().as_sql()
    story.on(1, "qualification_recorded", motivation="yes", authority="yes", process="partial")
    story.on(2, "opportunity_opened", solution_fit="yes", committee="yes", schedule="partial")
    assert (story.stage, story.moves[-1]) == ("opportunity", "T7")


def test_t7_a_fact_known_to_be_missing_does_not_count():
    known = dict.fromkeys(("motivation", "authority", "process", "solution_fit", "committee"), "yes")
    story = Story().as_sql().on(1, "opportunity_opened", **known, schedule="no")
    assert story.said("refused") == ["Still unknown for an opportunity: schedule"]


def test_t8_a_won_deal_makes_a_customer_and_nothing_is_due_any_more():
    story = Story().as_opportunity().on(1, "deal_won")
    assert (story.stage, story.moves[-1]) == ("customer", "T8")
    assert story.simulation.journey.next_wakeup is None


def test_t9_a_lost_deal_goes_back_to_nurture_with_its_reason():
    story = Story().as_opportunity().on(1, "deal_lost", reason="price")
    assert (story.stage, story.state.reason, story.moves[-1]) == ("recycled", "price", "T9")
    assert story.state.enrolment


@pytest.mark.parametrize("reason", ["competitor", "out_of_market", "student", "spam"])
def test_t9_a_deal_lost_without_hope_is_out(reason):
    story = Story().as_opportunity().on(1, "deal_lost", reason=reason)
    assert (story.stage, story.state.reason) == ("disqualified", reason)


@pytest.mark.parametrize("stage", sorted(OPEN_STAGES))
def test_t10_a_person_disqualifies_any_open_lead_with_a_reason(stage):
    story = Story().in_stage(stage).on(1, "lead_disqualified", by="rep-1", reason="competitor")
    assert (story.stage, story.state.reason, story.moves[-1]) == ("disqualified", "competitor", "T10")
    assert story.state.enrolment is None
    assert not [clock for clock in story.state.clocks if clock.ticking]


def test_t11_a_person_reopens_a_lead_as_new():
    story = Story().as_mql().on(1, "lead_disqualified", reason="student").on(2, "lead_reopened", by="rep-1")
    assert (story.stage, story.moves[-1], story.state.reason) == ("lead", "T11", None)
    assert (story.total, story.state.pass_) == (0, 2)
    assert story.state.enrolment


@pytest.mark.parametrize("stage", [Stage.MQL, Stage.SAL, Stage.SQL])
def test_t12_a_lead_that_does_not_answer_is_recycled(stage):
    story = Story().in_stage(stage).on(1, "contact_attempted", by="rep-1")
    assert story.until(21.99).state.stage is stage
    story.until(22)
    assert (story.stage, story.state.reason, story.moves[-1]) == ("recycled", "no_answer", "T12")


@pytest.mark.parametrize("stage", [Stage.MQL, Stage.SAL, Stage.SQL])
def test_t12_a_lead_that_nobody_tried_to_reach_is_never_lost(stage):
    assert Story().in_stage(stage).until(300).state.stage is stage


def test_t12_the_wait_begins_with_the_last_attempt():
    story = Story().as_sql().on(1, "contact_attempted").on(15, "contact_attempted")
    assert story.until(35.9).stage == "sql.attempting_contact"
    assert story.until(36.1).stage == "recycled"


@pytest.mark.parametrize("answer", ["email_replied", "page_viewed", "meeting_booked", "contact_made"])
def test_t12_an_answer_ends_the_wait(answer):
    facts = {"page": "blog"} if answer == "page_viewed" else {}
    story = Story().as_sql().on(1, "contact_attempted").on(3, answer, **facts)
    assert story.until(60).state.stage is Stage.SQL


@pytest.mark.parametrize("signal", ["email_opened", "email_clicked", "email_delivered"])
def test_t12_what_a_mail_scanner_does_is_no_answer(signal):
    story = Story().as_sql().on(1, "contact_attempted").on(3, signal)
    assert story.until(60).stage == "recycled"


def test_t12_what_happened_before_the_attempt_is_no_answer_to_it():
    story = Story().as_sql().on(5, "contact_attempted")
    story.deliver(story.event(4, "page_viewed", page="blog"), on=6)
    assert story.until(60).stage == "recycled"


def test_t12_a_policy_may_ask_for_more_attempts():
    policy = variant(moves={"T12": {"after": "7d", "attempts": 2}})
    story = Story(policy).as_sql().on(1, "contact_attempted")
    assert story.until(30).state.stage is Stage.SQL
    story.on(30, "contact_attempted")
    assert story.until(37.1).stage == "recycled"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_the_stage_does_not_allow_is_refused_with_a_sentence(command, stage):
    story = Story().in_stage(stage)
    event = story.event(1, command, **COMMANDS[command])
    refusal = story.simulation.journey.refusal(event, event.occurred_at)
    moves = story.moves
    story.deliver(event, on=1)
    assert (refusal is None) == (stage in ALLOWED[command])
    assert (story.moves == moves) == (refusal is not None)
    assert story.said("refused") == ([refusal] if refusal else [])


@pytest.mark.parametrize(
    "work",
    ["lead_claimed", "contact_attempted", "contact_made", "qualification_recorded", "micro_commitment"],
)
def test_nobody_works_a_disqualified_lead(work):
    facts = {"commitment": "shared_document"} if work == "micro_commitment" else {"by": "rep-1"}
    story = Story().in_stage(Stage.DISQUALIFIED).on(1, work, **facts)
    assert story.said("refused") == ["The lead is disqualified; reopen it first"]
    assert story.state.owner is None


def test_asking_whether_a_command_is_possible_changes_nothing():
    story = Story().as_mql()
    before = story.state.model_dump_json()
    for command, facts in COMMANDS.items():
        story.simulation.journey.refusal(story.event(1, command, **facts), day(1))
    assert story.state.model_dump_json() == before
