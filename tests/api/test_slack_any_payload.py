"""Whatever stands in a signed payload, the answer is a clear one and never a failure of ours."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.api.edge import EVENT
from tests.api.slacked import chosen, typed

ODD: list[Any] = [
    None,
    7,
    -1,
    10**30,
    "",
    "x" * 5000,
    "a\x00b",
    "\ud800",
    [],
    [[]],
    {},
    {"a": None},
    True,
    0.5,
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a payload, from the outside in."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, each in inside for found in places(each, (*path, name)))]


def with_odd(payload: dict[str, Any], path: tuple[Any, ...], odd: Any) -> Any:
    changed = copy.deepcopy(payload)
    if not path:
        return odd
    place: Any = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = odd
    return changed


@pytest.fixture
async def lead(slacked):
    await slacked.edge.events(EVENT)
    return await slacked.edge.lead_id()


async def judge(slacked, payload: dict[str, Any]) -> None:
    for path in places(payload):
        for odd in ODD:
            response = await slacked.interact(with_odd(payload, path, odd))
            assert response.status_code in (200, 400, 422), (path, odd, response.text)


@pytest.mark.parametrize("command", ["accept", "return"])
async def test_of_a_press(slacked, lead, command):
    await judge(slacked, slacked.press(command, lead))
    await slacked.settled()


@pytest.mark.parametrize(
    ("command", "answers"),
    [
        ("return", {"reason": chosen("not_ready"), "note": typed("later")}),
        ("pause", {"until": {"selected_date_time": 1_900_000_000}}),
    ],
)
async def test_of_a_form(slacked, lead, command, answers):
    await slacked.interact(slacked.press(command, lead))
    await slacked.settled()
    view = slacked.slack.views[-1]
    slim = {key: view[key] for key in ("type", "callback_id", "blocks", "private_metadata")}
    slim["blocks"] = [{"type": block["type"], "block_id": block.get("block_id")} for block in view["blocks"]]
    filled = slacked.submit(view, answers)
    await judge(slacked, {**filled, "view": {**filled["view"], **slim}})
