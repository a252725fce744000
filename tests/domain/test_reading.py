"""What is found once for all events of a type is what asking every rule of every event would find."""

from __future__ import annotations

from hypothesis import given, settings

from leadworkflows.domain.conditions import folded, holds
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.reading import is_meant
from leadworkflows.domain.rules import ScoringRule
from leadworkflows.domain.scoring import matches
from tests.domain.scenarios import lead_events
from tests.domain.story import Story
from tests.domain.variants import DEFAULT, variant

ODD = variant(
    scoring=[
        {"id": "either", "on": [{"page_viewed": {"page": "blog"}}, {"page_viewed": {"page": "pricing"}}],
         "points": 1, "group": "online"},
        {"id": "of-pricing", "on": "page_viewed", "where": {"page": "pricing"}, "points": 1,
         "group": "online"},
        {"id": "any", "on": ["page_viewed", "content_downloaded"], "points": 1, "group": "online"},
        {"id": "never", "on": {"page_viewed": {"page": "blog"}}, "where": {"page": "pricing"}, "points": 1,
         "group": "online"},
        {"id": "from-germany", "on": "page_viewed", "where": {"country": "DE", "seconds": {"gte": 300}},
         "points": 1, "group": "online"},
    ]
)  # fmt: skip


def found(policy: Policy, event: LeadEvent) -> list[str]:
    said = folded(vars(event.facts))
    return [rule.id for rule in policy.reading[event.type].scoring.meant(said)]


def asked(policy: Policy, event: LeadEvent) -> list[str]:
    def occurs(rule: ScoringRule) -> bool:
        return holds(rule.where, event.where) and matches(event, rule.on)

    return [rule.id for rule in policy.scoring if occurs(rule)]


@settings(max_examples=50)
@given(lead_events())
def test_the_rules_found_for_an_event_are_those_that_asking_each_would_find(events):
    for policy in (DEFAULT, ODD):
        for event in events:
            assert found(policy, event) == asked(policy, event)
            reading, said = policy.reading[event.type], folded(vars(event.facts))
            assert is_meant(reading.asks, said) is matches(event, policy.moves.T3)
            assert is_meant(reading.contact, said) is matches(event, policy.priority.contact)


def test_a_rule_may_ask_for_one_of_several_pages_or_for_a_fact_beside_the_page():
    story = Story()
    assert found(ODD, story.event(0, "page_viewed", page="pricing")) == ["either", "of-pricing", "any"]
    assert found(ODD, story.event(0, "page_viewed", page="blog")) == ["either", "any"]
    long = story.event(0, "page_viewed", page="product", country="de", seconds=300)
    assert found(ODD, long) == ["any", "from-germany"]
