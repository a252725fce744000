"""A form of Slack's as a form of ours: the same inputs, and the answers as Slack would send them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from leadworkflows.slack.modal_inputs import ACTION
from leadworkflows.web.slack_markup import plain, rich

Kind = Literal["words", "choice", "line", "note", "moment"]


@dataclass(frozen=True)
class Choice:
    """One of a list."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class Field:
    """A paragraph, or something to be filled in; `name` is the block's id."""

    kind: Kind
    name: str = ""
    label: str = ""
    hint: str = ""
    needed: bool = False
    value: str = ""
    longest: int | None = None
    choices: Sequence[Choice] = ()
    words: str | Markup = ""
    problem: str = ""


def fields_of(
    view: Mapping[str, Any], typed: Mapping[str, str], problems: Mapping[str, str], zone: ZoneInfo
) -> list[Field]:
    """What a view shows, in its order, with what was typed before and what is wrong with it."""
    return [field for block in view["blocks"] for field in _field(block, typed, problems, zone)]


def submitted(view: Mapping[str, Any], typed: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """The view as Slack sends it back: each input with what was typed. Times are read in `zone`."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    answers = {each["block_id"]: {ACTION: _answer(each, typed, zone)} for each in inputs}
    return {**view, "state": {"values": answers}}


def _field(
    block: Mapping[str, Any], typed: Mapping[str, str], problems: Mapping[str, str], zone: ZoneInfo
) -> Iterator[Field]:
    if block["type"] == "section":
        yield Field("words", words=rich(block.get("text"), zone))
    elif block["type"] == "input":
        element, name = block["element"], str(block["block_id"])
        options = list(_options(element))
        first = (element.get("initial_option") or {}).get("value", "")
        value = typed.get(name, first)
        yield Field(
            kind=_KINDS.get(element["type"]) or ("note" if element.get("multiline") else "line"),
            name=name,
            label=plain(block.get("label")),
            hint=plain(block.get("hint")),
            needed=not block.get("optional"),
            value=value,
            longest=element.get("max_length"),
            choices=[Choice(each["value"], plain(each["text"]), each["value"] == value) for each in options],
            problem=problems.get(name, ""),
        )


_KINDS: dict[str, Kind] = {"static_select": "choice", "datetimepicker": "moment"}


def _options(element: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from element.get("options") or ()
    for group in element.get("option_groups") or ():
        yield from group["options"]


def _answer(block: Mapping[str, Any], typed: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    element, said = block["element"], typed.get(str(block["block_id"]), "").strip()
    if element["type"] == "static_select":
        known = {each["value"] for each in _options(element)}
        return {"selected_option": {"value": said} if said in known else None}
    if element["type"] == "datetimepicker":
        return {"selected_date_time": _instant(said, zone)}
    return {"value": said[: element.get("max_length") or None] or None}


def _instant(said: str, zone: ZoneInfo) -> int | None:
    """In seconds; None where nothing was said, or what no calendar knows."""
    try:
        return int(datetime.fromisoformat(said).replace(tzinfo=zone).timestamp()) if said else None
    except (ValueError, OverflowError):
        return None
