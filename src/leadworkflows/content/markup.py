"""Markdown to a mail's HTML.

Mail programs ignore style sheets, so every element carries its own style.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")

INK, MUTED, ACCENT, LINE = "#1f2933", "#52606d", "#1d4ed8", "#dfe4ea"
SOFT, GROUND = "#f5f7fa", "#eef1f5"
COLOURS = {"ink": INK, "muted": MUTED, "accent": ACCENT, "line": LINE, "ground": GROUND}
_STYLES = {
    "paragraph_open": "margin:0 0 18px",
    "heading_open": f"margin:30px 0 10px;font-size:19px;line-height:26px;font-weight:700;color:{INK}",
    "bullet_list_open": "margin:0 0 18px;padding:0 0 0 22px",
    "ordered_list_open": "margin:0 0 18px;padding:0 0 0 24px",
    "list_item_open": "margin:0 0 8px",
    "blockquote_open": (
        f"margin:0 0 18px;padding:14px 18px 1px;background:{SOFT};border-left:4px solid {ACCENT}"
    ),
    "hr": f"border:0;border-top:1px solid {LINE};margin:28px 0",
    "table_open": "width:100%;border-collapse:collapse;margin:4px 0 24px;font-size:15px;line-height:22px",
    "th_open": (
        f"text-align:left;padding:9px 12px;background:{SOFT};border-bottom:1px solid {LINE};"
        "font-size:13px;font-weight:700"
    ),
    "td_open": f"text-align:left;padding:10px 12px;border-bottom:1px solid {LINE};vertical-align:top",
    "link_open": f"color:{ACCENT};text-decoration:underline",
}
_BUTTON = (
    f"display:inline-block;background:{ACCENT};color:#ffffff;text-decoration:none;font-weight:700;"
    f"line-height:22px;padding:13px 26px;mso-padding-alt:0;border-radius:6px;border:1px solid {ACCENT}"
)
# Outlook for Windows knows no padding of a link, but that of a cell: there the cell is the button.
_CELL = (
    '<table role="presentation" class="button" cellpadding="0" cellspacing="0" border="0"'
    ' style="margin:8px 0 26px;border-collapse:separate"><tr>'
    f'<td align="center" bgcolor="{ACCENT}"'
    f' style="border-radius:6px;background:{ACCENT};mso-padding-alt:13px 26px">'
)
_CELL_END = "</td></tr></table>\n"


def literal(text: str) -> str:
    """A value as it will read in Markdown: on one line, no character of it taken for markup."""
    return _PUNCTUATION.sub(lambda mark: f"\\{mark.group()}", " ".join(text.split()))


def parse(markdown: str) -> list[Token]:
    """The tokens of a body; raw HTML in it stays text."""
    return _MARKDOWN.parse(markdown)


def to_html(tokens: Sequence[Token]) -> str:
    """The body's HTML. A link titled "button" becomes a button."""
    _frame_buttons(tokens)
    for token in _all(tokens):
        if style := _BUTTON if is_button(token) else _STYLES.get(token.type):
            token.attrSet("style", _joined(style, token))
        if is_button(token):
            token.attrs.pop("title")
            token.meta["button"] = True
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return html


def _frame_buttons(tokens: Sequence[Token]) -> None:
    """A paragraph that is nothing but a button is a table of one cell."""
    for before, inline, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        parts = inline.children or []
        alone = len(parts) > 1 and is_button(parts[0]) and parts[-1].type == "link_close"
        if before.type == "paragraph_open" and alone and _links(parts) == 1:
            before.type, before.content = "html_block", _CELL
            after.type, after.content = "html_block", _CELL_END


def _links(parts: Sequence[Token]) -> int:
    return sum(part.type == "link_open" for part in parts)


def _joined(style: str, token: Token) -> str:
    """A table's own column alignment comes after ours, and wins."""
    own = str(token.attrGet("style") or "")
    return f"{style};{own}" if own and own not in style else style


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def is_button(token: Token) -> bool:
    """Whether this opens a link that is titled as a button."""
    return token.type == "link_open" and (token.attrGet("title") == "button" or "button" in token.meta)
