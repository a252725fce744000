from __future__ import annotations

import pytest

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
        ("UTM Campaign", "utm_campaign"),
        ("intent", "intent"),
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


@pytest.mark.parametrize(("name", "text", "fact"), [
    ("industry", "Medical Devices", "medical_devices"),
    ("company_type", "Société Anonyme", "societe_anonyme"),
    ("industry", "ada@example.com", None),
    ("industry", "+49 30 123456", None),
    ("time_zone", "Europe/Berlin", "Europe/Berlin"),
    ("time_zone", "europe/berlin", "Europe/Berlin"),
    ("time_zone", " America/New York ", "America/New_York"),
    ("time_zone", "utc", "UTC"),
    ("time_zone", "Berlin", None),
    ("campaign", "Spring 2026", "spring_2026"),
    ("campaign", "+49 151 23456789", None),
    ("employees", "99999999999", None),
])  # fmt: skip
def test_an_answer_is_a_fact_only_where_it_can_be(name, text, fact):
    assert read_fact(name, text) == fact


def said(fields=None, /, **answers):
    return recognise((Answer((name,), value) for name, value in answers.items()), fields=fields)


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


def test_what_the_settings_map_comes_before_what_is_recognised():
    found = said({"Organisation No": "company"}, company="Example GmbH", organisation_no="HRB 7")
    assert found.person.company == "HRB 7"
    assert found.notes == {"company": "Example GmbH"}


def test_what_a_form_says_of_its_field_gives_way_to_the_settings():
    found = recognise([Answer(("manager",), "eve@example.com", "email")], fields={"Manager": "ignore"})
    assert (found.email, found.notes) == (None, {})


def test_an_empty_answer_to_a_mapped_field_gives_way_to_a_recognised_one():
    assert said({"firm": "company"}, firm=" ", employer="Example GmbH").person.company == "Example GmbH"


def test_an_ignored_answer_is_kept_nowhere():
    found = said({"passport number": "ignore"}, passport_number="X1234567", message="Hello")
    assert found.notes == {"message": "Hello"}
    assert "X1234567" not in repr(found)


def test_an_intent_that_is_no_word_is_a_note():
    found = said(intent="Call me on +49 151 23456789")
    assert found.notes == {"intent": "Call me on +49 151 23456789"}


def test_a_campaign_is_a_fact_and_no_channel():
    assert said(utm_campaign="Spring Sale").facts == {"campaign": "spring_sale"}
    assert said(utm_campaign="ada@example.com").facts == {}


@pytest.mark.parametrize(("address", "free"), [
    ("ada@gmail.com", True), ("Ada@GMX.de ", True), ("ada@example.com", False), ("ada@mail.example", False),
])  # fmt: skip
def test_a_mailbox_of_a_free_provider_is_known(address, free):
    assert said(email=address).facts == {"free_email": free}


def test_a_phone_number_is_read_in_the_country_of_the_same_form():
    assert said(phone="030 12345678", country="Germany").person.phone == "+493012345678"
    assert said(phone="030 12345678").person.phone == "030 12345678"


def test_a_letter_in_the_place_of_a_fact_is_a_note_and_is_not_searched():
    letter = "We are in fintech. " * 1_000
    found = said(industry=letter, country=letter, email="ada@example.com")
    assert found.facts == {"free_email": False}
    assert found.notes == {"industry": letter.strip(), "country": letter.strip()}
