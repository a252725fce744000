"""What an event may say: typed per event type, folded into one spelling, never personal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from leadworkflows.domain.events import EventType, LeadEvent, facts_model
from leadworkflows.domain.facts import Facts, PageFacts, SocialFacts
from leadworkflows.domain.state import JourneyState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REQUIRED = {
    "page_viewed": {"page": "pricing"}, "content_downloaded": {"asset": "ebook"},
    "social_engaged": {"network": "linkedin"}, "lead_returned": {"reason": "not_ready"},
    "deal_lost": {"reason": "price"}, "lead_disqualified": {"reason": "spam"},
    "micro_commitment": {"commitment": "shared_document"}, "policy_changed": {"policy": "p-1"},
    "lead_assigned": {"to": "rep-2"},
}  # fmt: skip
PERSONAL = {"email", "first_name", "last_name", "name", "title", "company", "phone", "note", "message", "ip"}


def event(kind: str = "page_viewed", **facts: object) -> LeadEvent:
    said = facts or REQUIRED.get(kind, {})
    return LeadEvent.model_validate({"id": "e1", "type": kind, "occurred_at": NOON, "facts": said})


@pytest.mark.parametrize("kind", list(EventType))
def test_every_event_survives_its_journey_as_json(kind):
    sent = event(kind.value)
    assert LeadEvent.model_validate_json(sent.model_dump_json()) == sent
    assert type(LeadEvent.model_validate_json(sent.model_dump_json()).facts) is facts_model(kind)


@pytest.mark.parametrize("kind", REQUIRED)
def test_an_event_without_what_makes_it_one_is_refused(kind):
    with pytest.raises(ValidationError):
        LeadEvent.model_validate({"id": "e1", "type": kind, "occurred_at": NOON})


@pytest.mark.parametrize("kind", list(EventType))
def test_no_fact_of_any_event_is_personal(kind):
    assert not PERSONAL & set(facts_model(kind).model_fields)


def test_no_field_of_the_state_is_personal():
    fields = {name for model in _models(JourneyState.model_json_schema()) for name in model}
    assert "contributions" in fields
    assert not (PERSONAL - {"name"}) & fields, "name is an action's and a clock's"


def _models(schema):
    return [part.get("properties", {}) for part in (schema, *schema["$defs"].values())]


def test_what_a_fact_model_does_not_know_is_left_out():
    assert not hasattr(event(page="pricing", email="ada@example.com").facts, "email")


@pytest.mark.parametrize("spelling", ["Case Study", "case-study", " CASE_STUDY ", "case  study"])
def test_a_label_has_one_spelling(spelling):
    assert event(page=spelling).where("page") == "case_study"


@pytest.mark.parametrize("value", ["", "a" * 65, "ada@example.com", "<b>", "http://x y", "…"])
def test_what_is_no_label_is_refused(value):
    with pytest.raises(ValidationError, match="short word"):
        event(page=value)


@pytest.mark.parametrize("value", ["015123456789", "+49_151_234567", "call-123456-now"])
def test_a_label_that_may_hold_a_phone_number_is_refused_with_the_fix(value):
    with pytest.raises(ValidationError, match="phone number: shorten it"):
        event(page=value)


@pytest.mark.parametrize("value", ["ebook-12345", "webinar-2026-03-02", "c01234"])
def test_a_label_may_hold_short_numbers_and_dates(value):
    assert event(page=value).where("page")


@pytest.mark.parametrize(
    "key", ["ada@example.com", "lead:1:ada@example.com:1", "Ada Lovelace", "", "k\n", "é"]
)
def test_the_key_of_a_mail_holds_no_address(key):
    with pytest.raises(ValidationError, match="key of one of our actions"):
        event("email_clicked", key=key)


def test_the_key_of_a_mail_is_taken_as_our_actions_write_it():
    key = "lead:50f6376e212447df914883c622e21c2e:sql.1.email.send:1"
    assert event("email_clicked", key=key).where("key") == key
    with pytest.raises(ValidationError):
        event("email_clicked", key="k" * 256)


@pytest.mark.parametrize("rep", ["ada@example.com", "Ada Lovelace", "", "-"])
def test_a_person_in_sales_is_named_by_an_opaque_id(rep):
    with pytest.raises(ValidationError, match="id of a person in sales"):
        event("lead_claimed", by=rep)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "Germany"),
        ("time_zone", "Berlin"),
        ("employees", -1),
        ("seniority", "boss"),
        ("seconds", -1),
    ],
)
def test_a_fact_that_cannot_be_is_refused(field, value):
    with pytest.raises(ValidationError):
        event(page="pricing", **{field: value})


def test_a_country_is_upper_case():
    assert event(page="pricing", country=" de ").where("country") == "DE"


def test_times_are_kept_in_utc_and_need_an_offset():
    berlin = NOON.astimezone(timezone(timedelta(hours=2)))
    kept = LeadEvent(id="e1", type=EventType.TRIAL_STARTED, occurred_at=berlin).occurred_at
    assert (kept, kept.tzinfo) == (NOON, UTC)
    with pytest.raises(ValidationError, match="offset"):
        LeadEvent(id="e1", type=EventType.TRIAL_STARTED, occurred_at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize("when", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_has_no_utc_is_refused_as_any_other_wrong_value(when):
    with pytest.raises(ValidationError, match="between the years"):
        event("meeting_booked", starts_at=when)


def test_facts_of_another_event_type_are_refused():
    with pytest.raises(ValidationError, match="PageFacts"):
        LeadEvent(
            id="e1", type=EventType.PAGE_VIEWED, occurred_at=NOON, facts=SocialFacts(network="linkedin")
        )


def test_a_fact_that_an_event_does_not_state_is_none():
    assert (event(page="pricing").where("seconds"), event(page="pricing").where("asset")) == (None, None)


@pytest.mark.parametrize("model", [Facts, PageFacts])
def test_facts_cannot_be_changed(model):
    facts = model.model_validate({"page": "pricing"})
    with pytest.raises(ValidationError):
        facts.industry = "software"


def test_a_level_holds_from_partial_on():
    levels = event("qualification_recorded", budget="unknown", need="no", timeline="partial", process="yes")
    assert {n: lv.holds for n, lv in levels.facts.levels().items()} == {  # type: ignore[attr-defined]
        "budget": False, "need": False, "timeline": True, "process": True
    }  # fmt: skip
