"""The forms that a press opens where a command needs more: a reason, a note, facts, a time.

A view's `private_metadata` says what it is about, by ids alone. `read` and `errors` take what Slack
sends back when the form is submitted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leadworkflows.domain import qualification
from leadworkflows.domain.facts import Level
from leadworkflows.domain.policy import Policy
from leadworkflows.slack import words
from leadworkflows.slack.blocks import Block, escape, plain, section
from leadworkflows.slack.modal_inputs import MOST_OPTIONS, SUBMIT, TITLE, moment, note, select, short_text
from leadworkflows.slack.submitted import Submitted, errors, known_levels, qualification_of, read

__all__ = ["ModalContext", "Submitted", "build", "errors", "read"]

METADATA = 3000
"""Slack's limit, in characters."""

BANT = ("budget", "authority", "need", "timeline")
DEAL = ("motivation", "authority", "process", "solution_fit", "committee", "approvals", "schedule")
"""MAPS and the facts of an opportunity (Q3, Q5)."""

_REASON_HINT = "In a word or two, such as no budget."


@dataclass(frozen=True)
class ModalContext:
    """What a form is about. `qualification` is what is known; `channel` and `ts` name the card."""

    lead_id: str
    seen: int | None
    name: str
    stage: str
    policy: Policy
    qualification: Mapping[str, str]
    channel: str = ""
    ts: str = ""
    respond: str = ""


def build(command: str, context: ModalContext) -> Block:
    """The view to open for a command. Raises KeyError for a command that needs none."""
    title, submit, inputs = _FORMS[command]
    blocks = [section(f"*{escape(context.name) or 'This lead'}*"), *inputs(context)]
    view: Block = {
        "type": "modal",
        "callback_id": command,
        "title": plain(title, TITLE),
        "close": plain("Cancel", SUBMIT),
        "blocks": blocks,
        "private_metadata": _metadata(command, context),
    }
    asks = any(block["type"] == "input" for block in blocks)
    return {**view, "submit": plain(submit, SUBMIT)} if asks else view


def _metadata(command: str, context: ModalContext) -> str:
    held: dict[str, Any] = {
        "lead": context.lead_id,
        "seen": context.seen,
        "command": command,
        "channel": context.channel,
        "ts": context.ts,
        "respond": context.respond,
        "known": known_levels(context.qualification),
    }
    whole = json.dumps(held, separators=(",", ":"))
    return whole if len(whole) <= METADATA else json.dumps({**held, "respond": ""}, separators=(",", ":"))


def _return(context: ModalContext) -> list[Block]:
    moves = context.policy.moves
    if not moves.T6:
        return [section("The policy names no reason to return a lead. Add one under `moves: T6`.")]
    always = set(moves.T6) <= set(moves.T6_needs_note)
    hint = _needing_note(moves.T6_needs_note, moves.T6)
    return [*_reasons(moves.T6), note("note", "Note for marketing", hint, optional=not always)]


def _needing_note(needing: tuple[str, ...], offered: tuple[str, ...]) -> str:
    shown = [words.reason(each) for each in needing if each in offered]
    return f"Needed for: {', '.join(shown)}" if shown else ""


def _disqualify(context: ModalContext) -> list[Block]:
    return [*_reasons(context.policy.moves.T10), note("note", "Note")]


def _lose(context: ModalContext) -> list[Block]:
    return [*_reasons(context.policy.moves.T9), note("note", "Note")]


def _reasons(reasons: tuple[str, ...]) -> list[Block]:
    """A list of the policy's reasons; where it names none, any word is taken."""
    if not reasons:
        return [short_text("reason", "Why?", _REASON_HINT, 64)]
    choices = {each: words.reason(each) for each in reasons}
    more = len(choices) - MOST_OPTIONS
    rest = [section(f"_{more} more reasons of the policy do not fit here: use the API or the command line._")]
    return [select("reason", "Why?", choices), *(rest if more > 0 else [])]


def _qualify(context: ModalContext) -> list[Block]:
    names = DEAL if context.stage in ("sql", "opportunity") else BANT
    return [*_levels(names, context), note("note", "Note")]


def _open_opportunity(context: ModalContext) -> list[Block]:
    known = known_levels(context.qualification)
    missing = qualification.missing(context.policy.moves.T7, qualification_of(known))
    said = "Everything that an opportunity needs is known." if not missing else "An opportunity needs these:"
    return [section(said), *_levels(tuple(missing), context), note("note", "Note")]


def _levels(names: tuple[str, ...], context: ModalContext) -> list[Block]:
    choices = {level.value: text for level, text in words.LEVELS.items()}
    known = known_levels(context.qualification)
    return [
        select(f"fact.{name}", words.QUESTIONS[name], choices, known.get(name, Level.UNKNOWN.value))
        for name in names
    ]


def _log_attempt(_context: ModalContext) -> list[Block]:
    return [select("outcome", "What came of it?", words.OUTCOMES, "no_answer"), note("note", "Note")]


def _win(_context: ModalContext) -> list[Block]:
    return [note("note", "Note", "What made the difference?")]


def _pause(_context: ModalContext) -> list[Block]:
    hint = "In your own time zone. Left empty, the clocks stand still until somebody resumes them."
    return [moment("until", "Until when?", hint), note("note", "Note")]


_Inputs = Callable[[ModalContext], list[Block]]
_FORMS: dict[str, tuple[str, str, _Inputs]] = {
    "return": ("Return to marketing", "Return", _return),
    "disqualify": ("Disqualify", "Disqualify", _disqualify),
    "lose": ("Deal lost", "Mark as lost", _lose),
    "qualify": ("Qualification", "Save", _qualify),
    "open_opportunity": ("Open opportunity", "Open", _open_opportunity),
    "log_attempt": ("Log attempt", "Log", _log_attempt),
    "win": ("Deal won", "Mark as won", _win),
    "pause": ("Pause clock", "Pause", _pause),
}
"""Title, button and inputs by command."""
