from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.sources.countries import codes
from leadworkflows.sources.phones import normalise_phone


@pytest.mark.parametrize(("typed", "country", "known_as"), [
    ("+49 30 12345678", None, "+493012345678"),
    ("+49 (0)30 123 456-78", None, "+493012345678"),
    ("0049 30 12345678", None, "+493012345678"),
    ("030 12345678", "DE", "+493012345678"),
    ("(415) 555-2671", "US", "+14155552671"),
    ("06 12 34 56 78", "FR", "+33612345678"),
    ("+44 20 7946 0958", "DE", "+442079460958"),
    ("415-555-2671 ext 12", "US", "+14155552671 ext. 12"),
    ("030 12345678", None, "030 12345678"),
    ("030 12345678", "XX", "030 12345678"),
    ("call my office", "DE", "call my office"),
    ("1", "DE", "1"),
    ("", "DE", ""),
])  # fmt: skip
def test_a_number_is_e164_or_stays_as_it_was_typed(typed, country, known_as):
    assert normalise_phone(typed, country) == known_as


@given(st.text() | st.from_regex(r"[+0-9 ()/x-]{0,30}"), st.none() | st.sampled_from(sorted(codes())))
def test_any_text_has_one_spelling_of_at_most_64_characters(typed, country):
    once = normalise_phone(typed, country)
    assert len(once) <= 64
    assert normalise_phone(once, country) == once
