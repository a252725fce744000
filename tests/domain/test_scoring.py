"""Points: every row P1 to P13, the five groups, and where each point comes from."""

from __future__ import annotations

from typing import Any

import pytest

from leadworkflows.domain import scoring
from leadworkflows.domain.rules import Group
from leadworkflows.domain.simulation import Simulation
from tests.domain.story import START, Story, day
from tests.domain.variants import DEFAULT, variant

ONCE: list[tuple[str, int, str, dict[str, Any]]] = [
    ("P2", 20, "page_viewed", {"page": "case_study"}),
    ("P2", 20, "content_downloaded", {"asset": "case_study"}),
    ("P3", 15, "social_engaged", {"network": "linkedin"}),
    ("P3", 15, "social_engaged", {"network": "linkedin", "act": "follow"}),
    ("P5", 40, "form_submitted", {"form": "contact", "states_budget": True}),
    ("P5", 40, "demo_requested", {"states_budget": True}),
    ("P11", 25, "page_viewed", {"page": "comparison", "seconds": 1800}),
    ("P12", 10, "content_downloaded", {"asset": "api_documentation"}),
    ("P13.whitepaper", 10, "content_downloaded", {"asset": "whitepaper"}),
    ("P13.ebook", 8, "content_downloaded", {"asset": "ebook"}),
    ("P13.ebook", 8, "content_downloaded", {"asset": "e-book"}),
    ("P13.study", 8, "content_downloaded", {"asset": "roi_study"}),
    ("P13.newsletter", 5, "newsletter_subscribed", {}),
    ("P13.webinar_registered", 5, "webinar_registered", {"webinar": "launch"}),
    ("P13.webinar_attended", 15, "webinar_attended", {}),
    ("P13.product_page", 3, "page_viewed", {"page": "product"}),
    ("P13.product_video", 5, "page_viewed", {"page": "product_video"}),
    ("P13.trial", 30, "trial_started", {}),
    ("P13.email_open", 1, "email_opened", {}),
    ("P13.email_click", 2, "email_clicked", {}),
    ("P13.email_reply", 15, "email_replied", {}),
    ("P13.social_follow", 3, "social_engaged", {"network": "mastodon", "act": "follow"}),
]
NEVER = [
    ("page_viewed", {"page": "blog"}),
    ("page_viewed", {"page": "pricing"}),
    ("page_viewed", {"page": "documentation"}),
    ("page_viewed", {"page": "comparison", "seconds": 1799}),
    ("page_viewed", {"page": "comparison"}),
    ("form_submitted", {"form": "contact"}),
    ("social_engaged", {"network": "mastodon", "act": "like"}),
    ("content_downloaded", {"asset": "price_list"}),
    ("email_delivered", {}),
    ("meeting_cancelled", {}),
    ("facts_updated", {}),
]
CAPPED = [rule for rule in DEFAULT.scoring if rule.cap is not None and rule.times == 1]
ACT_OF = {rule: (kind, facts) for rule, _, kind, facts in ONCE}


@pytest.mark.parametrize(("rule", "points", "kind", "facts"), ONCE, ids=[f"{o[0]} {o[2]}" for o in ONCE])
def test_an_act_is_worth_what_its_rule_says_and_nothing_else(rule, points, kind, facts):
    story = Story().as_lead().on(1, kind, **facts)
    assert [(c.rule, c.points) for c in story.contributions] == [(rule, points)]


@pytest.mark.parametrize(("kind", "facts"), NEVER, ids=str)
def test_what_no_rule_names_is_worth_nothing(kind, facts):
    assert Story().as_lead().on(1, kind, **facts).contributions == []


def test_p1_the_pricing_page_three_times_within_a_week():
    story = Story().as_lead().on(1, "page_viewed", page="pricing").on(5, "page_viewed", page="pricing")
    assert story.total == 0
    assert story.on(8, "page_viewed", page="pricing").points("P1") == [30]


def test_p4_technical_documentation_counts_when_it_is_visited_repeatedly():
    story = Story().as_lead().on(1, "page_viewed", page="documentation")
    assert story.total == 0
    assert story.on(20, "page_viewed", page="documentation").points("P4") == [25]


def test_p11_a_long_stay_on_a_comparison_page_is_worth_more_than_a_whitepaper():
    long_stay = Story().as_lead().on(1, "page_viewed", page="comparison", seconds=1800)
    whitepaper = Story().as_lead(seniority="c_level").on(1, "content_downloaded", asset="whitepaper")
    assert sum(long_stay.points("P11")) > sum(whitepaper.points("P13.whitepaper"))


def test_p12_a_technical_director_scores_above_an_intern_for_the_same_download():
    weights = {"intern": 5, "staff": 10, "manager": 12, "director": 15, "vp": 15, "c_level": 15}
    for seniority, points in weights.items():
        story = Story().as_lead(seniority=seniority).on(1, "content_downloaded", asset="api_documentation")
        assert story.points("P12") == [points]


def test_p12_an_unknown_title_weighs_one():
    assert Story().as_lead().on(1, "content_downloaded", asset="api_documentation").points("P12") == [10]


def test_p12_what_needs_no_seniority_weighs_the_same_for_everyone():
    assert Story().as_lead(seniority="intern").on(1, "page_viewed", page="case_study").points("P2") == [20]


def test_p13_opens_count_least():
    least = min(DEFAULT.scoring, key=lambda rule: rule.points)
    assert least.id == "P13.email_open"


@pytest.mark.parametrize("rule", CAPPED, ids=lambda rule: rule.id)
def test_a_capped_rule_gives_no_more_than_its_cap(rule):
    kind, facts = ACT_OF[rule.id]
    story = Story(variant(market={"industries": []})).as_lead()
    for number in range(12):
        story.on(1 + number / 10, kind, **facts)
    assert sum(story.points(rule.id)) == rule.cap


def test_the_last_points_below_a_cap_are_cut_to_fit():
    story = Story().as_lead(seniority="manager")
    for number in range(4):
        story.on(1 + number, "content_downloaded", asset="whitepaper")
    assert story.points("P13.whitepaper") == [12, 12, 6]


def test_a_rule_for_once_a_lead_gives_points_once_until_the_lead_is_recycled():
    story = Story().as_lead().on(1, "newsletter_subscribed").on(2, "newsletter_subscribed")
    assert story.points("P13.newsletter") == [5]
    story.on(3, "demo_requested").on(4, "lead_returned", reason="not_ready").on(5, "newsletter_subscribed")
    assert story.points("P13.newsletter") == [5]


def test_a_rule_may_take_points_but_never_more_than_there_are():
    rules = [
        {"id": "G1", "on": "page_viewed", "points": 5, "group": "online"},
        {"id": "G2", "on": "meeting_cancelled", "points": -8, "group": "online"},
    ]
    story = (
        Story(variant(scoring=rules)).as_lead().on(1, "page_viewed", page="blog").on(2, "meeting_cancelled")
    )
    assert (story.points("G2"), story.total) == ([-5], 0)


def test_every_point_names_its_rule_group_event_and_date():
    story = Story().as_lead().on(1, "content_downloaded", asset="whitepaper")
    (given,) = story.contributions
    assert (given.rule, given.group, given.event_id, given.at) == (
        "P13.whitepaper", Group.ONLINE, "e2", day(1)
    )  # fmt: skip


def test_the_timeline_says_each_change_with_the_score_before_and_after():
    story = Story().as_lead().on(1, "trial_started").on(2, "page_viewed", page="case_study")
    assert story.said("score") == ["+30 trial started", "+20 case study"]
    assert story.entries("score")[-1].why == ["P2", "score 30 → 50"]


def test_the_five_groups_are_all_in_use():
    used = {rule.group for rule in DEFAULT.scoring} | {rule.group for rule in DEFAULT.fit}
    assert used == set(Group)


def test_fit_and_engagement_are_apart_and_their_sum_is_the_score():
    story = Story().as_lead(seniority="director", industry="software", employees=50).on(1, "trial_started")
    score = story.simulation.journey.view()["score"]
    assert (score["fit"], score["engagement"], score["total"]) == (4, 30, 34)
    assert score["total"] == sum(c["points"] for c in score["contributions"])


def test_fit_follows_the_facts():
    story = Story().as_lead(employees=50, seniority="staff")
    assert scoring.fit(story.state.score) == 1
    story.on(1, "facts_updated", seniority="director")
    assert scoring.fit(story.state.score) == 3
    story.on(2, "facts_updated", employees=5_000)
    assert scoring.fit(story.state.score) == 2
    assert story.said("score")[-1] == "-1 no longer: company of 10 to 999"


def test_fit_points_are_not_given_twice_for_the_same_fact():
    story = Story().as_lead(seniority="director").on(1, "facts_updated", seniority="vp")
    assert story.points("F1") == [2]


def test_fit_alone_never_qualifies():
    story = Story(variant(segments={"everyone-else": {"mql_at": 1}}))
    assert story.as_lead(seniority="director", industry="software", employees=50).stage == "lead"


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("email_opened", {}),
        ("email_clicked", {}),
        ("newsletter_subscribed", {}),
        ("content_downloaded", {"asset": "case_study"}),
        ("content_downloaded", {"asset": "whitepaper"}),
    ],
    ids=str,
)
def test_weak_signals_alone_never_qualify_however_many(kind, facts):
    story = Story(variant(segments={"everyone-else": {"mql_at": 2}})).as_lead(seniority="director")
    for number in range(1, 30):
        story.on(number, kind, **facts)
    assert story.total >= 2
    assert story.stage == "lead"
    story.on(31, "webinar_attended")
    assert story.stage == "mql.open"


def test_weak_signals_together_do_not_qualify_either():
    story = Story(variant(segments={"everyone-else": {"mql_at": 30}})).as_lead()
    for number in range(1, 9):
        story.on(number, "email_opened").on(number, "email_clicked")
        story.on(number, "content_downloaded", asset="whitepaper")
    assert (story.total >= 30, story.stage) == (True, "lead")


@pytest.mark.parametrize(
    ("facts", "segment", "threshold"),
    [
        ({"industry": "manufacturing", "employees": 249}, "manufacturing-sme", 80),
        ({"industry": "manufacturing", "employees": 250}, "everyone-else", 100),
        ({"industry": "manufacturing"}, "everyone-else", 100),
        ({"company_type": "startup"}, "technology-startup", 120),
        ({"industry": "software"}, "everyone-else", 100),
        ({}, "everyone-else", 100),
    ],
    ids=str,
)
def test_p8_to_p10_the_threshold_is_the_segments(facts, segment, threshold):
    story = Story().as_lead(**facts)
    assert story.state.segment == segment
    assert story.simulation.journey.view()["score"]["threshold"] == threshold


def test_p8_a_manufacturing_sme_qualifies_where_another_lead_would_not():
    for employees, stage in ((120, "mql.open"), (1_200, "lead")):
        story = (
            Story()
            .as_lead(industry="manufacturing", employees=employees)
            .on(1, "form_submitted", states_budget=True)
            .on(1, "trial_started")
        )
        assert story.on(2, "webinar_attended").stage == stage


def test_p9_a_startup_needs_more():
    story = Story().as_mql(company_type="startup")
    assert (story.total, story.stage) == (110, "lead")
    assert story.on(1, "webinar_attended").stage == "mql.open"


def test_a_fact_that_moves_a_lead_to_an_easier_segment_qualifies_it():
    story = Story().as_lead().on(0, "form_submitted", states_budget=True).on(0, "trial_started")
    story.on(0, "page_viewed", page="case_study")
    assert (story.total, story.stage) == (90, "lead")
    assert story.on(1, "facts_updated", industry="manufacturing", employees=40).stage == "mql.open"


def test_two_leads_share_nothing():
    first, second = Simulation(DEFAULT, "one"), Simulation(DEFAULT, "two")
    first.play([Story().event(0, "trial_started")], START)
    assert second.journey.state.score.contributions == []
    assert second.journey.state.clocks == []
