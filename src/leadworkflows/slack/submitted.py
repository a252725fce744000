"""What somebody filled into a form, as Slack sends it: read tolerantly, and judged before it closes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from leadworkflows.domain import qualification
from leadworkflows.domain.facts import QUALIFICATION, LeadId, Level, Word
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import Fact
from leadworkflows.slack import words
from leadworkflows.slack.modal_inputs import ACTION

FACT = "fact."
"""Starts the `block_id` of every qualification fact."""

_WITH_REASON = frozenset({"return", "disqualify", "lose"})
_WORD: TypeAdapter[str] = TypeAdapter(Word)
_LEAD: TypeAdapter[str] = TypeAdapter(LeadId)
_NOT_OURS = "This form is not one of ours, or it was cut: open it again from the card"


@dataclass(frozen=True)
class Submitted:
    """A command as a form states it. `command` is the button's: `qualify` records facts.

    `facts` has what was chosen and is not already known: levels by fact, `outcome` of an attempt,
    `until` of a pause as an ISO 8601 instant. `channel`, `ts` and `respond` lead back to the card.
    """

    command: str
    lead_id: str
    seen: int | None
    reason: str | None
    note: str | None = field(repr=False)
    facts: dict[str, Any]
    channel: str = ""
    ts: str = ""
    respond: str = field(default="", repr=False)


def read(view: Any) -> Submitted:
    """What a submitted view says. Raises ValueError with a plain sentence where it is not ours."""
    held, state = _metadata(view), _state(view)
    return Submitted(
        command=_text(held.get("command")),
        lead_id=_lead_id(held.get("lead")),
        seen=_whole(held.get("seen")),
        reason=_reason(state),
        note=_typed(state, "note"),
        facts=_facts(state, known_levels(held.get("known"))),
        channel=_text(held.get("channel")),
        ts=_text(held.get("ts")),
        respond=_text(held.get("respond")),
    )


def errors(view: Any, policy: Policy, now: datetime | None = None) -> dict[str, str]:
    """What must be corrected before the form closes: a sentence by `block_id`, empty where all is well.

    Raises ValueError as `read` does. `now`, where it is given, refuses a pause that is over already.
    """
    said, state = read(view), _state(view)
    if said.command in _WITH_REASON:
        found = _reason_errors(said, policy, _chosen(state, "reason") or _typed(state, "reason"))
    elif said.command == "qualify" and not said.facts:
        found = {_first_fact(state): "Change at least one of these, or close the form."}
    elif said.command == "open_opportunity":
        found = _deal_errors(said, policy, known_levels(_metadata(view).get("known")))
    elif said.command == "pause" and now and _over(said.facts.get("until"), now):
        found = {"until": "Choose a time to come."}
    else:
        found = {}
    return {block_id: sentence for block_id, sentence in found.items() if block_id in state}


def known_levels(held: Any) -> dict[str, str]:
    """The qualification facts that somebody stated, in the field's order."""
    stated = held if isinstance(held, Mapping) else {}
    known = {name: stated.get(name) for name in QUALIFICATION}
    return {name: str(level) for name, level in known.items() if level in ("no", "partial", "yes")}


def qualification_of(levels: Mapping[str, str]) -> dict[str, Fact]:
    """Levels as the core's guards read them: who stated them, and when, is no matter to a guard."""
    never = datetime.min.replace(tzinfo=UTC)
    return {name: Fact(level=Level(level), by="sales", at=never) for name, level in levels.items()}


def _reason_errors(said: Submitted, policy: Policy, stated: str | None) -> dict[str, str]:
    if said.reason is None:
        return {"reason": "Say it in a word or two." if stated else "Say why."}
    if said.command != "return":
        return {}
    if said.reason not in policy.moves.T6:
        return {"reason": "The policy no longer has this reason. Close the form and open it again."}
    if said.reason in policy.moves.T6_needs_note and not said.note:
        return {"note": f"“{words.reason(said.reason)}” needs a note."}
    return {}


def _deal_errors(said: Submitted, policy: Policy, known: dict[str, str]) -> dict[str, str]:
    missing = qualification.missing(policy.moves.T7, qualification_of({**known, **said.facts}))
    return {f"{FACT}{name}": "An opportunity needs this, at least in part." for name in missing}


def _first_fact(state: Mapping[str, Any]) -> str:
    return next((block_id for block_id in state if block_id.startswith(FACT)), "note")


def _over(until: Any, now: datetime) -> bool:
    return isinstance(until, str) and datetime.fromisoformat(until) <= now


def _metadata(view: Any) -> dict[str, Any]:
    raw = view.get("private_metadata") if isinstance(view, Mapping) else None
    try:
        held = json.loads(raw) if isinstance(raw, str) else None
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict) or not _text(held.get("command")):
        raise ValueError(_NOT_OURS)
    return held


def _state(view: Any) -> dict[str, Mapping[str, Any]]:
    """The answer of each input, by block."""
    state = view.get("state") if isinstance(view, Mapping) else None
    values = state.get("values") if isinstance(state, Mapping) else None
    if not isinstance(values, Mapping):
        raise ValueError(_NOT_OURS)
    return {
        str(block_id): held[ACTION]
        for block_id, held in values.items()
        if isinstance(held, Mapping) and isinstance(held.get(ACTION), Mapping)
    }


def _facts(state: Mapping[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """What the form adds. A fact that was left as it was is nobody's new statement."""
    found: dict[str, Any] = {}
    for name in QUALIFICATION:
        level = _chosen(state, f"{FACT}{name}")
        if level is not None and _level(level) != known.get(name, "unknown"):
            found[name] = level
    if (outcome := _chosen(state, "outcome")) is not None:
        found["outcome"] = _word(outcome)
    if (until := _moment(state)) is not None:
        found["until"] = until
    return found


def _level(chosen: str) -> str:
    try:
        return Level(chosen).value
    except ValueError:
        raise ValueError("A fact is unknown, no, partial or yes: open the form again") from None


def _reason(state: Mapping[str, Any]) -> str | None:
    """None, too, where what was typed is no word: `errors` says so."""
    stated = _chosen(state, "reason") or _typed(state, "reason")
    try:
        return _word(stated) if stated else None
    except ValueError:
        return None


def _word(stated: str) -> str:
    try:
        return _WORD.validate_python(stated)
    except ValidationError:
        raise ValueError("Expected a short word such as not_ready: open the form again") from None


def _moment(state: Mapping[str, Any]) -> str | None:
    chosen = state.get("until", {}).get("selected_date_time")
    if chosen is None:
        return None
    try:
        return datetime.fromtimestamp(_seconds(chosen), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        raise ValueError("The time is none that a calendar knows: open the form again") from None


def _seconds(chosen: Any) -> int:
    if not isinstance(chosen, int) or isinstance(chosen, bool):
        raise ValueError(_NOT_OURS)
    return chosen


def _chosen(state: Mapping[str, Any], block_id: str) -> str | None:
    option = state.get(block_id, {}).get("selected_option")
    return _text(option.get("value")) or None if isinstance(option, Mapping) else None


def _typed(state: Mapping[str, Any], block_id: str) -> str | None:
    """Without what a database does not take: NUL and halves of a character."""
    typed = _text(state.get(block_id, {}).get("value")).replace("\x00", "")
    return typed.encode("utf-8", "ignore").decode().strip() or None


def _lead_id(held: Any) -> str:
    try:
        return _LEAD.validate_python(held, strict=True)
    except ValidationError:
        raise ValueError(_NOT_OURS) from None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
