"""The same Markdown as a mail's plain text: wrapped, with every address written out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from leadworkflows.content.markup import is_button

WIDTH = 76
"""Characters in a line: what mail programs show without breaking it again."""


@dataclass
class _Block:
    """A wrapped paragraph; blocks of one group follow each other without an empty line."""

    text: str
    group: str = ""


@dataclass
class _Writer:
    """Where in the document we are, and what has been written."""

    blocks: list[_Block] = field(default_factory=list)
    counters: list[int | None] = field(default_factory=list)
    marker: str = ""
    quotes: int = 0
    cells: list[str] | None = None

    def take(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self.counters.append(None)
            case "ordered_list_open":
                self.counters.append(1)
            case "bullet_list_close" | "ordered_list_close":
                self.counters.pop()
            case "list_item_open":
                self.marker = self._next_marker()
            case "blockquote_open" | "blockquote_close":
                self.quotes += token.nesting
            case "tr_open":
                self.cells = []
            case "tr_close":
                self._row()
            case "hr":
                self.blocks.append(_Block("-" * 20))
            case "inline":
                self._inline(_said(token))

    def _next_marker(self) -> str:
        number = self.counters[-1]
        if number is None:
            return "- "
        self.counters[-1] = number + 1
        return f"{number}. "

    def _row(self) -> None:
        self.blocks.append(_Block(" | ".join(self.cells or []).rstrip(" |"), "table"))
        self.cells = None

    def _inline(self, text: str) -> None:
        if self.cells is not None:
            self.cells.append(text)
            return
        indent = "> " * self.quotes + "  " * max(len(self.counters) - 1, 0)
        hanging = indent + ("  " if self.counters else "")
        wrapped = [
            textwrap.fill(
                line,
                WIDTH,
                initial_indent=indent + self.marker if first else hanging,
                subsequent_indent=hanging,
                break_long_words=False,
                break_on_hyphens=False,
            )
            for first, line in ((n == 0, line) for n, line in enumerate(text.split("\n")))
        ]
        self.blocks.append(_Block("\n".join(wrapped), "list" if self.counters else ""))
        self.marker = ""


def to_text(tokens: Sequence[Token]) -> str:
    """The body as plain text."""
    writer = _Writer()
    for token in tokens:
        writer.take(token)
    return _joined(writer.blocks)


def _joined(blocks: list[_Block]) -> str:
    parts: list[str] = []
    for n, block in enumerate(blocks):
        together = n > 0 and block.group and block.group == blocks[n - 1].group
        parts.append(("\n" if together else "\n\n") + block.text)
    return "".join(parts).strip()


def _said(inline: Token) -> str:
    """The words of a paragraph; a link reads "label (address)", a button "label: address"."""
    words: list[str] = []
    links: list[tuple[str, bool]] = []
    for token in inline.children or ():
        match token.type:
            case "text" | "code_inline":
                words.append(token.content)
            case "softbreak":
                words.append(" ")
            case "hardbreak":
                words.append("\n")
            case "link_open":
                links.append((str(token.attrGet("href") or ""), is_button(token)))
            case "link_close":
                words.append(_address(*links.pop()))
    return "".join(words)


def _address(href: str, button: bool) -> str:  # noqa: FBT001 - unpacked from the pair above
    shown = href.removeprefix("mailto:")
    return f": {shown}" if button else f" ({shown})"
