"""A card as it is sent: drawn from what is known of a lead now, with a digest of what it shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadworkflows.slack.lead_card import LeadCard
from leadworkflows.slack.snapshot import objects
from leadworkflows.slack.templates import build

LATELY = 30
"""Entries of the timeline among which the lead's own last deeds are looked for."""
_STOPPED = frozenset({"met", "stopped"})


@dataclass(frozen=True)
class Drawn:
    """`shown` is the revision of the record it was drawn from; the same `digest` says the same to readers."""

    text: str
    blocks: list[dict[str, Any]]
    digest: str
    shown: int


def draw(
    template: str, card: LeadCard, lead: Mapping[str, Any], on_record: int, *, superseded: bool = False
) -> Drawn:
    """Draw a card of what `lead` tells. Raises KeyError for a template that there is not.

    `on_record` is the revision of the snapshot: where an action's facts are newer, the rest is still to come.
    """
    text, blocks = build(template, card, superseded=superseded)
    said = json.dumps([text, _said(blocks), lead.get("moved")], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(said.encode()).hexdigest()
    return Drawn(text, blocks, digest, on_record)


def revision_of(lead: Mapping[str, Any]) -> int:
    """The revision of a snapshot or of an action's facts; 0 where none is said."""
    revision = lead.get("revision")
    return revision if isinstance(revision, int) else 0


def now_known(facts: Mapping[str, Any], snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a lead now, with the reasons for which a card was posted.

    Where the snapshot is the newer of the two, only what it does not tell is taken from the facts. The
    clock that a card is about is told as it runs now, and no more once it has stopped. `told` keeps what a
    card was posted with, so that it can say what has changed since.
    """
    told = {name: facts.get(name) for name in ("owner", "stage", "sub_status")}
    if revision_of(facts) > revision_of(snapshot):
        return {**snapshot, **facts, "told": told}
    return {**facts, **snapshot, **_clock_now(facts, snapshot), "told": told}


def _clock_now(facts: Mapping[str, Any], snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """A card about one rung's clock stays about it; any other is about the clock that ticks now."""
    clock = clock_of(facts, snapshot)
    if clock is None:
        return {}
    if clock.get("state") not in _STOPPED:
        return {"due_at": clock.get("due_at")}
    return {"due_at": None} if "clock_id" in facts else {"due_at": None, "clock": None}


def clock_of(facts: Mapping[str, Any], snapshot: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The clock that an action's facts are about, as the snapshot has it: by id, else the last so named."""
    by, wanted = ("id", facts["clock_id"]) if "clock_id" in facts else ("clock", facts.get("clock"))
    found = [each for each in objects(snapshot.get("sla")) if wanted and each.get(by) == wanted]
    return max(found, key=lambda each: str(each.get("started_at") or ""), default=None)


def why_moot(facts: Mapping[str, Any], snapshot: Mapping[str, Any]) -> str | None:
    """Why a rung is not wanted any more, where a newer snapshot says so: its clock ticks no more."""
    if "rung" not in facts or revision_of(snapshot) <= revision_of(facts):
        return None
    clock = clock_of(facts, snapshot) or {}
    if clock.get("state") in _STOPPED:
        return "the clock was met meanwhile" if clock["state"] == "met" else "the clock was stopped meanwhile"
    return "somebody took the lead on meanwhile" if clock.get("answered") is True else None


def _said(node: Any) -> Any:
    """Without what only we read: a button's value names the revision, and that moves all the time."""
    if isinstance(node, Mapping):
        return {name: _said(value) for name, value in node.items() if name != "value"}
    return [_said(each) for each in node] if isinstance(node, list) else node
