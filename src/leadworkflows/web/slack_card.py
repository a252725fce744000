"""A Slack card as it looks in Slack: blocks as they were posted, read tolerantly, ready for a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from leadworkflows.slack.buttons import LABELS, WITH_MODAL, read_value
from leadworkflows.web.slack_markup import plain, rich

Kind = Literal["header", "section", "fields", "context", "actions", "divider"]


@dataclass(frozen=True)
class CardButton:
    """A button: a command to press, or an address to open. `asks`: it opens a form first."""

    label: str
    command: str = ""
    url: str = ""
    style: str = ""
    question: str = ""
    """What Slack would ask before it tells us."""

    @property
    def asks(self) -> bool:
        """Whether its press needs something more to be said."""
        return self.command in WITH_MODAL


@dataclass(frozen=True)
class CardBlock:
    """One block: its texts, or its buttons."""

    kind: Kind
    texts: Sequence[Markup] = ()
    buttons: Sequence[CardButton] = field(default=())


def card_blocks(blocks: Any, zone: ZoneInfo, names: Mapping[str, str]) -> list[CardBlock]:
    """The blocks that show something, in their order; what is none of ours is left out."""
    return [drawn for block in _mappings(blocks) for drawn in _drawn(block, zone, names)]


def press_of(blocks: Any, command: str) -> tuple[str, int | None] | None:
    """The lead and the revision that a button of a kept card names; None where it has no such button."""
    for element in _elements(blocks):
        if element.get("action_id") == command and command in LABELS:
            try:
                return read_value(element.get("value"))
            except ValueError:
                return None
    return None


def _drawn(block: dict[str, Any], zone: ZoneInfo, names: Mapping[str, str]) -> Iterator[CardBlock]:
    kind = block.get("type")
    if kind == "divider":
        yield CardBlock("divider")
    elif kind == "actions":
        if buttons := [each for held in _mappings(block.get("elements")) for each in _button(held)]:
            yield CardBlock("actions", buttons=buttons)
    elif kind == "context":
        if texts := _texts(block.get("elements"), zone, names):
            yield CardBlock("context", texts)
    elif kind in ("header", "section"):
        if said := rich(block.get("text"), zone, names):
            yield CardBlock("header" if kind == "header" else "section", [said])
        if texts := _texts(block.get("fields"), zone, names):
            yield CardBlock("fields", texts)


def _texts(held: Any, zone: ZoneInfo, names: Mapping[str, str]) -> list[Markup]:
    return [said for each in _mappings(held) if (said := rich(each, zone, names))]


def _button(held: dict[str, Any]) -> Iterator[CardButton]:
    label, action, url = plain(held.get("text")), held.get("action_id"), held.get("url")
    if not label or held.get("type") != "button":
        return
    if isinstance(url, str):
        if url.startswith(("https://", "http://")):
            yield CardButton(label, url=url)
        return
    style = held.get("style")
    yield CardButton(
        label=label,
        command=action if isinstance(action, str) and action in LABELS else "",
        style=style if style in ("primary", "danger") else "",
        question=_question(held.get("confirm")),
    )


def _question(confirm: Any) -> str:
    if not isinstance(confirm, dict):
        return ""
    return " ".join(filter(None, (plain(confirm.get("title")), plain(confirm.get("text")))))


def _elements(blocks: Any) -> Iterator[dict[str, Any]]:
    for block in _mappings(blocks):
        if block.get("type") == "actions":
            yield from _mappings(block.get("elements"))


def _mappings(listed: Any) -> list[dict[str, Any]]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
