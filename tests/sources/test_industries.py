"""What people type as their industry becomes a word of the policy, or no fact at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadworkflows.sources.fields import Answer, recognise
from leadworkflows.sources.industries import _SYNONYMS, INDUSTRIES, _spellings, industry
from tests.architecture.tree import ROOT
from tests.domain.variants import DEFAULT

MARKET = DEFAULT.market


@pytest.mark.parametrize(("answer", "word"), [
    ("Financial services", "finance"), ("Information Technology", "it_services"), ("IT", "it_services"),
    ("Software development", "software"), ("Computer Software", "software"),
    ("Manufacturing & Engineering", "manufacturing"), ("Automotive industry", "automotive"),
    ("Biotechnology", "biotech"), ("Pharmaceuticals", "pharma"), ("Banking & Insurance", "banking"),
    ("Healthcare / Pharma", "healthcare"), ("Maschinenbau", "manufacturing"), ("Tech", "technology"),
    ("B2B SaaS", "saas"), ("Technology start-up", "technology"), ("Oil & Gas", "energy"),
    ("E-Commerce", "ecommerce"), ("IT-Dienstleistungen", "it_services"),
    ("Medizintechnik", "medical_devices"),
    ("University hospital", "healthcare"), ("EdTech", "software"), ("Education technology", "software"),
])  # fmt: skip
def test_a_target_industry_is_in_the_market_however_it_is_written(answer, word):
    assert industry(answer) == word
    assert word in MARKET.industries


@pytest.mark.parametrize("answer", [
    "Other", "n/a", "-", "", "none", "Sonstiges", "keine Angabe", "Ada Lovelace",
    "Ada Lovelace, +49 30 123456",
    "ada@example.com", "Consumer goods", "Underbanked", "softwares", "Schooling",
])  # fmt: skip
def test_an_answer_that_names_no_known_industry_is_no_fact_and_a_note(answer):
    found = recognise([Answer(("industry",), answer)])
    assert found.facts == {}
    assert found.notes == ({"industry": answer} if answer else {})


@pytest.mark.parametrize(("answer", "word"), [
    ("Software for schools", "software"), ("Schools, software", "education"),
    ("Fintech and gambling", "fintech"), ("Casino & fintech", "gambling"),
    ("Higher education", "education"), ("Hochschule", "education"), ("Glücksspiel", "gambling"),
])  # fmt: skip
def test_of_an_excluded_and_a_target_industry_the_one_named_first_counts(answer, word):
    assert industry(answer) == word


@pytest.mark.parametrize(("answer", "word"), [
    ("Education software", "software"), ("Health insurance", "insurance"), ("Car insurance", "insurance"),
    ("Consumer electronics", "consumer_electronics"), ("Electronics", "electronics"),
    ("IT consulting", "it_services"), ("Consulting", "consulting"), ("Online retail", "ecommerce"),
])  # fmt: skip
def test_a_phrase_counts_before_the_words_in_it(answer, word):
    assert industry(answer) == word


@pytest.mark.parametrize("answer", [
    "Möbelindustrie", "Moebelindustrie", "MOBELINDUSTRIE", "Mo\u0308belindustrie", " möbelindustrie. ",
])  # fmt: skip
def test_an_umlaut_may_be_written_in_each_way(answer):
    assert industry(answer) == "manufacturing"


def test_the_table_speaks_the_words_of_the_default_policy():
    assert INDUSTRIES - {*MARKET.industries, *MARKET.exclude} == {"government", "non_profit"}


@pytest.mark.parametrize("word", sorted({*MARKET.industries} - {"other"}))
def test_every_industry_of_the_default_market_is_understood_and_stays_in_it(word):
    assert industry(word.replace("_", " ")) in MARKET.industries


@pytest.mark.parametrize("word", MARKET.exclude)
def test_every_excluded_industry_of_the_default_policy_is_understood(word):
    assert industry(word) == word


@pytest.mark.parametrize("word", sorted(INDUSTRIES))
def test_a_word_of_the_table_is_read_as_itself(word):
    assert industry(word) == industry(word.replace("_", " ").title()) == word


def test_no_phrase_stands_for_two_industries():
    known: dict[str, str] = {}
    for word, text in _SYNONYMS.items():
        for phrase in (word, *re.split(r"[|\n]", text)):
            for spelling in _spellings(phrase):
                assert spelling, word
                assert known.setdefault(spelling, word) == word, spelling


@given(st.text())
@example("Ada Lovelace runs a bank")
def test_nothing_but_a_word_of_the_table_ever_becomes_the_fact(text):
    assert recognise([Answer(("industry",), text)]).facts.get("industry") in {None, *INDUSTRIES}


def test_the_documents_list_every_industry():
    section = (ROOT / "docs/sources.md").read_text("utf-8").partition("### Industries")[2]
    listed = re.findall(r"`([a-z_]+)`", section.partition("| somebody writes")[0])
    assert listed == sorted(INDUSTRIES)
