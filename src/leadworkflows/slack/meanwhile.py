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

_BY = re.compile(r"\bby ([A-Za-z0-9](?:[\w.:\-]*\w)?)")
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def meanwhile(
    entries: Sequence[TimelineEntry], seen: int | None, now: datetime, roster: Roster
) -> str | None:
    """The last move of stage or owner after the entry `seen`, by whom and when; None where there is none.

    As mrkdwn, with people as mentions: "Accepted by <@U7> 3 minutes ago; it is SAL now."
    """
    if seen is None:
        return None
    moves = [each for each in entries if each.kind in (EntryKind.STAGE, EntryKind.OWNER) and each.n > seen]
    if not moves:
        return None
    said = _mentioning(escape(_cause(entries, moves[-1]), 300), roster)
    return f"{said} {_ago(now - moves[-1].at)}; it is {_stage(entries)} now."


def _cause(entries: Sequence[TimelineEntry], move: TimelineEntry) -> str:
    """The event that led to the move, where somebody did something; else the move itself."""
    of = move.data.get("event_id")
    caused = (each for each in entries if of and each.data.get("event_id") == of)
    said = next((each.what for each in caused if each.kind is EntryKind.EVENT), None)
    return said or move.what


def _mentioning(sentence: str, roster: Roster) -> str:
    return _BY.sub(lambda found: f"by {_person(found[1], roster)}", sentence)


def _person(rep_id: str, roster: Roster) -> str:
    """Who is on no roster is known by their Slack id."""
    if rep_id not in roster.reps and _SLACK_USER.fullmatch(rep_id):
        return f"<@{rep_id}>"
    return Owner.of(rep_id, roster).shown


def _stage(entries: Sequence[TimelineEntry]) -> str:
    reached = [each.data.get("to") for each in entries if each.kind is EntryKind.STAGE]
    stage = next((str(each) for each in reversed(reached) if each), "lead")
    return STAGES.get(stage, stage)


def _ago(since: timedelta) -> str:
    for unit, length in _UNITS:
        if since >= length:
            count = since // length
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
