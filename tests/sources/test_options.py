from __future__ import annotations

import pytest
from pydantic import ValidationError

from leadworkflows.domain.events import EventType
from leadworkflows.sources.intents import Intent
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.topics import TOPICS


def test_the_topics_are_those_that_the_documents_list():
    assert set(TOPICS) == {
        *("email", "first_name", "last_name", "name", "title", "company", "phone"),
        *("employees", "company_type", "industry", "country", "time_zone", "budget"),
        *("channel", "utm_source", "utm_medium", "utm_campaign", "anonymous_id", "intent", "ignore"),
        "consent",
    }


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("fields", {"Your team": "team"}, "for the field 'Your team' one of anonymous_id, budget, channel"),
        ("fields", {"Your team": 7}, "for the field 'Your team'"),
        ("fields", '["email"]', "expected a JSON map"),
        ("fields", {"Your team": "employees", "your_team": "company"}, "'your_team' is mapped twice"),
        ("events", {"Trial Started": "trial"}, "for the event 'Trial Started' a word such as demo"),
        ("events", {"Trial Started": "policy_changed"}, "for the event 'Trial Started'"),
        ("forms", {"lT4Z3j": "!"}, "for the form 'lT4Z3j'"),
        ("intent", "!", "demo, quote or contact"),
    ],
)
def test_a_map_that_cannot_be_used_is_explained(option, value, said):
    with pytest.raises(ValidationError, match="Value error") as caught:
        SourceOptions(**{option: value})
    assert said in str(caught.value)


def test_topics_may_be_written_with_spaces_and_capitals():
    assert SourceOptions(fields={"Rolle": "Company Type"}).fields == {"rolle": "company_type"}


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("Trial Started", Intent(EventType.TRIAL_STARTED)),
        ("trial_started", Intent(EventType.TRIAL_STARTED)),
        ("Pricing Asked", Intent(EventType.QUOTE_REQUESTED, "quote")),
        ("Paper Read", Intent(EventType.CONTENT_DOWNLOADED)),
        ("Deal Closed", Intent(EventType.DEAL_WON)),
        ("Something Else", None),
    ],
)
def test_a_vendors_event_is_what_the_settings_say(name, means):
    options = SourceOptions(
        events={
            "Trial Started": "trial_started",
            "Pricing Asked": "Quote",
            "Paper Read": "content downloaded",
            "Deal Closed": "deal_won",
        }
    )
    assert options.event_intent(name) == means


def test_an_empty_intent_is_none():
    assert SourceOptions(intent=" ").intent is None


def test_of_two_forms_that_differ_in_case_each_has_its_own_intent():
    options = SourceOptions(forms={"aB": "demo", "ab": "quote"})
    assert [options.form_intent(form).form for form in ("aB", "ab", "AB")] == ["demo", "quote", "demo"]
