from __future__ import annotations

import pytest

from leadworkflows.sources.countries import country_code
from leadworkflows.sources.fields import Answer, recognise
from leadworkflows.sources.firmographics import employees, read_fact, states_budget
from leadworkflows.sources.topics import topic_of


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("What is your first name?", "first_name"),
        ("lastName", "last_name"),
        ("Surname", "last_name"),
        ("Full name *", "name"),
        ("Your name", "name"),
        ("work_email", "email"),
        ("E-Mail", "email"),
        ("jobTitle", "title"),
        ("Your role", "title"),
        ("Company", "company"),
        ("What company do you work for?", "company"),
        ("Company name", "company"),
        ("Company size", "employees"),
        ("size", "employees"),
        ("How many employees does your company have?", "employees"),
        ("Number of employees", "employees"),
        ("company_type", "company_type"),
        ("Which industry are you in?", "industry"),
        ("Phone number", "phone"),
        ("mobile", "phone"),
        ("Country", "country"),
        ("Which country are you based in?", "country"),
        ("time_zone", "time_zone"),
        ("What is your budget?", "budget"),
        ("anonymous_id", "anonymous_id"),
        ("utm_source", "utm_source"),
        ("What does your company do?", None),
        ("Company website", None),
        ("message", None),
        ("username", None),
        ("microphone", None),
        ("How do you feel about the way in which the industry has treated you in these years?", None),
    ],
)
def test_a_field_is_recognised_by_its_name_or_title(label, topic):
    assert topic_of(label) == topic


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ("180", 180),
        ("51-200", 51),
        ("51 \u2013 200 employees", 51),
        ("1,000+", 1000),
        ("1.000", 1000),
        ("10 000", 10_000),
        ("1k-5k", 1000),
        ("more than 500", 500),
        ("fewer than 50", 1),
        ("<10", 1),
        ("just me", None),
        ("", None),
    ],
)
def test_a_range_of_employees_counts_by_its_lower_end(answer, count):
    assert employees(answer) == count


@pytest.mark.parametrize(("answer", "stated"), [
    ("50k EUR", True), ("10,000-50,000", True), ("yes", True),
    ("no", False), ("None.", False), ("Not yet", False), ("", False), ("I don't know", False), ("0", False),
    ("-", False),
])  # fmt: skip
def test_a_budget_is_stated_when_the_answer_says_more_than_no(answer, stated):
    assert states_budget(answer) is stated


@pytest.mark.parametrize(("text", "code"), [
    ("DE", "DE"), ("de", "DE"), ("Germany", "DE"), ("Deutschland", "DE"), ("USA", "US"), ("UK", "GB"),
    ("United States of America", "US"), ("Côte d'Ivoire", "CI"), ("Österreich", "AT"), ("XX", None),
    ("Mars", None),
])  # fmt: skip
def test_a_country_is_known_by_its_code_or_name(text, code):
    assert country_code(text) == code


def test_every_country_has_one_code():
    from leadworkflows.sources import countries

    assert len(countries._CODES) == 249


@pytest.mark.parametrize(("name", "text", "fact"), [
    ("industry", "Medical Devices", "medical_devices"),
    ("company_type", "Société Anonyme", "societe_anonyme"),
    ("industry", "ada@example.com", None),
    ("industry", "+49 30 123456", None),
    ("time_zone", "Europe/Berlin", "Europe/Berlin"),
    ("time_zone", "Berlin", None),
    ("employees", "99999999999", None),
])  # fmt: skip
def test_an_answer_is_a_fact_only_where_it_can_be(name, text, fact):
    assert read_fact(name, text) == fact


def said(**fields):
    return recognise(Answer((name,), value) for name, value in fields.items())


def test_what_cannot_be_a_fact_is_a_note():
    found = said(industry="ask Ada Lovelace", country="Mars")
    assert found.facts == {}
    assert found.notes == {"industry": "ask Ada Lovelace", "country": "Mars"}


def test_the_first_answer_to_a_topic_counts_and_the_next_is_a_note():
    found = said(email="ada@example.com", private_email="ada@home.example")
    assert found.email == "ada@example.com"
    assert found.notes == {"private_email": "ada@home.example"}


def test_an_empty_answer_gives_way_to_a_later_one():
    assert said(email=" ", work_email="ada@example.com").email == "ada@example.com"


@pytest.mark.parametrize(("name", "first", "last"), [
    ("Ada Lovelace", "Ada", "Lovelace"), ("Lovelace, Ada", "Ada", "Lovelace"), ("Ada", "Ada", None),
    (",", None, None),
])  # fmt: skip
def test_a_full_name_is_split(name, first, last):
    person = said(name=name).person
    assert (person.first_name, person.last_name) == (first, last)


def test_a_full_name_does_not_replace_its_parts():
    person = said(first_name="Ada", name="Countess of Lovelace").person
    assert (person.first_name, person.last_name) == ("Ada", None)


def test_a_salutation_is_no_job_title():
    assert said(title="Mrs.").person.title is None


def test_a_long_answer_is_cut_rather_than_refused():
    assert len(said(company="x" * 1000).person.company or "") == 300


@pytest.mark.parametrize(("fields", "channel"), [
    ({"utm_medium": "cpc", "utm_source": "Google"}, "google"),
    ({"utm_medium": "cpc"}, "cpc"),
    ({"utm_source": "x", "channel": "Trade Show"}, "trade_show"),
    ({"utm_source": "???", "utm_medium": "email"}, "email"),
])  # fmt: skip
def test_the_channel_is_the_stated_one_or_the_campaigns(fields, channel):
    assert said(**fields).facts == {"channel": channel}
