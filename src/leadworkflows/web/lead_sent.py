"""Everything that was done in the world for a lead: each mail and alert, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store.records import EffectRecord, OutboxItem
from leadworkflows.web.deeds import called
from leadworkflows.web.lead_score import MomentOf
from leadworkflows.web.moments import Moment
from leadworkflows.web.slack_markup import plain
from leadworkflows.web.spoken import spoken

_KINDS = {"email": "Mail", "slack": "Slack", "route": "Routing", "crm": "CRM", "http": "HTTP"}
STATES = {
    "reserved": ("under way", "cool"),
    "released": ("will be tried again", "soon"),
    "confirmed": ("done", "good"),
    "failed": ("failed", "hot"),
    "withheld": ("withheld", "soon"),
    "unknown": ("outcome unknown", "soon"),
    "stuck": ("stuck: waits for a person", "hot"),
    "": ("about to start", "cool"),
}
"""How an effect stands, in words and as a colour."""
_KEPT = ("kept in the outbox", "good")


@dataclass(frozen=True)
class Sent:
    """One mail, alert or other act. `number` is its place in the outbox where it was kept instead."""

    kind: str
    what: str
    to: str
    state: str
    tone: str
    at: Moment | None
    detail: str
    number: int | None = None


def sent_of(
    lead: Mapping[str, Any],
    effects: Mapping[str, EffectRecord],
    kept: Sequence[tuple[int, OutboxItem]],
    entries: Sequence[TimelineEntry],
    moment: MomentOf,
) -> list[Sent]:
    """What was reserved, newest first; before it what was decided and has not begun."""
    items = {item.key: (number, item) for number, item in kept}
    summaries = _summaries(lead, entries)
    done = [_sent(each, items.get(each.key), summaries, moment) for each in effects.values()]
    begun = [
        Sent(_kind(str(each.get("name"))), str(each.get("summary")), "", *STATES[""], None, "")
        for each in lead.get("pending_actions") or []
        if each.get("key") not in effects
    ]
    done.sort(key=lambda each: each.at.at.timestamp() if each.at else 0, reverse=True)
    return [*begun, *done]


def _sent(
    effect: EffectRecord,
    kept: tuple[int, OutboxItem] | None,
    summaries: Mapping[str, str],
    moment: MomentOf,
) -> Sent:
    state, tone = STATES.get(effect.status, (spoken(effect.status), ""))
    number, item = kept or (None, None)
    if item is not None and effect.status == "confirmed":
        state, tone = _KEPT
    told = (item.subject or plain(item.text)) if item else None
    what = told or summaries.get(effect.key) or called(effect.action)
    to = (item.to or item.channel or "") if item else ""
    at = moment((effect.settled_at or effect.reserved_at).isoformat())
    tries = f"tried {effect.attempts} times" if effect.attempts > 1 else ""
    said = "" if (state, tone) == _KEPT else effect.detail
    if what == _kind(effect.action) and said:
        what, said = said, ""  # who got the lead says more than that it was routed
    detail = ". ".join(each for each in (said, tries) if each)
    return Sent(_kind(effect.action), what, to, state, tone, at, detail, number)


def said_once(kind: str, what: str) -> str:
    """A summary that begins with its kind, which stands before it already: "Mail: Welcome" is "Welcome"."""
    return what.removeprefix(kind).removeprefix(":").strip() or what


def _summaries(lead: Mapping[str, Any], entries: Sequence[TimelineEntry]) -> dict[str, str]:
    """What each action is called: as the timeline or the lead says, by key."""
    told = {
        str(entry.data["key"]): entry.what.rpartition(": ")[0]
        for entry in entries
        if entry.kind is EntryKind.ACTION and "key" in entry.data
    }
    pending = {str(each.get("key")): str(each.get("summary")) for each in lead.get("pending_actions") or []}
    return {**pending, **told}


def _kind(action: str) -> str:
    family = action.partition(".")[0]
    return _KINDS.get(family, family)
