from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.sources.identity import EmailInvalid, known_ids, normalise_email, visitor_id


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
        ("info@Example.com", "info@example.com"),
        ("SALES@EXAMPLE.COM", "sales@example.com"),
        ("Ada@BÜCHER.de", "ada@xn--bcher-kva.de"),
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


def test_who_uses_tags_is_another_lead_for_each():
    assert len({normalise_email(f"ada{tag}@example.com") for tag in ("", "+a", "+b", "+A")}) == 3


@given(st.from_regex(r"[aZ0._+-]{0,4}@?[aZ0.-]{0,5}(\.(com|test|local|invalid|de))?", fullmatch=True))
def test_the_quick_way_and_the_thorough_way_agree(text):
    """An invisible character sends an address the thorough way."""
    assert _outcome(text) == _outcome(f"\u200b{text}")


def _outcome(text):
    try:
        return normalise_email(text)
    except EmailInvalid:
        return None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "undefined",
        "NULL",
        "unknown",
        "Anonymous",
        "n/a",
        "-",
        "0",
        "test",
        "{{ visitor.id }}",
        "${id}",
        "00000000-0000-0000-0000-000000000000",
    ],
)
def test_what_a_script_writes_without_an_id_is_no_id(text):
    assert visitor_id(text) is None
    assert known_ids({"hubspot": text, "crm": " c-1 "}) == {"crm": "c-1"}


@pytest.mark.parametrize("text", ["a-81", "1", "null-pointer", "tester", "GA1.2.0.0"])
def test_any_other_text_is_an_id(text):
    assert visitor_id(f" {text} ") == text


@pytest.mark.parametrize("typed", ["a" * 1_000_000, "a@" + "b." * 500_000, "\u200b" * 1_001])
def test_what_is_far_too_long_is_refused_before_it_is_read(typed):
    with pytest.raises(EmailInvalid, match="far longer"):
        normalise_email(typed)
