"""The default policy holds every figure of the field, by its id."""

from __future__ import annotations

import pytest

from leadworkflows.cli.policy_parts import specs
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import Level, Seniority
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.rules import Group
from leadworkflows.domain.spans import Span
from leadworkflows.policies.loader import CONTENT_FOLDER, load_policy

POLICY = load_policy()
RULES = {rule.id: rule for rule in POLICY.scoring}
SEGMENTS = {segment.id: segment for segment in POLICY.segments.values()}
CLOCKS = {clock.id: clock for clock in POLICY.sla.values()}
SEQUENCES = {sequence.id: sequence for sequence in POLICY.nurture.values() if sequence.id}


def span(text: str) -> Span:
    return Span.model_validate(text)


@pytest.mark.parametrize(
    ("rule", "points", "group"),
    [
        ("P1", 30, Group.ONLINE),
        ("P2", 20, Group.ONLINE),
        ("P3", 15, Group.SOCIAL),
        ("P4", 25, Group.ONLINE),
        ("P5", 40, Group.ONLINE),
    ],
)
def test_p1_to_p5_have_the_points_of_the_field(rule, points, group):
    assert (RULES[rule].points, RULES[rule].group) == (points, group)


def test_p1_is_the_pricing_page_three_times_within_seven_days():
    rule = RULES["P1"]
    assert (rule.times, rule.within, rule.per) == (3, span("7d"), "window")
    assert [trigger.event for trigger in rule.on] == [EventType.PAGE_VIEWED]
    assert rule.where["page"].equals == "pricing"


def test_p2_is_a_case_study_read_or_downloaded():
    assert {trigger.event for trigger in RULES["P2"].on} == {
        EventType.PAGE_VIEWED, EventType.CONTENT_DOWNLOADED
    }  # fmt: skip


def test_p4_is_documentation_visited_repeatedly():
    assert (RULES["P4"].times, RULES["P4"].where["page"].equals) == (2, "documentation")


def test_p5_is_a_contact_that_states_a_budget():
    assert RULES["P5"].where["states_budget"].equals is True
    assert EventType.FORM_SUBMITTED in {trigger.event for trigger in RULES["P5"].on}


def test_p6_is_ten_points_for_each_thirty_days_of_silence():
    assert (POLICY.decay.id, POLICY.decay.points, POLICY.decay.every) == ("P6", 10, span("30d"))


def test_p7_the_market_names_its_industries_and_excludes_some():
    assert {"software", "manufacturing", "fintech"} <= set(POLICY.market.industries)
    assert POLICY.market.exclude
    assert not set(POLICY.market.exclude) & set(POLICY.market.industries)


@pytest.mark.parametrize(("id_", "threshold"), [("P8", 80), ("P9", 120), ("P10", 100)])
def test_p8_to_p10_are_the_thresholds(id_, threshold):
    assert SEGMENTS[id_].mql_at == threshold


def test_p8_is_manufacturing_below_250_employees_and_p9_a_startup():
    assert (SEGMENTS["P8"].when["industry"].equals, SEGMENTS["P8"].when["employees"].lt) == (
        "manufacturing",
        250,
    )
    assert SEGMENTS["P9"].when["company_type"].equals == "startup"
    assert not SEGMENTS["P10"].when


def test_p11_is_half_an_hour_on_a_comparison_page_and_more_than_any_whitepaper():
    heaviest = max(level.weight for level in POLICY.seniority.values())
    assert RULES["P11"].where["seconds"].gte == 1800
    assert RULES["P11"].points > RULES["P13.whitepaper"].points * heaviest


def test_p12_weighs_by_seniority_and_nobody_weighs_less_than_an_intern():
    weights = {level: POLICY.seniority[level].weight for level in Seniority}
    assert RULES["P12"].weight == "seniority"
    assert (
        weights[Seniority.DIRECTOR]
        > weights[Seniority.MANAGER]
        > weights[Seniority.STAFF]
        > weights[Seniority.INTERN]
    )


@pytest.mark.parametrize(
    "act",
    [
        "whitepaper", "ebook", "newsletter", "webinar_registered", "webinar_attended", "repeat_visit",
        "product_page", "trial", "product_video", "email_open", "email_click", "email_reply", "social_follow",
    ],
)  # fmt: skip
def test_p13_every_other_act_has_its_rule(act):
    assert RULES[f"P13.{act}"].points > 0


def test_p13_opens_count_least_and_clicks_next():
    points = sorted((rule.points, rule.id) for rule in POLICY.scoring)
    assert [rule for _, rule in points[:2]] == ["P13.email_open", "P13.email_click"]


def test_p13_opens_clicks_and_downloads_alone_do_not_qualify():
    assert set(POLICY.moves.T1.never_on_alone) >= {
        EventType.EMAIL_OPENED, EventType.EMAIL_CLICKED, EventType.CONTENT_DOWNLOADED
    }  # fmt: skip


def test_t3_is_a_demo_a_quote_or_a_meeting():
    assert [trigger.event.value for trigger in POLICY.moves.T3] == [
        "demo_requested",
        "quote_requested",
        "meeting_booked",
    ]


def test_t4_is_the_pricing_page_three_times_within_seven_days():
    pattern = POLICY.moves.T4
    assert (pattern.times, pattern.within, pattern.where["page"].equals) == (3, span("7d"), "pricing")


def test_t5_reads_bant_and_t7_reads_maps_with_committee_and_schedule():
    assert set(POLICY.moves.T5.facts) == {"budget", "authority", "need", "timeline"}
    assert set(POLICY.moves.T7.facts) == {"motivation", "authority", "process", "solution_fit"}
    assert (POLICY.moves.T7.at_least, set(POLICY.moves.T7.require)) == (4, {"committee", "schedule"})


def test_t6_has_the_three_reasons_of_the_field_and_each_has_a_sequence():
    assert set(POLICY.moves.T6) == {"incomplete_data", "wrong_profile", "not_ready"}
    assert set(POLICY.moves.T6) <= POLICY.enrolment.recycled.keys()


def test_t12_has_a_limit():
    assert (POLICY.moves.T12.after, POLICY.moves.T12.attempts) == (span("21d"), 1)


@pytest.mark.parametrize(
    ("id_", "stage", "within"),
    [
        ("L1", "mql", "1 business day"),
        ("L2", "mql", "2 business days"),
        ("L3", "sql", "1 business hour"),
        ("L4", "recycled", "0s"),
    ],
)
def test_l1_to_l4_are_the_service_levels(id_, stage, within):
    assert (CLOCKS[id_].on, CLOCKS[id_].within) == (stage, span(within))


@pytest.mark.parametrize("id_", ["L1", "L2", "L3"])
def test_a_clock_reminds_at_half_escalates_when_missed_and_reassigns_after(id_):
    ladder = [(rung.at, rung.do.name) for rung in CLOCKS[id_].rungs]
    assert ladder == [(50, "slack.remind"), (100, "slack.escalate"), (150, "route.reassign")]


@pytest.mark.parametrize(
    ("id_", "contents"),
    [
        ("N1", ["roi-study", "roi-analysis", "customer-case"]),
        ("N2", ["technical-sheet", "technical-documentation", "technical-workshop"]),
        ("N3", ["practical-guide", "sector-case-study", "expert-webinar"]),
        ("N4", ["sales-guide", "case-study", "phone-diagnostic"]),
        ("N5", ["welcome", "guide", "case-study"]),
    ],
)
def test_n1_to_n5_are_the_sequences(id_, contents):
    assert [step.content for step in SEQUENCES[id_].steps] == contents


@pytest.mark.parametrize(
    ("persona", "id_"),
    [("cfo", "N1"), ("technical_director", "N2"), ("marketing_manager", "N3"), ("sales_director", "N4")],
)
def test_each_persona_has_its_sequence_and_anyone_else_n5(persona, id_):
    assert POLICY.nurture[POLICY.personas[persona].nurture].id == id_
    assert POLICY.nurture[POLICY.enrolment.default].id == "N5"


def test_n3_shows_the_case_study_of_the_leads_own_sector():
    assert {"manufacturing", "fintech", "software"} <= SEQUENCES["N3"].steps[1].variants.keys()


def test_a_decision_maker_goes_first_for_p1_or_for_contacting_sales():
    rule = POLICY.priority
    assert (set(rule.seniority), rule.rules) == (
        {Seniority.DIRECTOR, Seniority.VP, Seniority.C_LEVEL},
        ("P1",),
    )
    assert EventType.DEMO_REQUESTED in {trigger.event for trigger in rule.contact}


def test_the_handoff_confirms_and_alerts():
    named = [spec.name for spec in POLICY.on[Stage.SQL]]
    assert named == ["email.send", "email.send", "email.send", "slack.alert", "route.assign"]


def test_what_an_event_implies_is_a_level():
    assert {Level(level) for rule in POLICY.infer for level in rule.facts.values()} <= {
        Level.PARTIAL,
        Level.YES,
    }


def test_fit_never_lifts_a_lead_over_a_threshold_that_behaviour_missed_by_five():
    assert sum(rule.points for rule in POLICY.fit) < 5


def test_every_content_that_it_names_is_packaged():
    there = {path.name.removesuffix(".md") for path in CONTENT_FOLDER.glob("*.md")}
    steps = [step for sequence in POLICY.nurture.values() for step in sequence.steps]
    variants = {f"{step.content}.{variant}" for step in steps for variant in step.variants.values()}
    mails = {str(spec.params["content"]) for _, spec in specs(POLICY) if "content" in spec.params}
    assert {step.content for step in steps} | variants | mails <= there
