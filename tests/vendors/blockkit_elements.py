"""Walks what stands inside blocks: texts, buttons, lists, inputs, confirm dialogs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

BUTTON, VALUE, URL, ID, ALT = 75, 2000, 3000, 255, 2000
PLACEHOLDER, OPTION, OPTION_VALUE, OPTIONS, GROUPS, OVERFLOW, TYPED = 150, 75, 150, 100, 100, 5, 3000
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}

Problem = tuple[str, str]
ANY_TEXT = ("plain_text", "mrkdwn")


def identity(at: str, node: dict[str, Any], name: str, seen: set[str]) -> Iterator[Problem]:
    """An id is a string of 1 to 255 characters that no neighbour has."""
    if name not in node:
        return
    value = node[name]
    if not isinstance(value, str) or not 1 <= len(value) <= ID:
        yield f"{at}/{name}", "must be a string of 1 to 255 characters"
    elif value in seen:
        yield f"{at}/{name}", f"{name} already exists"
    else:
        seen.add(value)


def text(at: str, node: Any, limit: int, kinds: tuple[str, ...] = ANY_TEXT) -> Iterator[Problem]:
    """A text object of a kind that its place takes."""
    if not isinstance(node, dict) or node.get("type") not in kinds:
        yield at, f"must be a text object of type {' or '.join(kinds)}"
        return
    said = node.get("text")
    if not isinstance(said, str) or not said.strip():
        yield f"{at}/text", "must be more than 0 characters"
    elif len(said) > limit:
        yield f"{at}/text", f"must be less than {limit + 1} characters"
    flag = {"plain_text": "emoji", "mrkdwn": "verbatim"}[node["type"]]
    yield from unknown(at, node, {"text", flag})
    if not isinstance(node.get(flag, False), bool):
        yield f"{at}/{flag}", "must be a boolean"


def plain(at: str, node: Any, limit: int) -> Iterator[Problem]:
    """A text object without markup."""
    yield from text(at, node, limit, ("plain_text",))


def unknown(at: str, node: dict[str, Any], known: set[str]) -> Iterator[Problem]:
    """Slack refuses what it does not know."""
    for name in node.keys() - known - {"type"}:
        yield f"{at}/{name}", "unknown property"


def sized(at: str, value: Any, limit: int) -> Iterator[Problem]:
    """A list that is neither empty nor too long."""
    if not isinstance(value, list) or not 1 <= len(value) <= limit:
        yield at, f"must have 1 to {limit} items"


def listed(value: Any) -> list[Any]:
    """The items of what ought to be a list."""
    return value if isinstance(value, list) else []


def url(at: str, value: Any) -> Iterator[Problem]:
    """An address of the web."""
    if not isinstance(value, str) or len(value) > URL or not value.startswith(("https://", "http://")):
        yield at, "must be an http address of at most 3000 characters"


def element(at: str, node: Any, seen: set[str], kinds: frozenset[str]) -> Iterator[Problem]:
    """An element of a kind that its block takes."""
    kind = node.get("type") if isinstance(node, dict) else None
    if kind not in kinds:
        yield f"{at}/type", "unsupported type"
        return
    if kind == "image":
        yield from image(at, node)
        return
    yield from identity(at, node, "action_id", seen)
    yield from unknown(at, node, _KEYS[kind] | {"action_id"})
    if "confirm" in node:
        yield from _confirm(f"{at}/confirm", node["confirm"])
    yield from _WALKS[kind](at, node)


def image(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    """A picture and what it shows."""
    yield from url(f"{at}/image_url", node.get("image_url"))
    if not 1 <= len(str(node.get("alt_text", ""))) <= ALT:
        yield f"{at}/alt_text", "is required"


def _button(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    yield from plain(f"{at}/text", node.get("text"), BUTTON)
    if not isinstance(node.get("value", ""), str) or len(node.get("value", "")) > VALUE:
        yield f"{at}/value", "must be less than 2001 characters"
    if "url" in node:
        yield from url(f"{at}/url", node["url"])
    yield from _style(at, node)


def _style(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    if node.get("style", "primary") not in ("primary", "danger"):
        yield f"{at}/style", "must be primary or danger"


def _confirm(at: str, node: Any) -> Iterator[Problem]:
    if not isinstance(node, dict):
        yield at, "must be a confirm object"
        return
    for name, limit in CONFIRM.items():
        yield from plain(f"{at}/{name}", node.get(name), limit)
    yield from unknown(at, node, {*CONFIRM, "style"})
    yield from _style(at, node)


def _static_select(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    yield from _placeholder(at, node)
    if ("options" in node) == ("option_groups" in node):
        yield at, "options or option_groups is required, and not both"
        return
    offered = listed(node.get("options"))
    if "options" in node:
        yield from _options(f"{at}/options", node["options"], OPTIONS)
    else:
        yield from sized(f"{at}/option_groups", node["option_groups"], GROUPS)
        for n, group in enumerate(listed(node["option_groups"])):
            yield from _group(f"{at}/option_groups/{n}", group)
            offered = [*offered, *listed(group.get("options") if isinstance(group, dict) else None)]
    if "initial_option" in node and node["initial_option"] not in offered:
        yield f"{at}/initial_option", "must be one of the options"


def _group(at: str, node: Any) -> Iterator[Problem]:
    if not isinstance(node, dict):
        yield at, "must be an option group"
        return
    yield from plain(f"{at}/label", node.get("label"), OPTION)
    yield from _options(f"{at}/options", node.get("options"), OPTIONS)
    yield from unknown(at, node, {"label", "options"})


def _options(at: str, options: Any, limit: int, extra: frozenset[str] = frozenset()) -> Iterator[Problem]:
    yield from sized(at, options, limit)
    seen: set[Any] = set()
    for n, each in enumerate(listed(options)):
        where = f"{at}/{n}"
        if not isinstance(each, dict):
            yield where, "must be an option"
            continue
        yield from plain(f"{where}/text", each.get("text"), OPTION)
        value = each.get("value")
        if not isinstance(value, str) or not 1 <= len(value) <= OPTION_VALUE:
            yield f"{where}/value", "must be a string of 1 to 150 characters"
        elif value in seen:
            yield f"{where}/value", "value already exists"
        else:
            seen.add(value)
        if "description" in each:
            yield from plain(f"{where}/description", each["description"], OPTION)
        if "url" in each and "url" in extra:
            yield from url(f"{where}/url", each["url"])
        yield from unknown(where, each, {"text", "value", "description", *extra})


def _overflow(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    yield from _options(f"{at}/options", node.get("options"), OVERFLOW, frozenset({"url"}))


def _placeholder(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    if "placeholder" in node:
        yield from plain(f"{at}/placeholder", node["placeholder"], PLACEHOLDER)


def _plain_text_input(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    yield from _placeholder(at, node)
    least, most = node.get("min_length", 0), node.get("max_length", TYPED)
    if not _whole(least) or not 0 <= least <= TYPED:
        yield f"{at}/min_length", "must be 0 to 3000"
    if not _whole(most) or not 1 <= most <= TYPED or (_whole(least) and most < least):
        yield f"{at}/max_length", "must be 1 to 3000, and not below min_length"
    if not isinstance(node.get("multiline", False), bool):
        yield f"{at}/multiline", "must be a boolean"
    if not isinstance(node.get("initial_value", ""), str) or len(node.get("initial_value", "")) > TYPED:
        yield f"{at}/initial_value", "must be less than 3001 characters"


def _datepicker(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    yield from _placeholder(at, node)
    if "initial_date" in node and not _is_date(node["initial_date"]):
        yield f"{at}/initial_date", "must be a date such as 2026-03-02"


def _datetimepicker(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    initial = node.get("initial_date_time", 10**9)
    if not _whole(initial) or len(str(initial)) != 10:
        yield f"{at}/initial_date_time", "must be a UNIX timestamp of 10 digits"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_KEYS: dict[str, set[str]] = {
    "button": {"text", "value", "url", "style", "accessibility_label", "confirm"},
    "static_select": {
        "placeholder", "options", "option_groups", "initial_option", "confirm", "focus_on_load",
    },
    "overflow": {"options", "confirm"},
    "datepicker": {"placeholder", "initial_date", "confirm", "focus_on_load"},
    "datetimepicker": {"initial_date_time", "confirm", "focus_on_load"},
    "plain_text_input": {
        "placeholder", "initial_value", "multiline", "min_length", "max_length",
        "dispatch_action_config", "focus_on_load",
    },
}  # fmt: skip
_WALKS = {
    "button": _button,
    "static_select": _static_select,
    "overflow": _overflow,
    "datepicker": _datepicker,
    "datetimepicker": _datetimepicker,
    "plain_text_input": _plain_text_input,
}
