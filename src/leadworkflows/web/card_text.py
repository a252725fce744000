"""A Slack card as words: what it would have said, line by line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

_LINK = re.compile(r"<([^<>|]+)\|([^<>]+)>")
_DATE = re.compile(r"<!date\^[^<>|]+\|([^<>]+)>")
"""Slack's dates: what it shows in the reader's own zone, and the words for where it cannot."""
_BARE = re.compile(r"<(?:mailto:|tel:)?([^<>|]+)>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")


@dataclass(frozen=True)
class Line:
    """A line of a card: its heading, its text, what is small, or the names of its buttons."""

    kind: Literal["head", "text", "small", "buttons"]
    text: str = ""
    buttons: tuple[str, ...] = ()


def lines(blocks: Sequence[Any]) -> list[Line]:
    """What stands in the blocks, in their order; blocks without words are left out."""
    return [line for block in blocks if isinstance(block, Mapping) for line in _lines(block)]


def words(text: Any) -> str:
    """Slack's own markup as it reads: links with their address, without stars and entities."""
    said = text.get("text") if isinstance(text, Mapping) else text
    if not isinstance(said, str):
        return ""
    linked = _LINK.sub(_linked, _DATE.sub(r"\1", said))
    return html.unescape(_BOLD.sub(r"\1", _BARE.sub(r"\1", linked)))


def _linked(found: re.Match[str]) -> str:
    """A link with its address, once where they are the same."""
    address, label = found[1].removeprefix("mailto:").removeprefix("tel:"), found[2]
    return label if address == label else f"{label} ({found[1]})"


def _lines(block: Mapping[str, Any]) -> Iterator[Line]:
    kind, parts = block.get("type"), _mappings(block.get("elements"))
    if kind == "actions":
        yield Line("buttons", buttons=tuple(filter(None, (words(each.get("text")) for each in parts))))
    elif kind == "context":
        yield Line("small", " · ".join(filter(None, map(words, parts))))
    elif said := words(block.get("text")):
        yield Line("head" if kind == "header" else "text", said)
    fields = _mappings(block.get("fields"))
    if fields:
        yield Line("text", "\n".join(": ".join(words(each).split("\n", 1)) for each in fields))


def _mappings(listed: Any) -> list[Mapping[str, Any]]:
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
