"""Spans, conditions and job titles: the small words of a policy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from leadworkflows.domain.conditions import Condition, holds
from leadworkflows.domain.grammar import MOMENT
from leadworkflows.domain.moves import Mover
from leadworkflows.domain.personas import classify_title
from leadworkflows.domain.spans import Span
from leadworkflows.domain.turn import Turn
from tests.domain.story import Story, day
from tests.domain.variants import DEFAULT, variant

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
UNKNOWN = object()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0), ("30s", 30), ("1 second", 1), ("5m", 300), ("5 min", 300), ("2 mins", 120),
        ("90 minutes", 5400),
        ("24h", 86_400), ("1 hour", 3600), ("7d", 604_800), ("30 days", 2_592_000), ("2w", 1_209_600),
        ("1 Week", 604_800), (" 7d ", 604_800),
    ],
)  # fmt: skip
def test_a_span_is_a_number_and_a_unit(text, seconds):
    span = Span.model_validate(text)
    assert (span.seconds, span.business) == (seconds, False)
    assert span.delta == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["1 business hour", "1 business hours", "1 business h"])
def test_a_span_may_run_in_business_hours(text):
    span = Span.model_validate(text)
    assert (span.seconds, span.business) == (3600, True)


@pytest.mark.parametrize("text", ["", "7", "d", "7 fortnights", "-1d", "1.5h", "5ms", "1d 2h", "soon"])
def test_what_is_no_span_says_how_to_write_one(text):
    with pytest.raises(ValidationError, match="write 30m, 24h, 7d or '1 business hour'"):
        Span.model_validate(text)


@given(st.integers(0, 10**8), st.booleans())
def test_a_span_reads_back_as_it_was_written(seconds, business):
    span = Span(seconds=seconds, business=business)
    assert Span.model_validate(str(span)) == span
    assert Span.model_validate_json(span.model_dump_json()) == span


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("pricing", "pricing", True), ("pricing", "blog", False), ("Case Study", "case_study", True),
        (["a", "b"], "b", True), (["a", "b"], "c", False), ({"in": ["a"]}, "a", True),
        ({"not_in": ["a"]}, "b", True), ({"not_in": ["a"]}, "a", False),
        (True, True, True), (True, False, False),
        ({"lt": 250}, 249, True), ({"lt": 250}, 250, False), ({"lte": 250}, 250, True),
        ({"gt": 10}, 11, True), ({"gt": 10}, 10, False),
        ({"gte": 10}, 10, True), ({"gte": 10, "lt": 20}, 20, False), ({"gte": 10, "lt": 20}, 15, True),
        ({"lt": 250}, "many", False), ({"gte": 0}, "many", False),
        ("pricing", None, False), ({"not_in": ["a"]}, None, False), ({"lt": 250}, None, False),
        (False, None, False),
    ],
    ids=str,
)  # fmt: skip
def test_a_condition_holds_for_what_it_names_and_never_for_the_unknown(condition, value, expected):
    assert holds(CONDITION.validate_python({"fact": condition}), {"fact": value}.get) is expected


def test_every_named_fact_must_pass_and_an_empty_condition_always_holds():
    both = CONDITION.validate_python({"page": "pricing", "seconds": {"gte": 30}})
    assert holds(both, {"page": "pricing", "seconds": 30}.get)
    assert not holds(both, {"page": "pricing", "seconds": 29}.get)
    assert holds({}, lambda _: None)


@pytest.mark.parametrize(
    ("title", "persona", "seniority"),
    [
        ("CFO", "cfo", "c_level"),
        ("Chief Financial Officer", "cfo", "c_level"),
        ("Finance Director", "cfo", "director"),
        ("VP Finance & Operations", "cfo", "vp"),
        ("Technical Director", "technical_director", "director"),
        ("engineering  manager", "technical_director", "manager"),
        ("Marketing-Manager (EMEA)", "marketing_manager", "manager"),
        ("Head of Sales", "sales_director", "director"),
        ("Co-Founder", None, "c_level"),
        ("Software Engineer", None, "staff"),
        ("Marketing Intern", None, "intern"),
        ("Intern to the CEO", None, "intern"),
        ("Gardener", None, None),
        ("", None, None),
        ("Directorate clerk", None, None),
    ],
)
def test_a_job_title_tells_persona_and_seniority_by_whole_words(title, persona, seniority):
    expected = {"persona": persona, "seniority": seniority}
    assert classify_title(title, DEFAULT) == {name: value for name, value in expected.items() if value}


@pytest.mark.parametrize(
    "title", ["Geschäftsführer", "GESCHÄFTSFÜHRER", "Directeur général / Geschäftsführer"]
)
def test_job_titles_of_other_languages_are_found(title):
    policy = variant(seniority={"c_level": {"titles": ["Geschäftsführer"]}})
    assert classify_title(title, policy) == {"seniority": "c_level"}


def test_the_facts_of_the_moment_are_the_ones_a_policy_may_name():
    story = Story().as_sql()
    turn = Turn(DEFAULT, story.state)
    assert tuple(Mover(turn, day(1), None).moment(None)) == MOMENT
