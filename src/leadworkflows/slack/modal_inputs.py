"""The inputs of a modal, within Slack's limits whatever a policy's words are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadworkflows.slack.blocks import Block, plain

TITLE, SUBMIT, PLACEHOLDER, OPTION, LABEL, HINT, TYPED = 24, 24, 150, 75, 2000, 2000, 3000
"""Slack's limits in characters: docs.slack.dev, modal views and block elements."""

OPTIONS = 100
"""In one list or one group of a list."""
MOST_OPTIONS = 500
"""Ours: with more, a view could outgrow the 250 KB that Slack takes."""

ACTION = "value"
"""The `action_id` of every input: the block's id says which one it is."""


def select(block_id: str, label: str, choices: Mapping[str, str], initial: str | None = None) -> Block:
    """A list to choose one from: words by value, at least one. Above 100 they come in groups."""
    options = [_option(value, text) for value, text in list(choices.items())[:MOST_OPTIONS]]
    element: Block = {"type": "static_select", "placeholder": plain("Choose one", PLACEHOLDER)}
    if len(options) <= OPTIONS:
        element["options"] = options
    else:
        element["option_groups"] = _groups(options)
    chosen = next((each for each in options if each["value"] == initial), None)
    return _input(block_id, label, {**element, "initial_option": chosen} if chosen else element)


def note(block_id: str, label: str, hint: str = "", *, optional: bool = True) -> Block:
    """A place for a note in free text."""
    element = {"type": "plain_text_input", "multiline": True, "max_length": TYPED}
    return _input(block_id, label, element, hint, optional=optional)


def short_text(block_id: str, label: str, hint: str, longest: int) -> Block:
    """A line to type."""
    return _input(block_id, label, {"type": "plain_text_input", "max_length": longest}, hint)


def moment(block_id: str, label: str, hint: str = "") -> Block:
    """A date and a time in the zone of whoever chooses it; it may be left open."""
    return _input(block_id, label, {"type": "datetimepicker"}, hint, optional=True)


def _input(block_id: str, label: str, element: Block, hint: str = "", *, optional: bool = False) -> Block:
    block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, LABEL),
        "element": {**element, "action_id": ACTION},
        "optional": optional,
    }
    return {**block, "hint": plain(hint, HINT)} if hint else block


def _option(value: str, text: str) -> Block:
    return {"text": plain(text, OPTION), "value": value}


def _groups(options: Sequence[Block]) -> list[Block]:
    """Named by their first and last option, so that one finds the group."""
    return [
        {
            "label": plain(f"{group[0]['text']['text'][:34]} … {group[-1]['text']['text'][:34]}", OPTION),
            "options": list(group),
        }
        for start in range(0, len(options), OPTIONS)
        for group in [options[start : start + OPTIONS]]
    ]
