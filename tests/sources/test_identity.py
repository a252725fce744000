from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.sources.identity import EmailInvalid, normalise_email


@pytest.mark.parametrize(
    ("written", "known_as"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com\n", "ada@example.com"),
        ("ada\u200b@example.com\ufeff", "ada@example.com"),
        ("ada@Bücher.de", "ada@xn--bcher-kva.de"),
        ("ada@xn--bcher-kva.de", "ada@xn--bcher-kva.de"),
        ("ADA+news@example.com", "ada+news@example.com"),
        ("a.d.a@example.com", "a.d.a@example.com"),
        ("ada@leads.test", "ada@leads.test"),
        ("ada@leads.example", "ada@leads.example"),
        ("ÄDA@example.com", "äda@example.com"),
    ],
)
def test_one_person_is_known_by_one_spelling(written, known_as):
    assert normalise_email(written) == known_as


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "a@b@c.com"]
)
def test_what_is_no_address_is_refused_without_repeating_it(text):
    with pytest.raises(EmailInvalid) as caught:
        normalise_email(text)
    assert str(caught.value) == "expected an e-mail address such as ada@example.com"


@given(st.emails())
def test_a_normalised_address_stays_as_it_is(address):
    try:
        once = normalise_email(address)
    except EmailInvalid:
        return
    assert normalise_email(once) == once


@given(st.text())
def test_any_text_is_an_address_or_refused(text):
    with suppress(EmailInvalid):
        assert "@" in normalise_email(text)
