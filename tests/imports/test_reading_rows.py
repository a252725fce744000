"""What a row says, and when two rows are the same."""

from __future__ import annotations

import pytest

from leadworkflows.domain.events import EventType
from leadworkflows.imports.columns import columns_of, read_maps
from leadworkflows.imports.rows import Reading
from leadworkflows.imports.tabular import TableUnreadable
from leadworkflows.sources.base import InboundEvent, PayloadRejected


def understood(row: dict[str, str], *maps: str, **options: object) -> InboundEvent:
    columns = columns_of(list(row), read_maps(maps))
    return Reading(columns, **options).event_of(list(row.values()))  # type: ignore[arg-type]


def test_a_row_is_normalised_as_a_form_is():
    event = understood(
        {
            "E-Mail": " Ada@Example.COM ", "Name": "Lovelace, Ada", "Firma": "Example GmbH",
            "Job title": "CFO", "Country": "Deutschland", "Company size": "51-200",
            "Industry": "Financial technology", "Stand": "H4",
        },
        channel="trade_show", campaign="hannover",
    )  # fmt: skip
    assert event.type is EventType.FACTS_UPDATED
    assert event.identity.email == "ada@example.com"
    assert event.person.model_dump(exclude_none=True) == {
        "first_name": "Ada", "last_name": "Lovelace", "title": "CFO", "company": "Example GmbH",
    }  # fmt: skip
    said = event.facts.model_dump(mode="json", exclude_none=True)
    assert (said["country"], said["employees"], said["channel"], said["campaign"]) == (
        "DE", 51, "trade_show", "hannover",
    )  # fmt: skip
    assert event.notes == {"Stand": "H4"}


def test_a_row_says_better_than_the_option_where_a_lead_comes_from():
    assert (
        understood({"email": "a@example.com", "channel": "webinar"}, channel="list").facts.channel
        == "webinar"
    )


def test_a_row_can_be_a_request():
    event = understood({"email": "a@example.com", "Wish": "demo"}, "Wish=intent")
    assert event.type is EventType.DEMO_REQUESTED
    booked = understood({"email": "a@example.com"}, event=EventType.WEBINAR_ATTENDED)
    assert booked.type is EventType.WEBINAR_ATTENDED


def test_the_user_says_what_a_column_is():
    event = understood({"Kontakt": "a@example.com", "Haus": "Example", "Name": "x"},
                       "Kontakt=email", " haus =company", "Name=ignore")  # fmt: skip
    assert (event.identity.email, event.person.company, event.person.first_name) == (
        "a@example.com",
        "Example",
        None,
    )
    assert event.notes == {}


def test_a_header_with_an_equals_sign_can_be_mapped():
    assert understood({"a=b": "a@example.com"}, "a=b=email").identity.email == "a@example.com"


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        (["Frima=company"], "did you mean 'Firma'"),
        (["Firma=firm"], "expected after = one of anonymous_id, budget"),
        (["Firma"], "expected a header and what it is"),
    ],
)
def test_a_wrong_map_is_told_with_the_fix(maps: list[str], said: str):
    with pytest.raises(TableUnreadable, match=said):
        columns_of(["email", "Firma"], read_maps(maps))


def test_a_file_without_addresses_is_told_how_to_name_them():
    with pytest.raises(TableUnreadable, match='--map "Kontakt=email"; the columns are: Kontakt, Firma'):
        columns_of(["Kontakt", "Firma"], {})


def test_a_column_that_only_speaks_of_the_address_is_not_taken_for_it():
    event = understood({"E-mail opt-in": "yes", "E-mail": "a@example.com"})
    assert (event.identity.email, event.notes) == ("a@example.com", {"E-mail opt-in": "yes"})


@pytest.mark.parametrize(
    ("row", "field", "problem"),
    [
        ({"Mail e-mail": "", "name": "Ada"}, "Mail e-mail", "is empty"),
        ({"email": "ada at example"}, "email", "expected an e-mail address"),
        ({"email": "a@example.com", "Bio": "x" * 10_001}, "Bio", "10,001 characters"),
    ],
)
def test_what_is_wrong_with_a_row_names_its_column_and_not_its_value(
    row: dict[str, str], field: str, problem: str
):
    with pytest.raises(PayloadRejected, match=problem) as rejected:
        understood(row)
    assert rejected.value.field == field
    assert "ada at example" not in str(rejected.value)


def test_a_row_with_more_cells_than_the_header_is_refused_and_a_shorter_one_is_not():
    reading = Reading(columns_of(["email", "company"], {}))
    with pytest.raises(PayloadRejected, match="3 cells and the header 2"):
        reading.event_of(["a@example.com", "Example", "Inc."])
    assert reading.event_of(["a@example.com", "Example", "", ""]).person.company == "Example"
    assert reading.event_of(["a@example.com"]).person.company is None


# When rows are the same

ROW = {"email": "ada@example.com", "company": "Müller GmbH", "Stand": "H4"}


@pytest.mark.parametrize(
    "same",
    [
        {"Stand": "H4", "company": "Müller GmbH", "email": "ada@example.com"},
        {"E-Mail": "ADA@example.com", "Firma": " Mu\u0308ller  GmbH ", "Stand": "H4"},
        {**ROW, "phone": ""},
    ],
)
def test_order_of_columns_case_of_the_address_and_spaces_make_no_other_row(same: dict[str, str]):
    assert understood(same).delivery_id == understood(ROW).delivery_id


@pytest.mark.parametrize("changed", [{"company": "Müller AG"}, {"Stand": "H5"}, {"email": "bob@example.com"}])
def test_a_row_that_says_something_else_is_news(changed: dict[str, str]):
    assert understood({**ROW, **changed}).delivery_id != understood(ROW).delivery_id


def test_the_same_row_for_another_campaign_is_news():
    assert understood(ROW, campaign="berlin").delivery_id != understood(ROW, campaign="paris").delivery_id
