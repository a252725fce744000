"""Walks the blocks of a Slack message or modal and finds what Slack refuses, with JSON pointers.

Limits: vectors/out_slack_blockkit.json and docs.slack.dev (Block Kit, modal views). slack_sdk's own
check is shallow and misses several.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.vendors.blockkit_elements import (
    Problem,
    element,
    identity,
    image,
    listed,
    plain,
    sized,
    text,
    unknown,
)

BLOCKS, HEADER, SECTION, FIELDS, FIELD = 50, 150, 3000, 10, 2000
ACTIONS, CONTEXT, TOTAL = 25, 10, 12_000
MODAL_BLOCKS, TITLE, SUBMIT, LABEL, METADATA, CALLBACK, VIEW = 100, 24, 24, 2000, 3000, 255, 250_000

_IN_ACTIONS = frozenset({"button", "static_select", "overflow", "datepicker", "datetimepicker"})
_IN_SECTION = frozenset({"image", "button", "static_select", "overflow", "datepicker"})
_IN_INPUT = frozenset({"static_select", "datepicker", "datetimepicker", "plain_text_input"})

_KEYS = {
    "header": {"text"},
    "section": {"text", "fields", "accessory", "expand"},
    "actions": {"elements"},
    "context": {"elements"},
    "divider": set(),
    "image": {"image_url", "alt_text", "title"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
}
_VIEW = {
    *("title", "blocks", "submit", "close", "private_metadata", "callback_id", "clear_on_close"),
    *("notify_on_close", "external_id"),
}


def walk(blocks: Any) -> list[Problem]:
    """Pointer and problem of everything in a message that is refused as `invalid_blocks`."""
    return list(_blocks(blocks, BLOCKS))


def walk_view(view: Any) -> list[Problem]:
    """Pointer and problem of everything in a modal that `views.open` refuses."""
    return list(_view(view))


def characters(node: Any) -> int:
    """All visible text of a message: above 12,000 it is refused as `msg_blocks_too_long`."""
    if isinstance(node, dict):
        own = len(node["text"]) if isinstance(node.get("text"), str) else 0
        return own + sum(characters(value) for value in node.values())
    return sum(characters(each) for each in node) if isinstance(node, list) else 0


def _view(view: Any) -> Iterator[Problem]:
    if not isinstance(view, dict) or view.get("type") != "modal":
        yield "/type", "must be modal"
        return
    yield from unknown("", view, _VIEW)
    yield from plain("/title", view.get("title"), TITLE)
    for name in ("submit", "close"):
        if name in view:
            yield from plain(f"/{name}", view[name], SUBMIT)
    for name, limit in (("private_metadata", METADATA), ("callback_id", CALLBACK)):
        if not isinstance(view.get(name, ""), str) or len(view.get(name, "")) > limit:
            yield f"/{name}", f"must be less than {limit + 1} characters"
    yield from _blocks(view.get("blocks"), MODAL_BLOCKS)
    kinds = [each.get("type") for each in listed(view.get("blocks")) if isinstance(each, dict)]
    if "input" in kinds and "submit" not in view:
        yield "/submit", "is required where there is an input"
    if len(json.dumps(view).encode()) > VIEW:
        yield "", "view_too_large"


def _blocks(blocks: Any, most: int) -> Iterator[Problem]:
    if not isinstance(blocks, list) or not blocks:
        yield "/blocks", "must be a list with at least one block"
        return
    if len(blocks) > most:
        yield "/blocks", f"no more than {most} items allowed"
    seen: set[str] = set()
    for n, block in enumerate(blocks):
        at = f"/blocks/{n}"
        if not isinstance(block, dict) or block.get("type") not in _KEYS:
            yield f"{at}/type", "unsupported type"
            continue
        yield from identity(at, block, "block_id", seen)
        yield from unknown(at, block, {*_KEYS[block["type"]], "block_id"})
        yield from _WALKS[block["type"]](at, block)


def _header(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from plain(f"{at}/text", block.get("text"), HEADER)


def _section(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    if "text" not in block and "fields" not in block:
        yield at, "text or fields is required"
    if "text" in block:
        yield from text(f"{at}/text", block["text"], SECTION)
    if "fields" in block:
        yield from sized(f"{at}/fields", block["fields"], FIELDS)
        for n, each in enumerate(listed(block["fields"])):
            yield from text(f"{at}/fields/{n}", each, FIELD)
    if "accessory" in block:
        yield from element(f"{at}/accessory", block["accessory"], set(), _IN_SECTION)


def _actions(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from sized(f"{at}/elements", block.get("elements"), ACTIONS)
    seen: set[str] = set()
    for n, each in enumerate(listed(block.get("elements"))):
        yield from element(f"{at}/elements/{n}", each, seen, _IN_ACTIONS)


def _context(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from sized(f"{at}/elements", block.get("elements"), CONTEXT)
    for n, each in enumerate(listed(block.get("elements"))):
        where = f"{at}/elements/{n}"
        if isinstance(each, dict) and each.get("type") == "image":
            yield from image(where, each)
        else:
            yield from text(where, each, SECTION)


def _input(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from plain(f"{at}/label", block.get("label"), LABEL)
    if "hint" in block:
        yield from plain(f"{at}/hint", block["hint"], LABEL)
    for flag in ("optional", "dispatch_action"):
        if not isinstance(block.get(flag, False), bool):
            yield f"{at}/{flag}", "must be a boolean"
    yield from element(f"{at}/element", block.get("element"), set(), _IN_INPUT)


def _nothing(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from ()


_WALKS = {
    "header": _header,
    "section": _section,
    "actions": _actions,
    "context": _context,
    "divider": _nothing,
    "image": image,
    "input": _input,
}
