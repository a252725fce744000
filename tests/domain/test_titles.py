"""From a job title to persona and seniority (N1 to N5, P12)."""

from __future__ import annotations

import pytest

from leadworkflows.domain.personas import classify_title
from tests.domain.variants import DEFAULT


@pytest.mark.parametrize(
    ("title", "persona", "seniority"),
    [
        ("CFO", "cfo", "c_level"),
        ("Chief Financial Officer", "cfo", "c_level"),
        ("Finance Director", "cfo", "director"),
        ("Director of Finance", "cfo", "director"),
        ("Technical Director", "technical_director", "director"),
        ("technical manager", "technical_director", "manager"),
        ("CTO & Co-Founder", "technical_director", "c_level"),
        ("Marketing Manager (EMEA)", "marketing_manager", "manager"),
        ("Sales Director", "sales_director", "director"),
        ("Vice President of Sales", "sales_director", "vp"),
        ("Vice-President, Finance", "cfo", "vp"),
        ("VP of Engineering", "technical_director", "vp"),
        ("SVP Sales", "sales_director", "vp"),
        ("Vice President", None, "vp"),
        ("President", None, "c_level"),
        ("Managing Director", None, "c_level"),
        ("Head of Design", None, "director"),
        ("Software Engineer", None, "staff"),
        ("Intern", None, "intern"),
        ("Marketing Intern", None, "intern"),
        ("Executive Assistant to the CEO", None, "staff"),
        ("Assistant to the CFO", None, "staff"),
        ("PA to CFO", None, "staff"),
        ("Product Owner", None, "staff"),
        ("Gardener", None, None),
        ("", None, None),
    ],
)
def test_a_title_tells_who_decides_what(title, persona, seniority):
    found = classify_title(title, DEFAULT)
    assert (found.get("persona"), found.get("seniority")) == (persona, seniority)
