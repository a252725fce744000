"""Walks the blocks of a Slack message and finds what Slack refuses, with JSON pointers.

Limits: vectors/out_slack_blockkit.json. slack_sdk's own check is shallow and misses several.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

BLOCKS, HEADER, SECTION, FIELDS, FIELD = 50, 150, 3000, 10, 2000
ACTIONS, CONTEXT, BUTTON, VALUE, URL, ID, ALT, TOTAL = 25, 10, 75, 2000, 3000, 255, 2000, 12_000

Problem = tuple[str, str]

_KEYS = {
    "header": {"text"},
    "section": {"text", "fields", "accessory", "expand"},
    "actions": {"elements"},
    "context": {"elements"},
    "divider": set(),
    "image": {"image_url", "alt_text", "title"},
}


def walk(blocks: Any) -> list[Problem]:
    """Pointer and problem of everything that is refused as `invalid_blocks`."""
    return list(_blocks(blocks))


def characters(node: Any) -> int:
    """All visible text of a message: above 12,000 it is refused as `msg_blocks_too_long`."""
    if isinstance(node, dict):
        own = len(node["text"]) if isinstance(node.get("text"), str) else 0
        return own + sum(characters(value) for value in node.values())
    return sum(characters(each) for each in node) if isinstance(node, list) else 0


def _blocks(blocks: Any) -> Iterator[Problem]:
    if not isinstance(blocks, list) or not blocks:
        yield "/blocks", "must be a list with at least one block"
        return
    if len(blocks) > BLOCKS:
        yield "/blocks", "no more than 50 items allowed"
    seen: set[str] = set()
    for n, block in enumerate(blocks):
        at = f"/blocks/{n}"
        if not isinstance(block, dict) or block.get("type") not in _KEYS:
            yield f"{at}/type", "unsupported type"
            continue
        yield from _identity(at, block, "block_id", seen)
        for name in block.keys() - _KEYS[block["type"]] - {"type", "block_id"}:
            yield f"{at}/{name}", "unknown property"
        yield from _WALKS[block["type"]](at, block)


def _identity(at: str, node: dict[str, Any], name: str, seen: set[str]) -> Iterator[Problem]:
    if name not in node:
        return
    value = node[name]
    if not isinstance(value, str) or not 1 <= len(value) <= ID:
        yield f"{at}/{name}", "must be a string of 1 to 255 characters"
    elif value in seen:
        yield f"{at}/{name}", f"{name} already exists"
    else:
        seen.add(value)


_ANY_TEXT = ("plain_text", "mrkdwn")


def _text(at: str, node: Any, limit: int, kinds: tuple[str, ...] = _ANY_TEXT) -> Iterator[Problem]:
    if not isinstance(node, dict) or node.get("type") not in kinds:
        yield at, f"must be a text object of type {' or '.join(kinds)}"
        return
    text = node.get("text")
    if not isinstance(text, str) or not text.strip():
        yield f"{at}/text", "must be more than 0 characters"
    elif len(text) > limit:
        yield f"{at}/text", f"must be less than {limit + 1} characters"
    flag = {"plain_text": "emoji", "mrkdwn": "verbatim"}[node["type"]]
    for name in node.keys() - {"type", "text", flag}:
        yield f"{at}/{name}", "unknown property"
    if not isinstance(node.get(flag, False), bool):
        yield f"{at}/{flag}", "must be a boolean"


def _header(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from _text(f"{at}/text", block.get("text"), HEADER, ("plain_text",))


def _section(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    if "text" not in block and "fields" not in block:
        yield at, "text or fields is required"
    if "text" in block:
        yield from _text(f"{at}/text", block["text"], SECTION)
    if "fields" in block:
        yield from _sized(f"{at}/fields", block["fields"], FIELDS)
        for n, each in enumerate(_listed(block["fields"])):
            yield from _text(f"{at}/fields/{n}", each, FIELD)
    if "accessory" in block:
        yield from _element(f"{at}/accessory", block["accessory"], set())


def _actions(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from _sized(f"{at}/elements", block.get("elements"), ACTIONS)
    seen: set[str] = set()
    for n, each in enumerate(_listed(block.get("elements"))):
        yield from _element(f"{at}/elements/{n}", each, seen)


def _context(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from _sized(f"{at}/elements", block.get("elements"), CONTEXT)
    for n, each in enumerate(_listed(block.get("elements"))):
        where = f"{at}/elements/{n}"
        if isinstance(each, dict) and each.get("type") == "image":
            yield from _image(where, each)
        else:
            yield from _text(where, each, SECTION)


def _element(at: str, node: Any, seen: set[str]) -> Iterator[Problem]:
    kind = node.get("type") if isinstance(node, dict) else None
    if kind == "image":
        yield from _image(at, node)
        return
    if kind != "button":
        yield f"{at}/type", "unsupported type"
        return
    yield from _identity(at, node, "action_id", seen)
    yield from _text(f"{at}/text", node.get("text"), BUTTON, ("plain_text",))
    for name in node.keys() - {"type", "action_id", "text", "value", "url", "style", "accessibility_label"}:
        yield f"{at}/{name}", "unknown property"
    if len(str(node.get("value", ""))) > VALUE:
        yield f"{at}/value", "must be less than 2001 characters"
    if "url" in node:
        yield from _url(f"{at}/url", node["url"])
    if node.get("style", "primary") not in ("primary", "danger"):
        yield f"{at}/style", "must be primary or danger"


def _image(at: str, node: dict[str, Any]) -> Iterator[Problem]:
    yield from _url(f"{at}/image_url", node.get("image_url"))
    if not 1 <= len(str(node.get("alt_text", ""))) <= ALT:
        yield f"{at}/alt_text", "is required"


def _url(at: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str) or len(value) > URL or not value.startswith(("https://", "http://")):
        yield at, "must be an http address of at most 3000 characters"


def _sized(at: str, value: Any, limit: int) -> Iterator[Problem]:
    if not isinstance(value, list) or not 1 <= len(value) <= limit:
        yield at, f"must have 1 to {limit} items"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _nothing(at: str, block: dict[str, Any]) -> Iterator[Problem]:
    yield from ()


_WALKS = {
    "header": _header,
    "section": _section,
    "actions": _actions,
    "context": _context,
    "divider": _nothing,
    "image": _image,
}
