"""A card says each reason once."""

from __future__ import annotations

from leadworkflows.slack.reasons import reasons_of


def test_what_happened_is_not_said_twice_where_a_rule_gave_points_for_it():
    said = reasons_of(
        {"event": "trial_started", "why": ["+30 trial started (P13.trial)", "+20 case study (P2)"]}
    )
    assert [each.text for each in said].count("Started a trial") == 1
    assert said[0].points == 30


def test_what_happened_is_said_where_no_rule_speaks_of_it():
    said = reasons_of({"event": "demo_requested", "why": ["+20 case study (P2)"]})
    assert said[0].text == "Asked for a demo"
