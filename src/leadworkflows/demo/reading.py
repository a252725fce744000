"""A Slack card as plain lines, for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_LINK = re.compile(r"<(?:!date\^[^|>]*|[^|>]*)\|([^>]*)>")
_MARKS = re.compile(r"(?<!\w)[*_`]|[*_`](?!\w)")


def card_lines(blocks: list[Any]) -> list[str]:
    """What a reader sees of a card, top to bottom."""
    return [line for block in blocks for text in _texts(block) for line in _plain(text).splitlines()]


def _texts(block: Any) -> Iterator[str]:
    if block["type"] == "actions":
        yield " ".join(f"[ {element['text']['text']} ]" for element in block["elements"])
        return
    if isinstance(block.get("text"), dict):
        yield block["text"]["text"]
    for part in (*block.get("fields", []), *block.get("elements", [])):
        yield part["text"].replace("\n", ": ")


def _plain(text: str) -> str:
    shown = _MARKS.sub("", _LINK.sub(r"\1", text))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
