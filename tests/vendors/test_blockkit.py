"""The walk of modals and their elements refuses what Slack's documents forbid."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.blockkit import walk, walk_view


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(n: int = 0, **changes: Any) -> dict[str, Any]:
    return {"text": plain(f"o{n}"), "value": f"v{n}", **changes}


def select(**changes: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "a", "options": [option()], **changes}


def asked(element: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "b", "label": plain("Why?"), "element": element, **changes}


def view(*blocks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    whole = {"type": "modal", "title": plain("t"), "submit": plain("s"), "blocks": list(blocks), **changes}
    return {name: value for name, value in whole.items() if value is not None}


GROUP = {"label": plain("g"), "options": [option()]}
CONFIRM = {name: plain("x") for name in ("title", "text", "confirm", "deny")}
GOOD = [
    select(),
    select(options=[option(n) for n in range(100)], initial_option=option(99)),
    {"type": "static_select", "option_groups": [GROUP] * 100},
    {"type": "datepicker", "initial_date": "2026-03-02"},
    {"type": "datetimepicker", "initial_date_time": 1_772_447_400},
    {"type": "plain_text_input", "multiline": True, "min_length": 1, "max_length": 3000},
]
BAD = [
    (select(options=[option(n) for n in range(101)]), "/options"),
    (select(options=[]), "/options"),
    (select(options=[option(), option()]), "/options/1/value"),
    (select(options=[option(text=plain("t" * 76))]), "/options/0/text/text"),
    (select(options=[option(text={"type": "mrkdwn", "text": "t"})]), "/options/0/text"),
    (select(options=[option(value="v" * 151)]), "/options/0/value"),
    (select(initial_option=option(7)), "/initial_option"),
    (select(option_groups=[GROUP]), ""),
    (select(placeholder=plain("p" * 151)), "/placeholder/text"),
    (select(confirm={**CONFIRM, "title": plain("c" * 101)}), "/confirm/title/text"),
    (select(confirm={**CONFIRM, "text": plain("c" * 301)}), "/confirm/text/text"),
    (select(confirm={**CONFIRM, "deny": plain("c" * 31)}), "/confirm/deny/text"),
    (select(confirm={"title": plain("c")}), "/confirm/confirm"),
    ({"type": "datepicker", "initial_date": "2026-02-30"}, "/initial_date"),
    ({"type": "datetimepicker", "initial_date_time": 1_772_447_400_000}, "/initial_date_time"),
    ({"type": "plain_text_input", "max_length": 3001}, "/max_length"),
    ({"type": "plain_text_input", "max_length": 0}, "/max_length"),
    ({"type": "plain_text_input", "min_length": 9, "max_length": 8}, "/max_length"),
    ({"type": "plain_text_input", "value": "x"}, "/value"),
    ({"type": "button", "text": plain("x")}, "/type"),
    ({"type": "overflow", "options": [option()]}, "/type"),
]


@pytest.mark.parametrize("element", GOOD, ids=lambda element: element["type"])
def test_an_input_within_the_limits_is_taken(element):
    assert walk_view(view(asked(element))) == []


@pytest.mark.parametrize(("element", "pointer"), BAD)
def test_an_input_beyond_a_limit_is_named_by_its_pointer(element, pointer):
    assert f"/blocks/0/element{pointer}" in [at for at, _problem in walk_view(view(asked(element)))]


@pytest.mark.parametrize(
    ("modal", "pointer"),
    [
        (view(asked(select()), title=plain("t" * 25)), "/title/text"),
        (view(asked(select()), title={"type": "mrkdwn", "text": "t"}), "/title"),
        (view(asked(select()), submit=plain("s" * 25)), "/submit/text"),
        (view(asked(select()), submit=None), "/submit"),
        (view(asked(select()), close=plain("c" * 25)), "/close/text"),
        (view(asked(select()), private_metadata="m" * 3001), "/private_metadata"),
        (view(asked(select()), callback_id="c" * 256), "/callback_id"),
        (view(asked(select()), text="x"), "/text"),
        (view(), "/blocks"),
        (view(*[{"type": "divider"}] * 101), "/blocks"),
        (view(asked(select()), asked(select())), "/blocks/1/block_id"),
        (view(asked(select(), label=plain("l" * 2001))), "/blocks/0/label/text"),
        (view(asked(select(), hint=plain(" "))), "/blocks/0/hint/text"),
        (view(asked(select(), optional="yes")), "/blocks/0/optional"),
        ({"type": "message"}, "/type"),
    ],
)
def test_a_view_beyond_a_limit_is_named_by_its_pointer(modal, pointer):
    assert pointer in [at for at, _problem in walk_view(modal)]


def test_a_view_above_250_kb_is_too_large():
    groups = [{"label": plain("g"), "options": [option(n, value="v" * 140 + str(n))]} for n in range(100)]
    selects = [asked({"type": "static_select", "option_groups": groups}, block_id=str(n)) for n in range(20)]
    assert ("", "view_too_large") in walk_view(view(*selects))


def test_a_menu_of_a_message_has_one_to_five_options():
    row = [{"type": "overflow", "options": [option(n) for n in range(6)]}]
    assert walk([{"type": "actions", "elements": row}])
    assert not walk([{"type": "actions", "elements": [{**row[0], "options": row[0]["options"][:5]}]}])
