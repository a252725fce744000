"""BANT, ACID and MAPS: who said what, what an event implies, and the guards that read it."""

from __future__ import annotations

from itertools import combinations

import pytest

from leadworkflows.domain.facts import QUALIFICATION, Level
from leadworkflows.domain.qualification import missing
from leadworkflows.domain.rules import FactsGuard
from leadworkflows.domain.state import Fact
from tests.domain.story import Story, day
from tests.domain.variants import DEFAULT, variant

BANT = ("budget", "authority", "need", "timeline")
MAPS = ("motivation", "authority", "process", "solution_fit")


def known(**levels: str) -> dict[str, Fact]:
    return {name: Fact(level=Level(level), by="rep-1", at=day(0)) for name, level in levels.items()}


def test_a_fact_keeps_its_level_who_said_it_and_when():
    story = Story().as_lead().on(1, "qualification_recorded", by="rep-1", budget="partial")
    fact = story.state.qualification["budget"]
    assert (fact.level, fact.by, fact.at) == (Level.PARTIAL, "rep-1", day(1))


@pytest.mark.parametrize("fact", QUALIFICATION)
def test_every_fact_of_the_frameworks_can_be_recorded(fact):
    story = Story().as_lead().on(1, "qualification_recorded", **{fact: "yes"})
    assert story.state.qualification[fact].level is Level.YES


def test_the_latest_word_of_sales_counts():
    story = Story().as_lead().on(1, "qualification_recorded", need="yes")
    story.on(2, "qualification_recorded", need="no")
    assert story.state.qualification["need"].level is Level.NO
    assert story.said("qualification") == ["Need: yes", "Need: no"]


def test_saying_the_same_again_is_no_news():
    story = Story().as_lead().on(1, "qualification_recorded", need="yes")
    assert story.on(2, "qualification_recorded", need="yes").said("qualification") == ["Need: yes"]


def test_yes_and_no_of_a_form_are_levels():
    story = Story().as_lead().on(1, "qualification_recorded", need=True, budget=False)
    levels = {name: fact.level for name, fact in story.state.qualification.items()}
    assert levels == {"need": Level.YES, "budget": Level.NO}


def test_a_form_that_states_a_budget_implies_part_of_it():
    story = Story().on(0, "form_submitted", states_budget=True)
    assert {name: f.level for name, f in story.state.qualification.items()} == {
        "budget": Level.PARTIAL, "capacity": Level.PARTIAL
    }  # fmt: skip
    assert story.state.qualification["budget"].by == "form_submitted"


@pytest.mark.parametrize("kind", ["demo_requested", "quote_requested", "meeting_booked", "trial_started"])
def test_asking_for_something_implies_interest(kind):
    assert Story().on(0, kind).state.qualification["interest"].level is Level.YES


def test_what_an_event_implies_never_overrules_sales():
    story = Story().as_lead().on(1, "qualification_recorded", budget="no")
    story.on(2, "form_submitted", states_budget=True)
    assert story.state.qualification["budget"].level is Level.NO


def test_a_stronger_implication_replaces_a_weaker_one():
    infer = [
        {"on": "webinar_attended", "facts": {"interest": "partial"}},
        {"on": "demo_requested", "facts": {"interest": "yes"}},
    ]
    story = Story(variant(infer=infer)).on(0, "webinar_attended").on(1, "demo_requested")
    assert story.state.qualification["interest"].level is Level.YES
    assert story.on(2, "webinar_attended").state.qualification["interest"].level is Level.YES


@pytest.mark.parametrize("held", [names for n in range(5) for names in combinations(BANT, n)], ids=str)
def test_t5_needs_three_of_bant_and_always_the_need(held):
    vetted = not missing(DEFAULT.moves.T5, known(**dict.fromkeys(held, "partial")))
    assert vetted == (len(held) >= 3 and "need" in held)


@pytest.mark.parametrize("level", ["unknown", "no"])
def test_a_fact_that_speaks_against_the_lead_does_not_count(level):
    levels = {**dict.fromkeys(BANT, "yes"), "need": level}
    assert missing(DEFAULT.moves.T5, known(**levels)) == ["need"]


@pytest.mark.parametrize("gap", [*MAPS, "committee", "schedule"])
def test_t7_needs_all_of_maps_the_committee_and_the_schedule(gap):
    levels = dict.fromkeys([*MAPS, "committee", "schedule"], "yes")
    assert missing(DEFAULT.moves.T7, known(**levels)) == []
    assert missing(DEFAULT.moves.T7, known(**{**levels, gap: "unknown"})) == [gap]


def test_what_is_missing_begins_with_what_the_policy_insists_on():
    guard = FactsGuard(facts=BANT, at_least=3, require=("timeline",))
    assert missing(guard, known(need="yes")) == ["timeline", "budget", "authority"]


def test_q2_a_policy_may_ask_for_acid_before_t1():
    acid = {"facts": ["authority", "capacity", "interest", "deadline"], "at_least": 3}
    policy = variant(moves={"T1": {"facts": acid}})
    story = Story(policy).as_mql()
    assert (story.total, story.stage) == (110, "lead")
    story.on(1, "qualification_recorded", deadline="partial")
    assert story.on(2, "page_viewed", page="blog").stage == "mql.open"


def test_q6_micro_commitments_are_kept_each_once():
    story = Story().as_opportunity()
    for commitment in ("planned_workshop", "shared_document", "planned_workshop"):
        story.on(1, "micro_commitment", commitment=commitment)
    assert story.state.commitments == ["planned_workshop", "shared_document"]
