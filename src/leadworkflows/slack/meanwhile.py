"""What happened to a lead since somebody looked at its card, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.blocks import escape
from leadworkflows.slack.owner import Owner
from leadworkflows.slack.words import STAGES

_NAMED = re.compile(r"(^|\bby |\bfrom |\bto |\bOwner: )([A-Za-z0-9](?:[\w.:\-]*\w)?)")
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{6,20}")
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))
_TAKEN = {"claim": "Claimed by", "accept": "Accepted by"}
"""How an owner came to the lead, by `how` of the entry; otherwise somebody gave it to them."""

_STANDING = {
    "lead": "a lead", "opportunity": "an opportunity", "customer": "a customer",
    "recycled": "back with marketing", "disqualified": "disqualified",
}  # fmt: skip


def meanwhile(
    entries: Sequence[TimelineEntry], seen: int | None, now: datetime, roster: Roster
) -> str | None:
    """The last move of stage or owner after the entry `seen`, by whom and when; None where there is none.

    As mrkdwn, with people as mentions: "Accepted by <@U7> 3 minutes ago; it is SAL now."
    """
    moves = [each for each in entries if seen is not None and each.n > seen and _is_move(each)]
    if not moves:
        return None
    # A move of stage says more than the change of owner that came with it.
    last = max(moves, key=lambda each: (each.at, each.kind is EntryKind.STAGE, each.n))
    who, colon, why = mentioning(_cause(entries, last), roster).partition(": ")
    return f"{who} {_ago(now - last.at)}{colon}{why}; it is {standing(_stage(entries))} now."


def mentioning(sentence: str, roster: Roster) -> str:
    """A sentence of the core as mrkdwn, with the ids of people as mentions or names."""

    def named(found: re.Match[str]) -> str:
        return f"{found[1]}{_person(found[2], roster)}"

    return _NAMED.sub(named, escape(sentence, 1000))


def _is_move(entry: TimelineEntry) -> bool:
    """An owner who stayed although routing had found another is no change."""
    if entry.kind is EntryKind.OWNER:
        return entry.data.get("how") != "kept"
    return entry.kind is EntryKind.STAGE


def _cause(entries: Sequence[TimelineEntry], move: TimelineEntry) -> str:
    """The event that led to the move, where somebody did something; else the move itself."""
    of = move.data.get("event_id")
    caused = (each for each in entries if of and each.data.get("event_id") == of)
    said = next((each.what for each in caused if each.kind is EntryKind.EVENT), None)
    if said is None and move.kind is EntryKind.OWNER and (owner := move.data.get("owner")):
        return f"{_TAKEN.get(str(move.data.get('how')), 'Given to')} {owner}"
    return said or move.what


def _person(rep_id: str, roster: Roster) -> str:
    """Who is on no roster is known by their Slack id."""
    if rep_id in roster.reps:
        return Owner.of(rep_id, roster).shown
    return f"<@{rep_id}>" if _SLACK_USER.fullmatch(rep_id) else rep_id


def _stage(entries: Sequence[TimelineEntry]) -> str:
    reached = [each.data.get("to") for each in entries if each.kind is EntryKind.STAGE]
    return next((str(each) for each in reversed(reached) if each), "lead")


def standing(stage: str) -> str:
    """What a lead of this stage is, within a sentence."""
    return _STANDING.get(stage) or STAGES.get(stage, stage)


def _ago(since: timedelta) -> str:
    for unit, length in _UNITS:
        if since >= length:
            count = since // length
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
