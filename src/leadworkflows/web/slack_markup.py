"""Slack's markup as HTML: what our cards use of it, and nothing that somebody typed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

_PIECE = re.compile(
    r"<([^<>\n]+)>|`([^`\n]+)`|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])"
)
Names = Mapping[str, str]
_NOBODY: Names = {}
_OPENS = ("https://", "http://", "mailto:", "tel:")
_DATE = re.compile(r"!date\^(\d{1,11})\^[^|]*\|(.*)", re.DOTALL)


def text_of(held: Any) -> str:
    """The text of a text object, or a bare text; empty for anything else."""
    said = held.get("text") if isinstance(held, dict) else held
    return said if isinstance(said, str) else ""


def plain(held: Any) -> str:
    """Slack's markup as it reads, in one line of words: for a list, and for a notification."""
    said = re.sub(r"<(?:[^<>|]+\|)([^<>]+)>", r"\1", text_of(held))
    said = re.sub(r"<(?:mailto:|tel:)?([^<>|]+)>", r"\1", said)
    return html.unescape(re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"\1", said))


def rich(held: Any, zone: ZoneInfo, names: Names = _NOBODY) -> Markup:
    """A text object as HTML: bold, italics, code, links to the web, mail and telephone, and dates.

    Dates are shown in `zone`, as Slack shows them in each reader's; people by `names`, by their Slack id.
    Everything else is text.
    """
    said = text_of(held)
    if isinstance(held, dict) and held.get("type") == "plain_text":
        return _lines(said)
    return _marked(said, zone, names)


def _marked(said: str, zone: ZoneInfo, names: Names) -> Markup:
    made, at = Markup(""), 0
    for found in _PIECE.finditer(said):
        made += _lines(html.unescape(said[at : found.start()])) + _piece(found, zone, names)
        at = found.end()
    return made + _lines(html.unescape(said[at:]))


def _piece(found: re.Match[str], zone: ZoneInfo, names: Names) -> Markup:
    angled, code, bold, italic = found.groups()
    if angled is not None:
        return _angled(angled, zone, names)
    if code is not None:
        return Markup("<code>{}</code>").format(html.unescape(code))
    if bold is not None:
        return Markup("<b>{}</b>").format(_marked(bold, zone, names))
    return Markup("<i>{}</i>").format(_marked(italic, zone, names))


def _angled(said: str, zone: ZoneInfo, names: Names) -> Markup:
    if dated := _DATE.fullmatch(said):
        return _date(int(dated[1]), html.unescape(dated[2]), zone)
    target, _, label = said.partition("|")
    if target.startswith("@"):
        return Markup("<b>@{}</b>").format(names.get(target[1:]) or html.unescape(label or target[1:]))
    shown = html.unescape(label or re.sub(r"^(mailto|tel):", "", target))
    if target.startswith(_OPENS):
        return Markup('<a href="{}" rel="noreferrer">{}</a>').format(html.unescape(target), shown)
    return escape(shown)


def _date(seconds: int, fallback: str, zone: ZoneInfo) -> Markup:
    try:
        at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (OverflowError, OSError, ValueError):
        return escape(fallback)
    spoken = f"{at:%a} {at.day} {at:%b %Y} at {at:%H:%M}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), fallback, spoken)


def _lines(said: str) -> Markup:
    return Markup("<br>").join(map(_text, said.split("\n")))


_text: Callable[[str], Markup] = escape
