"""Block Kit pieces that stay within Slack's limits whatever a form contained.

What a lead typed is cleaned, clipped and escaped before it meets any markup, so that no later cut
can fall into a link or an entity. `verbatim` keeps Slack from turning typed addresses into links.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from leadworkflows.content import one_line

Block = dict[str, Any]

HEADER, SECTION, FIELD, FIELDS, BUTTON, URL, CONTEXT = 150, 3000, 2000, 10, 75, 3000, 10
VALUE, CONFIRM_TITLE, CONFIRM_TEXT = 2000, 100, 300
"""Slack's limits, in characters and elements."""

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def escape(text: str | None, limit: int = 150) -> str:
    """Typed text for mrkdwn: cleaned, and at most `limit` characters once it is escaped."""
    kept: list[str] = []
    room = limit
    for ch in one_line(text):
        piece = _ESCAPES.get(ch, ch)
        if len(piece) > room - 1:
            return "".join(kept).rstrip() + "…"
        kept.append(piece)
        room -= len(piece)
    return "".join(kept)


def date(at: datetime) -> str:
    """An instant that Slack shows in each reader's own zone, with UTC where it cannot."""
    spoken = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if at.timestamp() < 0:
        return spoken
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{spoken}>"


def link(url: str, label: str) -> str:
    """A link whose address came from us or from `mailto`; the label must be escaped."""
    return f"<{url}|{label.replace('|', '¦')}>"


def mail_link(address: str) -> str:
    """An address that opens the reader's mail program."""
    target = quote(one_line(address), safe="@.+-_")
    shown = escape(address, 254)
    return link(f"mailto:{target}", shown) if shown and len(target) < 1000 else shown


def phone_link(phone: str) -> str:
    """A number that dials, where it holds enough digits to be one."""
    digits = "".join(ch for ch in phone if ch.isascii() and (ch.isdigit() or ch == "+"))
    return link(f"tel:{digits}", escape(phone, 64)) if 5 <= len(digits) <= 20 else escape(phone, 64)


def header(text: str) -> Block:
    """A headline; it shows no markup, so its text is not escaped."""
    return {"type": "header", "text": plain(one_line(text) or "Lead", HEADER)}


def plain(text: str, limit: int) -> Block:
    """Text that shows no markup, at most `limit` characters of it."""
    return {"type": "plain_text", "text": clip(text, limit), "emoji": False}


def section(markup: str) -> Block:
    """A paragraph of mrkdwn that was put together from escaped parts."""
    return {"type": "section", "text": mrkdwn(markup)}


def fields(pairs: Iterable[tuple[str, str]]) -> list[Block]:
    """Label and value in two columns; values are escaped. None where nothing is known."""
    shown = [mrkdwn(f"*{label}*\n{value}") for label, value in pairs if value][:FIELDS]
    return [{"type": "section", "fields": shown}] if shown else []


def button(label: str, url: str, action_id: str) -> list[Block]:
    """A button that opens an address. None where the address is longer than Slack takes."""
    if len(url) > URL:
        return []
    return [{"type": "button", "text": plain(label, BUTTON), "url": url, "action_id": action_id}]


def command_button(
    label: str, action_id: str, value: str, style: str | None, confirm: tuple[str, str] | None
) -> list[Block]:
    """A button that tells us that it was pressed; `confirm` is a question and what follows from yes.

    None where the value is longer than Slack takes.
    """
    if len(value) > VALUE:
        return []
    element: Block = {"type": "button", "text": plain(label, BUTTON), "action_id": action_id, "value": value}
    if style:
        element["style"] = style
    if confirm:
        element["confirm"] = _confirm(*confirm, label)
    return [element]


def _confirm(title: str, text: str, label: str) -> Block:
    return {
        "title": plain(title, CONFIRM_TITLE),
        "text": plain(text, CONFIRM_TEXT),
        "confirm": plain(label, 30),
        "deny": plain("Cancel", 30),
    }


def actions(buttons: list[Block], block_id: str) -> list[Block]:
    """A row of buttons, where there is one."""
    return [{"type": "actions", "block_id": block_id, "elements": buttons}] if buttons else []


def context(*lines: str) -> list[Block]:
    """Small print, put together from escaped parts."""
    shown = [mrkdwn(line) for line in lines if line][:CONTEXT]
    return [{"type": "context", "elements": shown}] if shown else []


def mrkdwn(markup: str) -> Block:
    """Markup as it stands: it must have been put together from escaped parts."""
    return {"type": "mrkdwn", "text": markup, "verbatim": True}
